"""Jobs and tasks of the data nodes' service are read in the forms that its samples print."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ddmkit.recovery_models.tasks import NodeTask, RdsJob, TaskDetail

JOB = {
    "id": "31b8ae23-c687-4d80-b7b4-42a66c9bb886", "name": "CreateMysqlSingleHAInstance", "status": "Completed",
    "created": "2018-08-06T10:41:14+0800", "ended": "2018-08-06T16:41:14+0000", "process": "",
    "instance": {"id": "a48e43ff268f4c0e879652d65e63d0fbin01", "name": "orders-n1-7f3a9c"},
    "entities": {"instance": {"endpoint": "192.168.1.203:3306", "type": "Single", "datastore": {"type": "mysql", "version": "5.7"}},
                 "resource_ids": ["a48e43ff268f4c0e879652d65e63d0fbin01.vm", "a48e43ff268f4c0e879652d65e63d0fbin01.volume"]},
}  # fmt: skip


def test_the_documented_job_has_two_offsets_in_one_answer() -> None:
    job = RdsJob.model_validate(JOB)
    assert job.created_time == datetime(2018, 8, 6, 2, 41, 14, tzinfo=UTC)
    assert job.end_time == datetime(2018, 8, 6, 16, 41, 14, tzinfo=UTC)
    assert (job.instance_id, job.instance_name) == ("a48e43ff268f4c0e879652d65e63d0fbin01", "orders-n1-7f3a9c")
    assert (job.is_completed, job.progress, len(job.resource_ids)) == (True, 1.0, 2)


@pytest.mark.parametrize(("process", "share"), [("", None), ("60", 0.6), ("60%", 0.6), ("100%", 1.0)])
def test_a_running_job_may_lack_its_end_and_its_entities(process: str, share: float | None) -> None:
    job = RdsJob.model_validate(
        {"id": "j", "status": "Running", "created": "2018-08-06T10:41:14+0800", "process": process, "entities": {}}
    )
    assert (job.is_finished, job.end_time, job.progress, job.instance_id) == (False, None, share, "")


def test_a_failed_job_has_its_reason() -> None:
    job = RdsJob.model_validate(
        {"id": "j", "status": "Failed", "fail_reason": "createVM failed.", "entities": {"resource_id": ["a.vm"]}}
    )
    assert (job.is_failed, job.fail_reason, job.resource_ids) == (True, "createVM failed.", ("a.vm",))


def test_the_times_of_a_task_are_milliseconds() -> None:
    task = NodeTask.model_validate(
        {"id": "t", "name": "RestoreMysqlInstance", "create_time": "1594233788000", "end_time": None}
    )
    assert (task.create_time, task.end_time) == (datetime(2020, 7, 8, 18, 43, 8, tzinfo=UTC), None)


DETAIL = {
    "sourceInstanceId": "d8in01",
    "targetInstanceId": "f5in01",
    "backupId": "",
    "restoreTime": "1673852043000",
    "type": "timestamp",
}


@pytest.mark.parametrize(
    "detail",
    [
        DETAIL,
        json.dumps(DETAIL),
        json.dumps(json.dumps(DETAIL)),
        {
            '{"sourceInstanceId': 'd8in01","targetInstanceId":"f5in01"',
            '"restoreTime\\":\\"1673852043000': '","type":"timestamp"}',
        },
    ],
    ids=["object", "text", "text of text", "mangled"],
)
def test_the_parameters_are_read_from_every_form(detail: Any) -> None:
    found = TaskDetail.model_validate({"id": "t", "status": "Completed", "task_detail": detail})
    assert (found.source_instance_id, found.target_instance_id, found.type) == ("d8in01", "f5in01", "timestamp")
    assert found.restore_time == datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC)


@pytest.mark.parametrize("detail", [None, "", "nothing of this kind", [], 7, {"a": {"b": 1}}])
def test_a_task_without_parameters_is_no_witness(detail: Any) -> None:
    found = TaskDetail.model_validate({"id": "t", "task_detail": detail})
    assert (found.source_instance_id, found.restore_time) == ("", None)


def test_fragments_that_contradict_each_other_are_left_out() -> None:
    broken = '{"sourceInstanceId":"a1in01", "sourceInstanceId:"b2in01", "targetInstanceId":"f5in01"'
    found = TaskDetail.model_validate({"id": "t", "task_detail": broken})
    assert (found.source_instance_id, found.target_instance_id) == ("", "f5in01")
