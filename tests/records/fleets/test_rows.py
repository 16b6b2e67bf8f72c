"""A fleet as the store returns it: the state of its record follows from its items, its pause and its gate."""

from __future__ import annotations

import pytest

from ddmkit.records.fleets.rows import FleetSettings, FleetSnapshot, StoredItem, item_of
from ddmkit.records.fleets.rules import ItemState


def item(number, state, wave=0):
    return StoredItem("f", number, f"r{number}", wave, "d", ItemState(state), "", False, False, "", "", "", 0, 0, 0, 0)


def fleet(*states, paused="", opened=1):
    items = [item(number, state, wave) for number, (wave, state) in enumerate(states)]
    return FleetSnapshot("f", FleetSettings("d", 8, 3, "wave", "1"), items, opened, paused, "", 0, 0)


@pytest.mark.parametrize(
    ("known", "state"),
    [
        (fleet((0, "waiting")), "running"),
        (fleet((0, "running"), (1, "waiting")), "running"),
        (fleet((0, "completed"), (1, "waiting")), "waiting"),
        (fleet((0, "completed"), (1, "waiting"), opened=2), "running"),
        (fleet((0, "waiting"), paused="lunch"), "waiting"),
        (fleet((0, "completed"), (1, "skipped")), "completed"),
        (fleet((0, "completed"), (1, "differs")), "stopped"),
        (fleet((0, "completed"), (1, "blocked")), "stopped"),
        (
            fleet(
                (0, "held"),
            ),
            "stopped",
        ),
    ],
)
def test_the_state_of_the_record_follows(known, state):
    assert known.state == state


def test_an_item_is_found_by_its_row_and_read_from_a_row_of_the_table():
    known = fleet((0, "waiting"))
    assert known.item("r0").number == 0
    assert known.item("r9") is None
    read = item_of(tuple(known.items[0]._replace(state="waiting", claimed=1)))
    assert (read.state, read.claimed) == (ItemState.WAITING, True)
