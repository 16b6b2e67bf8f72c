"""The coverage as a table and as a frame, and the reminder in the list of records."""

from __future__ import annotations

import pytest

import ddmkit


def test_coverage_lists_every_instance_and_what_was_drilled(kit, source):
    assert {row.state for row in kit.drills.list()} == {"never drilled"}
    drill = kit.drill(source)
    drill.run(confirm=drill.confirmation, say=None)
    frame = kit.drills.frame()
    row = frame[frame.source_id == source].iloc[0]
    assert (row.state, row.drills, bool(row.never_failed)) == ("covered", 1, True)
    assert row.passed == kit.now()
    assert {"passed", "oldest", "next_due"} <= set(frame.columns)
    assert len(frame) == len(kit.instances())
    assert "never drilled" in repr(kit.drills)
    assert set(kit.drills._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_the_records_remind_of_a_drill_when_the_days_are_set(monkeypatch, kit, source):
    assert "No drill" not in kit.records._repr_mimebundle_()["text/plain"]
    monkeypatch.setenv("DDMKIT_DRILL_DAYS", "30")
    shown = kit.records._repr_mimebundle_()
    assert all("No drill has passed in the last 30 days" in shown[kind] for kind in ("text/plain", "text/html"))
    assert "No drill has passed" in repr(kit.records)
    drill = kit.drill(source)
    drill.run(confirm=drill.confirmation, say=None)
    assert "No drill" not in kit.records._repr_mimebundle_()["text/plain"]
    assert kit.records.remind_of_drills(1) == ""
    monkeypatch.setenv("DDMKIT_DRILL_DAYS", "often")
    with pytest.raises(ddmkit.InputError, match="DDMKIT_DRILL_DAYS"):
        kit.records  # noqa: B018  # looking is the test
