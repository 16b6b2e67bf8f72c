"""The state of a job as time passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ddmkit.simulator.rules.jobs import JobState, job_state
from ddmkit.simulator.storage.schema import Job

JOB = Job("j", "RestartInstance", "i", "name", created=1_000, duration_ms=60_000)


@pytest.mark.parametrize(("after", "process"), [(-5, "0%"), (0, "0%"), (12_000, "20%"), (59_999, "99%")])
def test_a_running_job_shows_its_progress_as_text(after: int, process: str) -> None:
    assert job_state(JOB, JOB.created + after) == JobState("Running", process)


def test_an_ended_job_shows_its_end_and_no_progress() -> None:
    assert job_state(JOB, 61_000) == JobState("Completed", "", 61_000)
    failed = replace(JOB, outcome="Failed", fail_reason="why")
    assert job_state(failed, 99_000) == JobState("Failed", "", 61_000, "why")
    assert job_state(failed, 2_000).fail_reason == ""


def test_a_stalled_job_never_ends() -> None:
    assert job_state(replace(JOB, outcome="Stalled"), 10**12) == JobState("Running", "60%")


@pytest.mark.parametrize(("status", "unfinished"), [("Expanding", True), ("ToBeSwitched", True), ("CancelSuccess", False)])
def test_a_pinned_status_is_shown_whatever_the_time(status: str, unfinished: bool) -> None:
    state = job_state(replace(JOB, pinned_status=status), 10**12)
    assert (state.status, state.unfinished) == (status, unfinished)
