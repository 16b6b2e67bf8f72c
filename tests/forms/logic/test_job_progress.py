"""What is said of a job that is followed."""

import threading
from datetime import timedelta

import pytest

from ddmkit.errors import UnreachableError
from ddmkit.forms.logic.job_progress import (
    JobObservation,
    JobObserver,
    StopWatchingError,
    describe_observation,
    describe_stall,
)
from ddmkit.models import Job

MINUTE = timedelta(minutes=1)


def job(status="Running", process="40%", **more):
    return Job(id="j-1", name="restore", status=status, process=process, **more)


def test_progress_elapsed_time_and_the_age_of_the_last_answer_are_said(now):
    seen = JobObservation(started=now).with_job(job(created_time=now - 3 * MINUTE), now)
    said = dict(describe_observation(seen, now + MINUTE))
    assert said["Progress"] == "40%"
    assert said["Elapsed"] == "4 min"
    assert said["Last answer"] == "2026-05-20 12:00:00 UTC, 1 min ago"
    assert said["Failed status checks"] == "none"


def test_looks_that_fail_are_counted_and_the_last_is_told(now):
    seen = (
        JobObservation(started=now).with_error(UnreachableError("no route"), 1).with_error(UnreachableError("no route"), 2)
    )
    said = dict(describe_observation(seen, now))
    assert (said["Failed status checks"], said["Last failure"]) == ("2 status checks failed, 2 in a row", "no route")
    assert dict(describe_observation(seen.with_job(job(), now), now))["Failed status checks"] == "2 status checks failed"


def test_standing_still_is_told_after_a_while_and_not_before(now):
    seen = JobObservation(started=now).with_job(job(), now).with_job(job(), now + 9 * MINUTE)
    assert describe_stall(seen, now + 9 * MINUTE, 10 * MINUTE) == ""
    assert "Nothing has changed for 10 min" in describe_stall(seen, now + 10 * MINUTE, 10 * MINUTE)
    moved = seen.with_job(job(process="41%"), now + 9 * MINUTE)
    assert describe_stall(moved, now + 10 * MINUTE, 10 * MINUTE) == ""
    ended = seen.with_job(job("Completed"), now)
    assert describe_stall(ended, now + timedelta(days=1), 10 * MINUTE) == ""


def test_when_nobody_watches_any_more_following_stops(now):
    stopped = threading.Event()
    book = JobObserver(lambda: now, stopped)
    book.on_job(job(), 0)
    stopped.set()
    with pytest.raises(StopWatchingError):
        book.on_job(job(), 0)
