"""Jobs, single and listed; reading them moves a stopped clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

DAY_MS = 86_400_000


def test_a_restore_on_a_stopped_clock_ends_after_four_reads(caller: Any) -> None:
    job_id = caller.restore().json()["job_id"]
    looks = [caller.job(job_id) for _ in range(5)]
    assert [look["process"] for look in looks] == ["25%", "50%", "75%", "", ""]
    assert [look["status"] for look in looks[-2:]] == ["Completed", "Completed"]
    assert looks[0]["end_time"] == ""
    assert looks[-1]["end_time"] == "2026-05-20T09:31:00+0000"
    assert looks[0]["instance"] == {"id": caller.facts.target, "name": "ddm-restore-target"}


def test_only_the_first_page_of_the_list_counts_as_a_read(caller: Any) -> None:
    caller.restore()
    began = caller.simulator.now()
    caller.tasks(offset=1)
    assert caller.simulator.now() == began
    assert caller.tasks().json()["jobs"][0]["process"] == "25%"
    assert caller.simulator.now() == began + timedelta(seconds=15)


def test_reading_ended_jobs_does_not_move_the_clock(caller: Any) -> None:
    began = caller.simulator.now()
    job = caller.tasks().json()["jobs"][0]
    caller.job(job["id"])
    assert caller.simulator.now() == began


def test_jobs_are_listed_by_creation_newest_first(caller: Any) -> None:
    now = caller.simulator.now()
    world = caller.simulator.world
    ids = [world.add_job(caller.facts.source, created=now - timedelta(hours=h), duration_ms=1) for h in (3, 1, 2)]
    listed = [row["id"] for row in caller.tasks().json()["jobs"]]
    assert [job for job in listed if job in ids] == [ids[1], ids[2], ids[0]]
    ms = int(now.timestamp() * 1000)
    narrow = caller.tasks(start_time=ms - 2 * 3_600_000, end_time=ms - 2 * 3_600_000).json()
    assert [row["id"] for row in narrow["jobs"]] == [ids[2]]


@pytest.mark.parametrize("count", [11, 128, 129, 500])
def test_many_jobs_come_in_pages(caller: Any, count: int) -> None:
    ms = int(caller.simulator.now().timestamp() * 1000)
    ids = caller.simulator.world.add_jobs(count, caller.facts.source, duration_ms=1, created=ms - 30_000)
    rows = caller.rows(f"{caller.v3}/jobs", "jobs", start_time=ms - 30_000, end_time=ms - 30_000)
    assert [row["id"] for row in rows] == ids[::-1]


@pytest.mark.parametrize(
    "query",
    [{"start_time": 0}, {"start_time": -1}, {"end_time": 1}, {"end_time": ""}, {"start_time": "x"}, {"start_time": 10**40}],
)
def test_a_span_that_is_too_long_or_reversed_is_rejected(caller: Any, query: dict[str, Any]) -> None:
    answer = caller.tasks(**query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")


def test_exactly_thirty_days_are_allowed_and_both_ends_are_needed(caller: Any) -> None:
    ms = int(caller.simulator.now().timestamp() * 1000)
    assert caller.tasks(start_time=ms - 30 * DAY_MS).status_code == 200
    assert caller.get(f"{caller.v3}/jobs", start_time=ms).status_code == 400
    assert caller.get(f"{caller.v3}/jobs", end_time=ms).status_code == 400


def test_the_reason_of_a_failure_is_in_the_list_only(caller: Any) -> None:
    caller.simulator.inject("job-fails")
    job = caller.finish(caller.restore().json()["job_id"])
    assert (job["status"], "fail_reason" in job) == ("Failed", False)
    assert caller.tasks().json()["jobs"][0]["fail_reason"]


def test_an_unknown_job_is_not_found(caller: Any) -> None:
    answer = caller.get(f"{caller.v3}/jobs/nothing")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "DBS.300400")


def test_a_late_job_is_hidden_from_two_reads(caller: Any) -> None:
    caller.simulator.inject("job-late")
    job_id = caller.restore().json()["job_id"]
    codes = [caller.get(f"{caller.v3}/jobs/{job_id}").status_code for _ in range(3)]
    assert codes == [404, 404, 200]


def test_a_late_job_is_hidden_from_the_list_as_well(caller: Any) -> None:
    caller.simulator.inject("job-late")
    job_id = caller.restore().json()["job_id"]
    seen = [job_id in {row["id"] for row in caller.tasks().json()["jobs"]} for _ in range(3)]
    assert seen == [False, False, True]


def test_a_stalled_job_stays_where_it_is(caller: Any) -> None:
    caller.simulator.inject("job-stalls")
    job_id = caller.restore().json()["job_id"]
    caller.simulator.advance(timedelta(days=2))
    assert caller.job(job_id)["process"] == "60%"
    assert caller.restore().json()["error_code"] == "DBS.200019"


def test_states_that_the_clock_never_reaches_can_be_pinned(caller: Any) -> None:
    job_id = caller.simulator.world.add_job(caller.facts.source, "migrateLogicDb", pinned_status="ToBeSwitched")
    assert caller.job(job_id)["status"] == "ToBeSwitched"
