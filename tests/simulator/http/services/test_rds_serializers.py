"""Data nodes, jobs and backups in the words and types of RDS."""

from __future__ import annotations

import json

import pytest

from ddmkit.simulator.http.services.rds_serializers import (
    backup_row,
    created_answer,
    instance_row,
    job_answer,
    simplified_row,
    task_detail,
    task_row,
)
from ddmkit.simulator.rules.nodes.backups import NodeBackup
from ddmkit.simulator.rules.nodes.jobs import NodeJobState
from ddmkit.simulator.rules.nodes.rules import NodeRequest
from ddmkit.simulator.storage.recovery_schema import NodeJob
from ddmkit.simulator.storage.schema import DataNode

AT = 1_779_273_000_000  # 2026-05-20 10:30:00 UTC
NODE = DataNode("n1", "shop-n1", AT, "vpc-1", "vpc", "subnet-1", "group-1", "172.16.0.9")
PAIR = DataNode(
    "n2",
    "shop-n2",
    AT,
    "vpc-1",
    "vpc",
    "subnet-1",
    "group-1",
    "172.16.0.10",
    ha_mode="Ha",
    replication_mode="async",
    zones="az1,az2",
    tags='[{"key": "team", "value": "shop"}]',
)
NEW = DataNode(
    "n3", "new", AT, "vpc-1", "vpc", "subnet-1", "group-1", "172.16.0.11", ready_at=AT + 60_000, address_at=AT + 90_000
)
JOB = NodeJob("9a", "Create Instance", "restore", "n1", "shop-n1", AT, 60_000, AT, details='{"a": 1}')
FAILED = NodeJob("9b", "Create Instance", "restore", "n1", "shop-n1", AT, 60_000, AT, "Failed", "no room")


def test_an_instance_has_the_names_and_types_of_the_list() -> None:
    row = instance_row(NODE, AT, associated=True, with_tags=False)
    assert row["datastore"] == {"type": "MySQL", "version": "8.0", "complete_version": "8.0.32"}
    assert (row["status"], row["type"], row["private_ips"]) == ("ACTIVE", "Single", ["172.16.0.9"])
    assert (row["cpu"], row["mem"], row["port"], row["volume"]["size"]) == ("4", "8", 3306, 40)
    assert row["created"] == "2026-05-20T10:30:00+0000"
    assert [one["role"] for one in row["nodes"]] == ["master"]
    assert row["associated_with_ddm"] is True
    assert not {"ha", "tags"} & row.keys()


def test_nothing_in_the_list_tells_what_an_instance_was_recovered_from() -> None:
    recovered = DataNode(*(getattr(NODE, name) for name in _FIRST), recovered_from="n0-secret", recovered_at=AT - 1)
    assert "n0-secret" not in json.dumps(instance_row(recovered, AT, associated=False, with_tags=True))


_FIRST = ("id", "name", "created", "vpc_id", "vpc_name", "subnet_id", "security_group_id", "private_ip")


def test_a_pair_has_two_nodes_and_its_tags_where_they_are_asked_for() -> None:
    row = instance_row(PAIR, AT, associated=False, with_tags=True)
    assert [(one["role"], one["availability_zone"]) for one in row["nodes"]] == [("master", "az1"), ("slave", "az2")]
    assert (row["ha"], row["switch_strategy"]) == ({"replication_mode": "async"}, "reliability")
    assert row["tags"] == [{"key": "team", "value": "shop"}]


@pytest.mark.parametrize(
    ("now", "status", "addresses"),
    [(AT, "BUILD", []), (AT + 60_000, "ACTIVE", []), (AT + 90_000, "ACTIVE", ["172.16.0.11"])],
)
def test_an_instance_that_is_created_has_its_address_later(now: int, status: str, addresses: list[str]) -> None:
    row = instance_row(NEW, now, associated=False, with_tags=False)
    assert (row["status"], row["private_ips"], row["updated"] == "") == (status, addresses, status == "BUILD")


