"""The plan of a drill: what has to be typed, what is refused before anything is sent, and how it reads."""

from __future__ import annotations

import pytest

import ddmkit


@pytest.mark.parametrize("typed", ["", "create 3", "create 2, delete 2", "ddm-orders-prod"])
def test_nothing_is_sent_without_both_numbers(kit, source, typed):
    drill = kit.drill(source)
    with pytest.raises(ddmkit.NotConfirmedError, match="create 3, delete 3"):
        drill.run(confirm=typed, say=None)
    assert len(kit.records) == 0


def test_more_instances_than_allowed_are_refused(kit, source):
    drill = kit.drill(source)
    with pytest.raises(ddmkit.InputError, match="would create 3 instances, 2 are allowed"):
        drill.run(confirm=drill.confirmation, max_instances=2, say=None)
    assert len(kit.records) == 0


def test_it_shows_where_what_and_what_to_type(kit, source):
    drill = kit.drill(source, approver="bob", rto="1h", rpo="2h")
    text = drill.show().text
    for told in (
        f"Drill {drill.digest}: ddm-orders-prod",
        "PEOPLE AND PROCEDURE ARE PROVED, NOT BACKUPS",
        "working after 1 h, at most 2 h of writes lost",
        "Creates 3 instances and deletes 3 again: 1 x RDS",
        "Approver: bob",
        "To run exactly this, type: create 3, delete 3",
        "Every request, in order:",
    ):
        assert told in text
    assert set(drill._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert repr(drill) == f"<drill {drill.digest} of ddm-orders-prod on simulator: create 3, delete 3, ready>"
    assert drill.warnings == ()
    assert {check.status for check in drill.checks} == {"pass", "skip"}
