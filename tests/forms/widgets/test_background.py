"""Work that does not hold up the kernel."""

import threading

from ddmkit.forms.widgets.background import TaskQueue, Worker


def test_work_is_done_in_order_in_a_thread_that_ends():
    worker, done = Worker("test"), []
    for number in range(5):
        worker.start(lambda number=number: done.append((number, threading.current_thread().daemon)))
    assert worker.wait(5)
    assert done == [(number, True) for number in range(5)]
    assert not worker.is_busy


def test_the_caller_goes_on_at_once():
    worker, gate, done = Worker("test"), threading.Event(), []
    worker.start(lambda: done.append(gate.wait(5)))
    assert worker.is_busy
    assert done == []
    assert not worker.wait(0.01)
    gate.set()
    assert worker.wait(5)


def test_a_closed_worker_forgets_what_waits_and_takes_no_more():
    worker, begun, gate, done = Worker("test"), threading.Event(), threading.Event(), []
    worker.start(lambda: begun.set() or gate.wait(5))
    worker.start(lambda: done.append("waited"))
    assert begun.wait(5)
    assert worker.close() == 1
    gate.set()
    worker.start(lambda: done.append("later"))
    assert worker.wait(5)
    assert done == []


def test_tasks_know_what_the_newest_was_asked_for_until_all_are_done():
    seen, begun, gate = [], threading.Event(), threading.Event()
    tasks = TaskQueue("test", lambda: seen.append(tasks.active_part))
    tasks.start(lambda: begun.set() or gate.wait(5), "one")
    tasks.start(lambda: None, "other")
    assert begun.wait(5)
    gate.set()
    assert tasks.wait(5)
    assert seen == ["one", "other", "other", None]
    assert tasks.active_part is None


def test_closed_tasks_are_about_nothing_once_what_is_being_done_ends():
    begun, gate = threading.Event(), threading.Event()
    tasks = TaskQueue("test", lambda: None)
    tasks.start(lambda: begun.set() or gate.wait(5), "one")
    tasks.start(lambda: None, "other")
    assert begun.wait(5)
    tasks.close()
    assert tasks.active_part == "other"
    gate.set()
    assert tasks.wait(5)
    assert tasks.active_part is None