def test_the_brief_row_has_other_words_for_the_same() -> None:
    assert simplified_row(NEW, AT, ["a"])["instance_status"] == "creating"
    row = simplified_row(PAIR, AT, [])
    assert (row["instance_status"], row["engine_version"], row["pay_model"]) == ("normal", "8.0", "0")
    assert (row["availability_zone_ids"], row["frozen"], row["current_actions"]) == (["az1", "az2"], False, [])


def test_the_answer_to_a_creation_repeats_the_request_as_far_as_it_is_told_to() -> None:
    point = {"instance_id": "n0", "type": "timestamp", "restore_time": AT}
    request = NodeRequest(
        "new", "f", "CLOUDSSD", 40, ("az1",), "v", "s", "g", {"restore_point": point}, password="Canary-2026"
    )
    plain = created_answer(NEW, request, with_id=True, echo_point=False, echo_password=False)
    assert (plain["id"], plain["status"], plain["port"], plain["volume"]["size"]) == ("n3", "BUILD", "3306", "40")
    assert not {"restore_point", "password", "ha"} & plain.keys()
    full = created_answer(PAIR, request, with_id=False, echo_point=True, echo_password=True)
    assert not {"id", "status"} & full.keys()
    assert (full["restore_point"], full["password"]) == (point, "Canary-2026")
    assert full["ha"] == {"mode": "Ha", "replication_mode": "async"}


def test_a_job_tells_its_end_and_its_reason_only_when_it_has_them() -> None:
    running = job_answer(JOB, NodeJobState("Running", 50), NODE)["job"]
    assert (running["status"], running["entities"], running["created"]) == ("Running", {}, "2026-05-20T18:30:00+0800")
    assert not {"ended", "fail_reason"} & running.keys()
    done = job_answer(JOB, NodeJobState("Completed", 100, AT + 60_000), NODE)["job"]
    assert done["ended"] == "2026-05-20T10:31:00+0000"
    assert done["entities"]["instance"]["endpoint"] == "172.16.0.9:3306"
    failed = job_answer(FAILED, NodeJobState("Failed", 100, AT + 60_000), None)["job"]
    assert (failed["fail_reason"], failed["entities"]) == ("no room", {})


@pytest.mark.parametrize(("percent", "progress"), [(0, ""), (19, ""), (25, "25%"), (50, "50"), (70, "70%"), (90, "90")])
def test_progress_has_all_forms_that_the_pages_show(percent: int, progress: str) -> None:
    assert task_row(JOB, NodeJobState("Running", percent), "ACTIVE")["process"] == progress


@pytest.mark.parametrize(("job_id", "progress"), [("7f", "100%"), ("9a", "")])
def test_a_completed_job_may_say_nothing_about_its_progress(job_id: str, progress: str) -> None:
    job = NodeJob(job_id, "x", "restore", "n1", "shop-n1", AT, 1, AT)
    assert task_row(job, NodeJobState("Completed", 100, AT), "ACTIVE")["process"] == progress


def test_tasks_have_numbers_in_the_list_and_texts_in_the_detail() -> None:
    state = NodeJobState("Failed", 100, AT + 60_000)
    row, detail = task_row(FAILED, state, "FAILED"), task_detail(JOB, NodeJobState("Running", 1))
    assert (row["create_time"], row["end_time"], row["fail_reason"]) == (AT, AT + 60_000, "no room")
    assert (detail["task_detail"], detail["ended"], detail["fail_reason"]) == ('{"a": 1}', "", "")


@pytest.mark.parametrize(("kind", "size"), [("auto", 40 * 104_857), ("incremental", 2_803)])
def test_a_backup_is_named_by_its_end_and_measured_in_kilobytes(kind: str, size: int) -> None:
    row = backup_row(NODE, NodeBackup("b1", kind, AT - 60_000, AT), associated=False)
    assert (row["name"], row["size"]) == (f"shop-n1-{kind}-20260520103000", size)
    assert (row["begin_time"], row["end_time"]) == ("2026-05-20T10:29:00+0000", "2026-05-20T10:30:00+0000")
