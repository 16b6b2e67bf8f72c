from __future__ import annotations

from ddmkit.display.record_narrative import describe_event
from ddmkit.records.event_kinds import KINDS, describe_kinds
from ddmkit.records.events import Event
from ddmkit.records.runs import STATE_AFTER


def test_every_kind_that_moves_a_state_is_explained():
    assert set(STATE_AFTER) <= set(KINDS)
    assert all(f"{kind}: " in describe_kinds() for kind in KINDS)


def test_every_kind_has_a_sentence_of_its_own_whatever_its_data(clock):
    for kind in KINDS:
        event = Event(seq=1, at=clock.now, kind=kind, data={"odd": 1}, prev_sha256="", sha256="")
        assert not describe_event(event).startswith(f"{kind}: {{")
