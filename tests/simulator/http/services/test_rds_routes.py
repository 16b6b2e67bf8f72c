"""Jobs and tasks of RDS as a client reads them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.simulator.recovery import Hosts


def test_a_job_is_found_late_and_goes_to_its_end(hosts: Hosts) -> None:
    job_id = hosts.create(hosts.body(hosts.sources()[0])).json()["job_id"]
    answers = [hosts.job(job_id) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400, 200, 200, 200, 200]
    jobs: list[dict[str, Any]] = [answer.json()["job"] for answer in answers[1:]]
    assert [job["status"] for job in jobs] == ["Running", "Running", "Completed", "Completed"]
    assert all(job["created"].endswith("+0800") and "ended" not in job for job in jobs[:2])
    assert jobs[-1]["ended"].endswith("+0000")
    assert {job["process"] for job in jobs} <= {"", "50", "50%", "75", "75%", "100%"}
    assert jobs[0]["entities"] == {}
    assert jobs[-1]["entities"]["instance"]["endpoint"].endswith(":3306")


def test_an_unknown_job_is_answered_like_one_that_is_not_found_yet(hosts: Hosts) -> None:
    answer = hosts.job("none")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.200543")


def test_tasks_are_listed_newest_first_and_filtered(hosts: Hosts) -> None:
    first, second = (hosts.recover(source) for source in hosts.sources())
    path = f"{hosts.v3}/tasklist"
    tasks = hosts.rds.get(path).json()
    assert [task["instance_id"] for task in tasks["tasks"]] == [second, first]
    assert (tasks["total_count"], len(tasks["actions"])) == (2, 2)
    name = tasks["tasks"][1]["instance_name"]
    for query in ({"name": name}, {"instance_id": first}, {"id": tasks["tasks"][1]["id"]}, {"offset": 1}):
        assert [task["instance_id"] for task in hosts.rds.get(path, params=query).json()["tasks"]] == [first]
    assert hosts.rds.get(path, params={"status": "Running"}).json()["tasks"] == []
    assert hosts.rds.get(path, params={"end_time": tasks["tasks"][1]["create_time"] - 1}).json()["tasks"] == []
    assert hosts.rds.get(path, params={"limit": 51}).status_code == 400


def test_the_detail_of_a_task_names_source_and_time(hosts: Hosts) -> None:
    source = hosts.sources()[0]
    node = hosts.recover(source)
    path = f"{hosts.v3}/instances/{node}/tasklist/detail"
    (job,) = hosts.rds.get(path, params={"start_time": 0}).json()["jobs"]
    detail = json.loads(job["task_detail"])
    assert (detail["sourceInstanceId"], detail["targetInstanceId"], detail["restoreTime"]) == (source, node, hosts.point)
    assert hosts.rds.get(path).status_code == 400


def test_the_trace_of_a_recovery_has_the_request_and_no_password(hosts: Hosts) -> None:
    source = hosts.sources()[0]
    node = hosts.recover(source)
    (trace,) = hosts.traces(service_type="RDS", resource_id=node)
    request = json.loads(trace["request"])
    assert request["restore_point"] == {"instance_id": source, "type": "timestamp", "restore_time": hosts.point}
    assert request["password"] == "********"
    assert json.loads(trace["response"])["instance"]["id"] == node


def test_one_of_two_writers_gets_the_name(hosts: Hosts) -> None:
    source = hosts.sources()[0]
    answers = [hosts.create(hosts.body(source)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 409]
    hosts.simulator.advance(timedelta(minutes=5))
    assert hosts.rds.get(f"{hosts.v3}/instances", params={"name": "*7f3a9c"}).json()["total_count"] == 1
