"""Closing under work that goes on."""

import gc
import threading

from ddmkit.shutdown import Closing


class Asker:
    """Ends as soon as it is told, or not at all."""

    def __init__(self, *, ends=True):
        self.heard, self.ended, self.ends = [], threading.Event(), ends

    def stop(self):
        self.heard.append("stop")
        if self.ends:
            self.ended.set()

    def wait(self, timeout_s=None):
        self.heard.append("wait")
        return self.ended.wait(timeout_s)


def test_everyone_is_told_before_anyone_is_waited_for():
    closing, told = Closing(), []
    askers = [Asker(), Asker()]
    for one in askers:
        one.heard = told
        closing.tell(one)
    closing.begin()
    assert told == ["stop", "stop", "wait", "wait"]
    assert closing.has_begun


def test_whoever_does_not_end_is_waited_for_only_so_long():
    closing, stubborn = Closing(), Asker(ends=False)
    closing.tell(stubborn)
    closing.begin(patience_s=0.01)
    assert stubborn.heard == ["stop", "wait"]


def test_a_pause_ends_when_closing_begins():
    closing = Closing()
    sleeper = threading.Thread(target=closing.pause, args=(3600,))
    sleeper.start()
    closing.begin()
    sleeper.join(5)
    assert not sleeper.is_alive()


def test_who_is_gone_is_not_kept_alive_to_be_told():
    closing, told = Closing(), []
    asker = Asker()
    asker.heard = told
    closing.tell(asker)
    del asker
    gc.collect()
    closing.begin()
    assert told == []
