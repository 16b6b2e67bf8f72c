"""Checks of the surroundings: other jobs, the clocks, and earlier tries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.restore.builders import SOURCE, TARGET, inventory, job, look, read, unread


def test_without_jobs_the_instances_are_idle():
    assert look("instances-idle", inventory()).status == "pass"


@pytest.mark.parametrize("place", [SOURCE, TARGET])
def test_a_job_that_runs_on_source_or_target_fails_and_is_named(place):
    found = look("instances-idle", inventory(jobs=read((job("job-1", place, instance_name="shop"),))))
    assert found.status == "fail"
    assert "RestartInstance (job-1) runs on shop, since 2026-05-20 09:30:00 UTC." in found.detail


def test_several_running_jobs_are_counted():
    found = look("instances-idle", inventory(jobs=read((job("job-1", SOURCE), job("job-2", TARGET)))))
    assert "and 1 more" in found.detail


def test_a_state_that_no_page_lists_counts_as_running():
    assert look("instances-idle", inventory(jobs=read((job("job-1", TARGET, status="Pausing"),)))).status == "fail"


@pytest.mark.parametrize("status", ["Completed", "Failed", "RollbackSuccess", "CancelSuccess"])
def test_jobs_that_have_ended_do_no_harm(status):
    assert look("instances-idle", inventory(jobs=read((job("job-1", TARGET, status=status),)))).status == "pass"


def test_jobs_elsewhere_do_no_harm():
    assert look("instances-idle", inventory(jobs=read((job("job-1", "another"),)))).status == "pass"


def test_jobs_that_cannot_be_read_are_a_warning():
    found = look("instances-idle", inventory(jobs=unread("HTTP 503")))
    assert found.status == "warn"
    assert "HTTP 503" in found.detail


@pytest.mark.parametrize(
    ("minutes", "signs", "status"),
    [
        (0, True, "pass"),
        (1, True, "pass"),
        (-1, True, "pass"),
        (2, True, "warn"),
        (-2, False, "warn"),
        (15, True, "warn"),
        (16, True, "fail"),
        (-16, True, "fail"),
        (16, False, "warn"),
        (600, False, "warn"),
    ],
)
def test_clocks_may_be_a_minute_apart_and_fifteen_when_requests_are_signed(minutes, signs, status):
    facts = inventory(clock_skew=timedelta(minutes=minutes), signs_requests=signs)
    assert look("clock-skew", facts).status == status


def test_a_skewed_clock_says_which_way():
    assert "5 min behind the service's" in look("clock-skew", inventory(clock_skew=timedelta(minutes=5))).detail
    assert "5 min ahead of the service's" in look("clock-skew", inventory(clock_skew=timedelta(minutes=-5))).detail


def test_a_service_that_tells_no_time_is_a_warning():
    assert look("clock-skew", inventory(clock_skew=None)).status == "warn"


def test_an_earlier_failure_of_the_same_restore_is_a_warning_that_names_its_record():
    assert look("tried-before", inventory()).status == "pass"
    found = look("tried-before", inventory(failed_before=("r-1", "r-2")))
    assert found.status == "warn"
    assert "r-1, r-2" in found.detail
