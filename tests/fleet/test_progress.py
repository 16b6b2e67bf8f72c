"""The table of progress: a reason in every line, and estimates from measured durations only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.fleet.progress import describe_fleet, describe_store, estimate_rest, progress_rows
from ddmkit.records.fleets.rows import FleetSettings, FleetSnapshot, StoredItem
from ddmkit.records.fleets.rules import ItemState

NOW = 1_747_735_952_000


def item(number, state, wave=0, **changes):
    usual = StoredItem(
        "f", number, f"r{number}", wave, "d", ItemState(state), "", False, False, "", "", "", 0, NOW - 5_000, 0, 0
    )
    return usual._replace(**changes)


def done(number, took_ms, wave=0):
    return item(number, "completed", wave, claimed=True, begun=NOW - 90_000, ended=NOW - 90_000 + took_ms)


def fleet(*items, paused="", opened=9, cap=2):
    return FleetSnapshot(
        "f", FleetSettings("d", cap, 3, "wave", "1"), items, opened, paused, "bob" if paused else "", 0, NOW
    )


@pytest.mark.parametrize("state", list(ItemState))
@pytest.mark.parametrize("paused", ["", "lunch"])
def test_no_reason_is_blank(state, paused):
    (row,) = progress_rows(fleet(item(0, state), paused=paused))
    assert row.reason
    assert (row.state, row.age, row.wave) == (str(state), "5 s", 1)


def test_a_waiting_row_says_what_it_waits_for():
    rows = progress_rows(fleet(done(0, 1000), item(1, "waiting", 1), item(2, "waiting", 2)))
    assert [row.reason for row in rows[1:]] == ["may be taken", "waits for wave 2"]
    (paused,) = progress_rows(fleet(item(0, "waiting"), paused="lunch"))
    assert paused.reason == "paused: lunch"


def test_nothing_is_estimated_before_something_was_measured():
    assert estimate_rest(fleet(item(0, "waiting"))) is None
    running = item(1, "running", 1, claimed=True, begun=NOW - 20_000)
    assert progress_rows(fleet(item(0, "waiting"), running))[1].left == ""


def test_the_rest_is_estimated_by_the_median_and_the_cap():
    running = item(3, "running", 1, claimed=True, begun=NOW - 20_000)
    known = fleet(
        done(0, 60_000), done(1, 30_000, 1), done(2, 300_000, 1), running, item(4, "waiting", 1), item(5, "waiting", 1)
    )
    assert estimate_rest(known) == timedelta(seconds=120)
    assert progress_rows(known)[3].left == "40 s"


def test_a_paused_fleet_says_why_what_flies_what_is_untouched_and_how_to_go_on():
    told = " ".join(
        describe_fleet(
            fleet(item(0, "failed"), item(1, "running", 1, claimed=True), item(2, "waiting", 1), paused="1 bad item: r0")
        )
    )
    for part in (
        "1 waiting, 1 running, 1 failed",
        "Paused by bob: 1 bad item: r0.",
        "In flight: r1.",
        "Untouched: 1.",
        "run.go_on()",
    ):
        assert part in told


def test_a_closed_gate_and_an_end_are_told():
    assert "run.go_on() opens it" in describe_fleet(fleet(done(0, 1), item(1, "waiting", 1), opened=1))[-1]
    assert describe_fleet(fleet(done(0, 1)))[-1] == "Nothing is left to do."


def test_a_file_that_is_used_on_another_machine_than_the_approval_is_warned_of():
    told = describe_store("desk", "laptop", is_file=True)
    assert told.startswith("Approved on desk, and this is laptop: the record store is an SQLite file")
    for begun_on, is_file in (("laptop", True), ("", True), ("desk", False)):
        assert describe_store(begun_on, "laptop", is_file=is_file) == ""
