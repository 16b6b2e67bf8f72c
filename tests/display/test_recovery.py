"""Steps of a recovery for people: how each stands, what proves it, what it made."""

from __future__ import annotations

from datetime import UTC, datetime

from ddmkit.display.recovery import StepView, show_steps

STEPS = [
    StepView(name="node:a", title="Recover <a>", call={}, state="running", since=datetime(2026, 5, 20, 9, 30, 5, tzinfo=UTC), made="new-1"),
    StepView(name="prove-nodes", title="Prove", call={}, state="completed", proof="own record, strong"),
]  # fmt: skip


def test_steps_show_state_time_proof_and_what_they_made():
    shown = show_steps(STEPS)
    for told in ("node:a", "running", "09:30:05 UTC", "new-1", "own record, strong"):
        assert told in shown.text
        assert told in shown.html


def test_what_others_named_is_no_markup():
    assert "Recover &lt;a&gt;" in show_steps(STEPS).html
