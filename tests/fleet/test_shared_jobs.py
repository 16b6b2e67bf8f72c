"""The jobs that many items share: each read goes back only as far as something can have changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.fleet.shared_jobs import JOBS_REACH, SharedJobs
from ddmkit.models import Job

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
WEEK = NOW - JOBS_REACH


def job(number, age_s, status="Completed"):
    return Job(id=f"job-{number}", status=status, created_time=NOW - timedelta(seconds=age_s))


class Service:
    """Lists jobs by their creation, as the service does, and notes from when on it was asked."""

    def __init__(self, *jobs):
        self.jobs, self.asked = list(jobs), []

    def __call__(self, start):
        self.asked.append(start)
        return tuple(one for one in self.jobs if one.created_time >= start)


@pytest.fixture
def seconds():
    return [0.0]


@pytest.fixture
def shared(seconds):
    return SharedJobs(10, lambda: seconds[0])


def test_those_who_follow_read_again_when_the_list_is_too_old_and_a_look_reads_always(shared, seconds):
    service = Service(job(1, 60))
    for _ in range(3):
        assert [one.id for one in shared.list(WEEK, lambda: NOW, service)] == ["job-1"]
    assert service.asked == [WEEK]
    shared.list(WEEK, lambda: NOW, service, is_look=True)
    assert len(service.asked) == 2
    seconds[0] = 10.5
    shared.list(WEEK, lambda: NOW, service)
    assert len(service.asked) == 3


def test_a_later_read_goes_back_to_the_oldest_job_that_had_not_ended(shared):
    service = Service(job(1, 9_000), job(2, 6_000, "Running"), job(3, 3_000), job(4, 30, "Running"))
    shared.list(WEEK, lambda: NOW, service)
    service.jobs[1] = job(2, 6_000)
    service.jobs.append(job(5, -5, "Running"))
    later = NOW + timedelta(seconds=10)
    listed = shared.list(WEEK, lambda: later, service, is_look=True)
    assert service.asked[1] == NOW - timedelta(seconds=6_000 + 120)
    assert [(one.id, one.status.casefold()) for one in listed] == [
        ("job-5", "running"),
        ("job-4", "running"),
        ("job-3", "completed"),
        ("job-2", "completed"),
        ("job-1", "completed"),
    ]
    shared.list(WEEK, lambda: later, service, is_look=True)
    assert service.asked[2] == NOW - timedelta(seconds=30 + 120)


def test_only_the_jobs_from_the_start_on_are_returned(shared):
    service = Service(job(1, 9_000), job(2, 60))
    assert [one.id for one in shared.list(NOW - timedelta(minutes=5), lambda: NOW, service)] == ["job-2"]
    assert [one.id for one in shared.list(WEEK, lambda: NOW, service)] == ["job-2", "job-1"]


def test_a_job_without_a_time_is_read_through_the_whole_reach_again(shared):
    service = Service(job(1, 60))
    strange = Job(id="strange", status="Running")
    shared.list(WEEK, lambda: NOW, lambda start: (*service(start), strange))
    shared.list(WEEK, lambda: NOW, service, is_look=True)
    assert service.asked[1] == WEEK


def test_a_clock_that_the_first_answer_corrects_hides_no_job(shared):
    """This machine's clock may be days ahead of the service's until the service has answered."""
    service, ahead = Service(job(1, 60)), [NOW + timedelta(days=6)]

    def read(start):
        found = service(start)
        ahead[0] = NOW
        return found

    shared.list(WEEK, lambda: ahead[0], read)
    service.jobs.append(job(2, -5))
    assert [one.id for one in shared.list(WEEK, lambda: NOW, service, is_look=True)] == ["job-2", "job-1"]


def test_a_connection_that_knows_an_earlier_time_asks_for_no_time_to_come(shared):
    service = Service(job(1, 60))
    shared.list(WEEK, lambda: NOW + timedelta(minutes=10), service)
    shared.list(WEEK, lambda: NOW, service, is_look=True)
    assert service.asked[1] == NOW - timedelta(minutes=2)


def test_who_waits_for_no_job_takes_an_older_list(shared, seconds):
    service = Service(job(1, 60))
    shared.list(WEEK, lambda: NOW, service)
    seconds[0] = 15.0
    shared.list(WEEK, lambda: NOW, service, least_age_s=20)
    assert len(service.asked) == 1
    shared.list(WEEK, lambda: NOW, service)
    assert len(service.asked) == 2
