"""The rules of a fleet as pure functions: the bound, the stop, the gates, and how an item stands by its record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddmkit.records.fleets.rules import BAD, ENDED, ItemStanding, ItemState, Standing, count_states, fold_item
from ddmkit.records.runs import RunState

WAITING, RUNNING, COMPLETED, FAILED, HELD = (
    ItemState.WAITING,
    ItemState.RUNNING,
    ItemState.COMPLETED,
    ItemState.FAILED,
    ItemState.HELD,
)


def standing(*items, cap=8, stop_after=3, **more):
    """Return a fleet; an item is its wave and its state, and a third value says that it was claimed."""
    made = [ItemStanding(one[0], one[1], claimed=len(one) > 2) for one in items]
    return Standing(made, cap, stop_after, **more)


@pytest.mark.parametrize(
    ("fleet", "why"),
    [
        (standing((0, WAITING)), ""),
        (standing((0, WAITING), paused="lunch"), "paused: lunch"),
        (standing((0, COMPLETED)), "nothing is left to do"),
        (standing((0, COMPLETED), (1, WAITING)), "wave 2 waits for its gate: look at wave 1, then go on"),
        (standing((0, COMPLETED), (1, WAITING), opened=2), ""),
        (standing((0, COMPLETED), (1, WAITING), gate="none"), ""),
        (standing((0, COMPLETED), (1, WAITING), gate="first"), "wave 2 waits for its gate: look at wave 1, then go on"),
        (standing((0, COMPLETED), (1, COMPLETED), (2, WAITING), gate="first", opened=2), ""),
        (
            standing((0, COMPLETED), (1, COMPLETED), (2, WAITING), opened=2),
            "wave 3 waits for its gate: look at wave 2, then go on",
        ),
        (standing((0, WAITING), (0, RUNNING)), "1 of 1 items are running"),
        (standing((0, RUNNING), (1, WAITING), cap=1), "1 of 1 items are running"),
        (standing((0, COMPLETED), (1, RUNNING), (1, WAITING), opened=2), ""),
        (standing((0, COMPLETED), (1, RUNNING), (2, WAITING), opened=2), "the rest of wave 2 is running"),
        (standing((0, FAILED), (1, WAITING), opened=2), "1 items are bad"),
        (standing((0, HELD), (1, WAITING), opened=2), ""),
        (standing((0, COMPLETED), *[(1, FAILED)] * 3, (1, WAITING), opened=2), "3 items are bad"),
        (standing((0, COMPLETED), *[(1, FAILED)] * 2, (1, RUNNING), (1, WAITING), opened=2), "1 of 1 items are running"),
    ],
)
def test_why_nothing_may_be_taken(fleet, why):
    assert fleet.why_not_take() == why


def test_what_a_person_has_looked_at_does_not_stop_the_fleet_again():
    fleet = standing((0, FAILED), (1, WAITING), opened=2)
    assert fleet.must_stop
    acknowledged = replace(fleet, items=(fleet.items[0]._replace(acknowledged=True), fleet.items[1]))
    assert not acknowledged.must_stop
    assert acknowledged.why_not_take() == ""


# What can happen, in any order: an item is taken, a taken one is claimed or given back, a claimed one ends.
MOVES = st.lists(
    st.tuples(st.sampled_from(["take", "claim", "give back", "end"]), st.integers(0, 30), st.sampled_from(sorted(ENDED))),
    max_size=200,
)


@given(
    moves=MOVES,
    cap=st.integers(1, 9),
    stop_after=st.integers(1, 6),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_the_bad_items_never_exceed_the_stop_whatever_becomes_of_those_in_flight(moves, cap, stop_after, sizes):
    """A fleet without gates: the rules alone keep the bound. Each move is made only when the rules allow it."""
    items = [ItemStanding(wave, WAITING) for wave, size in enumerate(sizes) for _ in range(size)]

    def fleet():
        return Standing(tuple(items), cap, stop_after, gate="none", paused="stop" if stopped else "")

    stopped = False
    for move, number, end in moves:
        chosen = number % len(items)
        item = items[chosen]
        if move == "take" and not fleet().why_not_take() and item.wave == fleet().wave and item.state is WAITING:
            items[chosen] = item._replace(state=RUNNING)
        elif item.state is RUNNING and not item.claimed and move == "claim" and not fleet().why_not_claim():
            items[chosen] = item._replace(claimed=True)
        elif item.state is RUNNING and not item.claimed and move == "give back":
            items[chosen] = item._replace(state=WAITING)
        elif item.state is RUNNING and item.claimed and move == "end" and end is not ItemState.SKIPPED:
            items[chosen] = item._replace(state=end)
            stopped = stopped or fleet().must_stop
        now = fleet()
        first_wave_bad = sum(one.wave == 0 and one.state in BAD for one in items)
        assert first_wave_bad <= 1
        assert now.bad <= stop_after
        assert now.in_flight <= min(cap, stop_after - now.bad)
        if now.wave == 0:
            assert now.in_flight <= 1 - now.bad
        if now.bad >= stop_after or first_wave_bad:
            assert stopped
            assert now.why_not_take()


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_of_a_record_gives_a_state_and_a_reason(state):
    folded, reason = fold_item(str(state), passed=None, verified=False, reason="")
    assert reason
    assert folded is not ItemState.COMPLETED


@pytest.mark.parametrize(
    ("passed", "verified", "folded"),
    [(True, True, "completed"), (False, True, "differs"), (None, False, "differs"), (True, False, "differs")],
)
def test_done_means_verified(passed, verified, folded):
    state, reason = fold_item("completed", passed=passed, verified=verified, reason="")
    assert (str(state), bool(reason)) == (folded, True)


def test_states_are_counted_in_their_order():
    assert count_states(["failed", "waiting", "failed"]) == {"waiting": 1, "failed": 2}
