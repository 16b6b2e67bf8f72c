"""Watching a fleet and deciding about it, without a page."""

from __future__ import annotations

import threading

import pytest

import ddmkit
from ddmkit.errors import RecordError
from ddmkit.forms.steps.fleet.watch import FleetWatch, pause_after


@pytest.fixture
def kit(monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    with ddmkit.demo(scenario="fleet", size=3, operator="mel") as opened:
        yield opened


@pytest.fixture
def run(kit):
    fleet = kit.plan_fleet(list(kit.scenario.rows), waves=[1, "rest"])
    return kit.submit_fleet(fleet, confirm="restore 3", accept={one.row: one.warnings for one in fleet.items})


@pytest.fixture
def watch(run):
    made = FleetWatch(lambda: None, poll_s=0.02)
    made.attach(run)
    yield made
    made.stop()
    assert made.wait(60)


def cells(watch):
    return {row["key"]: row["cells"] for row in watch.rows.view["rows"]}


def test_rows_are_held_skipped_and_let_go_with_reasons(watch, run):
    assert watch.hold.disabled
    watch.rows.press("shop-002", "shop-003")
    assert not watch.hold.disabled
    watch.hold.click()
    assert "Reason: is empty" in watch.message.text
    assert run.counts == {"waiting": 3}
    watch.reason.input.value = "its owner asked"
    watch.hold.click()
    assert (watch.message.text, watch.rows.selected) == ("", [])
    assert cells(watch)["shop-002"][1] == "! held"
    assert "its owner asked (mel)" in cells(watch)["shop-002"]
    watch.rows.press("shop-002")
    watch.again.click()
    watch.rows.press("shop-003")
    watch.skip.click()
    assert run.counts == {"waiting": 2, "skipped": 1}


def test_what_was_read_before_a_decision_is_not_shown_after_it(run, monkeypatch):
    watch = FleetWatch(lambda: None, poll_s=3600)
    watch.attach(run)
    before, go_on = run.snapshot, threading.Event()
    has_read = threading.Event()

    def read_early(self):
        has_read.set()
        assert go_on.wait(60)
        return before

    with monkeypatch.context() as patch:
        patch.setattr("ddmkit.handles.fleet.run.FleetRun._read", read_early)
        watches = threading.Thread(target=watch.draw)
        watches.start()
        assert has_read.wait(60)
    watch.rows.press("shop-002")
    watch.reason.input.value = "its owner asked"
    watch.hold.click()
    assert cells(watch)["shop-002"][1] == "! held"
    go_on.set()
    watches.join(60)
    assert cells(watch)["shop-002"][1] == "! held"
    watch.stop()


def test_what_was_read_of_one_fleet_is_not_shown_for_another(run):
    class AnotherIsChosenMeanwhile:
        @property
        def snapshot(self):
            watch.detach()
            return run.snapshot

    watch = FleetWatch(lambda: None, poll_s=3600)
    watch.attach(run)
    before = dict(cells(watch))
    watch.run = AnotherIsChosenMeanwhile()
    run.hold("shop-002", reason="its owner asked")
    watch.draw()
    assert (cells(watch), watch.state) == (before, "")
    watch.stop()


def test_a_pause_needs_a_reason_and_going_on_works_here_to_the_end(watch, run, kit):
    watch.pause.click()
    assert "Reason: is empty" in watch.message.text
    watch.reason.input.value = "lunch"
    watch.pause.click()
    assert "Paused by mel: lunch." in watch.said.value
    assert "the button Go on" in watch.said.value
    watch.go_on.click()
    assert watch.wait(120)
    assert run.status == "waiting"
    watch.go_on.click()
    assert watch.wait(120)
    assert run.counts == {"completed": 3}
    assert watch.state == "completed"
    assert watch.work.disabled
    assert len(kit.simulator.effective_restores()) == 3
    watch.rows.press("shop-001")
    watch.skip.click()
    assert "cannot be skipped any more" in watch.message.text
    assert watch.rows.selected == ["shop-001"]


def test_the_cap_is_changed_while_it_runs_and_a_wrong_one_is_refused(watch, run):
    watch.cap.input.value = "2"
    assert run.cap == 2
    watch.cap.input.value = "none"
    assert "cap" in watch.message.text
    assert run.cap == 2


def test_a_store_that_is_away_keeps_what_was_read(watch, monkeypatch):
    before = dict(cells(watch))

    def fail(self):
        raise RecordError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr("ddmkit.handles.fleet.run.FleetRun._read", fail)
        assert watch.draw() is None
        assert "the database is gone" in watch.message.text
        assert cells(watch) == before
    assert watch.draw() is not None
    assert watch.message.text == ""


def test_an_error_of_the_workers_is_shown(watch, monkeypatch):
    def fail(self, *, stopping):
        raise RecordError("the database is gone")

    monkeypatch.setattr("ddmkit.handles.fleet.run.FleetRun.work", fail)
    watch.work.click()
    assert watch.wait(60)
    assert "The workers of this page have ended." in watch.message.text


def test_a_stop_reaches_workers_that_have_not_begun_and_a_later_start_is_another_one(watch, monkeypatch):
    given, is_there, go = [], threading.Event(), threading.Event()

    def begin_late(self, *, stopping):
        given.append(stopping)
        is_there.set()
        go.wait(60)

    monkeypatch.setattr("ddmkit.handles.fleet.run.FleetRun.work", begin_late)
    watch.work.click()
    go.set()
    assert watch.wait(60)
    go.clear()
    is_there.clear()
    watch.start_working()
    assert is_there.wait(60)
    watch.stop()
    go.set()
    assert watch.wait(60)
    first, second = given
    assert (first.is_set(), second.is_set()) == (False, True)


def test_without_a_fleet_nothing_is_done():
    empty = FleetWatch(lambda: None)
    empty.pause.click()
    empty.start_working()
    assert (empty.draw(), empty.state, empty.is_working) == (None, "", False)
    empty.stop()


@pytest.mark.parametrize(("took_s", "pause_s"), [(0.0, 0.5), (0.05, 0.5), (0.2, 1.8)])
def test_drawing_many_rows_takes_at_most_a_tenth_of_the_time(took_s, pause_s):
    assert pause_after(took_s) == pytest.approx(pause_s)
