"""Closing a kit while background work goes on."""

import gc
import threading

from ddmkit.shutdown import Shutdown


class Work:
    """Ends as soon as it is asked to stop, or not at all."""

    def __init__(self, *, ends=True):
        self.calls, self.ended, self.ends = [], threading.Event(), ends

    def stop(self):
        self.calls.append("stop")
        if self.ends:
            self.ended.set()

    def wait(self, timeout_s=None):
        self.calls.append("wait")
        return self.ended.wait(timeout_s)


def test_all_work_is_stopped_before_any_is_waited_for():
    shutdown, calls = Shutdown(), []
    works = [Work(), Work()]
    for one in works:
        one.calls = calls
        shutdown.register(one)
    shutdown.begin()
    assert calls == ["stop", "stop", "wait", "wait"]
    assert shutdown.has_begun


def test_work_that_does_not_end_is_waited_for_only_so_long():
    shutdown, stubborn = Shutdown(), Work(ends=False)
    shutdown.register(stubborn)
    shutdown.begin(patience_s=0.01)
    assert stubborn.calls == ["stop", "wait"]


def test_a_pause_ends_when_the_shutdown_begins():
    shutdown = Shutdown()
    sleeper = threading.Thread(target=shutdown.pause, args=(3600,))
    sleeper.start()
    shutdown.begin()
    sleeper.join(5)
    assert not sleeper.is_alive()


def test_registering_does_not_keep_work_alive():
    shutdown, calls = Shutdown(), []
    work = Work()
    work.calls = calls
    shutdown.register(work)
    del work
    gc.collect()
    shutdown.begin()
    assert calls == []
