"""The models hold what the service documents, read tolerantly; the restore request is written strictly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ddmkit.models import (
    JOB_WORDS,
    Account,
    Backup,
    BackupDetail,
    DataNode,
    Instance,
    Job,
    ListedBackup,
    RelatedNodes,
    RestorableRange,
    RestoreRequest,
    Schema,
    SchemaDetail,
    SchemaMetadata,
    TargetInstance,
    TargetNode,
    is_below,
    is_healthy,
    merge_ranges,
    version_key,
)
from ddmkit.times import Span

ANSWERS = Path(__file__).parent / "samples" / "answers"


def answer(name: str) -> Any:
    return json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


def test_every_sample_answer_is_read_by_a_model() -> None:
    readers = {
        "list_backups": lambda body: Backup.model_validate(body["backups"][0]),
        "show_backup": BackupDetail.model_validate,
        "show_available_time": lambda body: RestorableRange.model_validate(body["restorable_time_intervals"][0]),
        "show_available_ddms": lambda body: TargetInstance.model_validate(body["instances"][0]),
        "show_related_dns": RelatedNodes.model_validate,
        "show_available_rds": lambda body: TargetNode.model_validate(body["target_data_nodes"][0]),
        "show_job": lambda body: Job.model_validate(body["job"]),
        "list_tasks": lambda body: Job.model_validate(body["jobs"][0]),
        "list_instances": lambda body: Instance.model_validate(body["instances"][0]),
        "show_instance": Instance.model_validate,
        "list_databases": lambda body: Schema.model_validate(body["databases"][0]),
        "show_instance_database": SchemaDetail.model_validate,
        "list_ddm_users": lambda body: Account.model_validate(body["users"][0]),
        "download_schema_metadata": SchemaMetadata.model_validate,
    }
    samples = {path.stem for path in ANSWERS.glob("*.json")} - {"restore_metadata_request"}
    assert samples == set(readers)
    for name, read in readers.items():
        assert read(answer(name)) is not None


def test_the_documented_backup_keeps_its_fields() -> None:
    backup = Backup.model_validate(answer("list_backups")["backups"][0])
    assert (backup.status, backup.backup_type, backup.file_size) == ("normal", "auto_metadata", 5.419922)
    assert backup.created == datetime(2025, 2, 19, 2, 50, 20, tzinfo=UTC)


def test_the_documented_backup_detail_names_its_data_nodes() -> None:
    detail = BackupDetail.model_validate(answer("show_backup"))
    assert [node.instance_id for node in detail.related_data_nodes] == ["fc33739e5d2741529e21d87a7b5923fain01"]


def test_the_documented_range_is_a_span_of_aware_instants() -> None:
    span = RestorableRange.model_validate(answer("show_available_time")["restorable_time_intervals"][0]).span
    assert span.start == datetime(2025, 5, 20, 9, 40, 40, tzinfo=UTC)
    assert span.end == datetime(2025, 5, 21, 11, 15, 43, tzinfo=UTC)


def test_ranges_merge_into_spans_and_reversed_ones_are_left_out() -> None:
    ranges = [
        RestorableRange(start_time="2025-05-20T09:00:00Z", end_time="2025-05-20T10:00:00Z"),
        RestorableRange(start_time="2025-05-20T08:00:00Z", end_time="2025-05-20T09:30:00Z"),
        RestorableRange(start_time="2025-05-21T10:00:00Z", end_time="2025-05-21T09:00:00Z"),
    ]
    assert merge_ranges(ranges) == [Span(ranges[1].start_time, ranges[0].end_time)]


@pytest.mark.parametrize(("status", "expected"), [("normal", True), (" Normal ", True), ("creating", False), ("", False)])
def test_only_a_normal_backup_is_usable(status: str, expected: bool) -> None:
    assert ListedBackup(id="b", status=status).is_usable is expected


def test_the_documented_related_nodes_keep_size_version_and_latest_time() -> None:
    related = RelatedNodes.model_validate(answer("show_related_dns"))
    node = related.related_data_nodes[0]
    assert (node.instance_status, node.version, node.data_volume_size) == ("abnormal", "8.0.32", 40e9)
    assert related.latest_restorable_time == datetime(2025, 5, 27, 2, 38, 15, tzinfo=UTC)


def test_the_documented_candidates_carry_the_verdict() -> None:
    target = TargetInstance.model_validate(answer("show_available_ddms")["instances"][0])
    nodes = [TargetNode.model_validate(row) for row in answer("show_available_rds")["target_data_nodes"]]
    assert (target.available, target.vpc_name) == (True, "vpc-ddm-172")
    assert [node.private_ip for node in nodes] == ["172.16.248.115", "172.16.192.156"]


def test_both_shapes_of_a_job_give_the_instance_in_the_same_place() -> None:
    detail = Job.model_validate(answer("show_job")["job"])
    listed = Job.model_validate(answer("list_tasks")["jobs"][0])
    assert (detail.instance_id, detail.instance_name) == ("a48e43ff268f4c0e879652d65e63d0fbin09", "DDM-test")
    assert (listed.instance_id, listed.instance_name) == ("733c7e8d73a54c27b8308ec784a8be8cin09", "UTS-ddm-dtc-src")
    assert (detail.progress, listed.progress) == (0.6, 1.0)


def test_the_documented_instance_has_its_networks_and_nodes() -> None:
    instance = Instance.model_validate(answer("show_instance"))
    assert (instance.engine_version, instance.access_port, instance.admin_user_name) == ("3.0.6", "5066", "root")
    assert instance.nodes[0].node_id == "4a2b97b7f5e3462c9c78aae93b46ed83no09"


def test_the_documented_schema_list_has_its_time_in_milliseconds() -> None:
    schema = Schema.model_validate(answer("list_databases")["databases"][0])
    assert schema.created == datetime(2022, 1, 13, 8, 48, 33, 625000, tzinfo=UTC)
    assert [node.name for node in schema.used_rds] == ["rds-test"]


def test_the_documented_schema_detail_lists_shards_in_place() -> None:
    detail = SchemaDetail.model_validate(answer("show_instance_database"))
    assert [shard.physical_db_name for shard in detail.shards] == ["ddm_db_test_0000", "ddm_db_test_0001"]
    assert detail.data_nodes[0].engine_version == "5.7"


def test_the_documented_account_names_its_schemas() -> None:
    account = Account.model_validate(answer("list_ddm_users")["users"][0])
    assert (account.base_authority, account.databases[0].name) == (("SELECT", "INSERT"), "ddm_db_test")


@pytest.mark.parametrize(
    ("model", "given", "field", "expected"),
    [
        (Instance, {"id": "i", "brand_new_field": 1}, "id", "i"),
        (Instance, {"id": 7}, "id", "7"),
        (Instance, {"id": "i", "name": None}, "name", ""),
        (Instance, {"id": "i", "node_count": "3"}, "node_count", 3),
        (Instance, {"id": "i", "node_count": ""}, "node_count", None),
        (Instance, {"id": "i", "access_port": 5066}, "access_port", "5066"),
        (Instance, {"id": "i", "created": ""}, "created", None),
        (
            Instance,
            {"id": "i", "created": "2021-12-14 T07:46:22Z"},
            "created",
            datetime(2021, 12, 14, 7, 46, 22, tzinfo=UTC),
        ),
        (Backup, {"id": "b", "created": "2025-05-20T10:00:00+0800"}, "created", datetime(2025, 5, 20, 2, tzinfo=UTC)),
        (Backup, {"id": "b", "created": "1747732352076", "file_size": "5.4"}, "file_size", 5.4),
        (Backup, {"id": "b", "created": 1747732352076, "file_size": " "}, "file_size", None),
        (DataNode, {"instance_id": "n", "data_volume_size": "40000000000"}, "data_volume_size", 40e9),
        (Job, {"id": "j", "end_time": " "}, "end_time", None),
        (TargetInstance, {"instance_id": "t"}, "available", False),
        (TargetInstance, {"instance_id": "t", "available": "true"}, "available", True),
        (SchemaDetail, {"name": "s", "shard_number": "2"}, "shard_number", 2),
    ],
)
def test_answers_are_read_tolerantly(model: Any, given: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(model.model_validate(given), field) == expected


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Backup, {"created": "2025-05-20T10:00:00Z"}),
        (Backup, {"id": "b"}),
        (Backup, {"id": "b", "created": ""}),
        (Backup, {"id": "b", "created": "2025-05-20T10:00:00"}),
        (Backup, {"id": "b", "created": "yesterday"}),
        (Backup, {"id": "b", "created": "9" * 30}),
        (RestorableRange, {"start_time": "2025-05-20T10:00:00Z"}),
        (Instance, {"id": "i", "node_count": "many"}),
        (Job, ["not", "an", "object"]),
    ],
)
def test_an_answer_without_what_matters_is_refused(model: Any, given: object) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(given)


@pytest.mark.parametrize(
    ("status", "process", "expected"),
    [
        ("Running", "60%", 0.6),
        ("Running", "60% ", 0.6),
        ("Running", "60", 0.6),
        ("Running", 60, 0.6),
        ("Running", "0%", 0.0),
        ("Running", "", None),
        ("Running", None, None),
        ("Running", "soon", None),
        ("Running", "nan%", None),
        ("Running", "250%", None),
        ("Running", "-1%", None),
        ("Completed", "", 1.0),
        ("completed ", "", 1.0),
        ("Failed", "", None),
    ],
)
def test_progress_is_a_share_or_unknown(status: str, process: object, expected: float | None) -> None:
    assert Job.model_validate({"id": "j", "status": status, "process": process}).progress == expected


@pytest.mark.parametrize(
    ("status", "finished", "completed", "failed"),
    [
        ("Running", False, False, False),
        ("Completed", True, True, False),
        ("FAILED", True, False, True),
        ("RollbackSuccess", True, False, False),
        ("CancelSuccess", True, False, False),
        ("ToBeSwitched", False, False, False),
        ("SUCCESS", True, True, False),
        ("Fail", True, False, True),
        ("Canceled", True, False, False),
        ("Pending", False, False, False),
        ("Unsuccessful", False, False, False),
        ("NeverHeardOf", False, False, False),
        ("", False, False, False),
    ],
)
def test_an_unknown_state_of_a_job_is_never_success(status: str, finished: bool, completed: bool, failed: bool) -> None:
    job = Job(id="j", status=status)
    assert (job.is_finished, job.is_completed, job.is_failed) == (finished, completed, failed)


def test_no_word_for_the_state_of_a_job_means_two_things() -> None:
    words = [word for group in JOB_WORDS.values() for word in group]
    assert len(words) == len(set(words))
    assert all(word == word.casefold() and word.isalnum() for word in words)


def test_models_cannot_be_changed_and_can_be_put_in_sets() -> None:
    backup = Backup.model_validate(answer("list_backups")["backups"][0])
    with pytest.raises(ValidationError):
        backup.name = "other"
    assert len({backup, backup.model_copy()}) == 1


def request(**changes: Any) -> RestoreRequest:
    given = {"source_instance_id": "s", "target_instance_id": "t", "data_nodes": ("n",), "backup_id": "b"}
    return RestoreRequest(**{**given, **changes})


def test_the_body_is_the_documented_one() -> None:
    documented = answer("restore_metadata_request")
    made = request(
        target_instance_id=documented["target"]["instance_id"],
        data_nodes=tuple(documented["target"]["data_nodes"]),
        backup_id=documented["source"]["backup_id"],
    )
    assert made.body() == documented
    assert json.loads(made.body_json()) == documented


def test_a_point_in_time_goes_out_as_whole_milliseconds() -> None:
    made = request(backup_id=None, restore_time_ms=1747732352076)
    assert made.body()["source"] == {"restore_time": 1747732352076}
    assert '"restore_time":1747732352076}' in made.body_json()
    assert made.restore_time == datetime(2025, 5, 20, 9, 12, 32, 76000, tzinfo=UTC)


def test_a_backup_has_no_point_in_time() -> None:
    assert request().restore_time is None


@pytest.mark.parametrize(
    "changes",
    [
        {"backup_id": None},
        {"restore_time_ms": 1747732352076},
        {"backup_id": None, "restore_time_ms": 1747732352076.0},
        {"backup_id": None, "restore_time_ms": "1747732352076"},
        {"backup_id": None, "restore_time_ms": True},
        {"data_nodes": ()},
        {"data_nodes": ["n"]},
        {"data_nodes": (1,)},
        {"source_instance_id": ""},
        {"target_instance_id": ""},
        {"target_instance_id": 7},
        {"limit": 10},
    ],
)
def test_a_request_that_is_not_exact_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        request(**changes)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("normal", True), ("RUNNING", True), (" Running ", True), ("ACTIVE", True), ("abnormal", False), ("", False)],
)
def test_healthy_is_said_in_several_words(status: str, expected: bool) -> None:
    assert is_healthy(status) is expected


def test_versions_compare_as_numbers() -> None:
    assert version_key("3.0.10") > version_key("3.0.8.5") > version_key("3.0.8") > version_key("2.3.2.11")
    assert version_key(" 3.0.8.0 ") == version_key("3.0.8") == (3, 0, 8)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.0.7", True),
        ("2.9", True),
        ("3.0.7.9", True),
        ("3.0.8", False),
        ("3.1", False),
        ("3.0.8.0", False),
        ("3.0", None),  # any of 3.0.7 and 3.0.9
        ("3", None),
        ("3.0.x", None),
        ("", None),
    ],
)
def test_a_version_is_below_another_only_where_that_can_be_told(version: str, expected: bool | None) -> None:
    assert is_below(version, "3.0.8") is expected


@pytest.mark.parametrize("version", ["", "3.0.x", "v3", "3..8", "-1", "²"])
def test_what_is_no_version_has_no_key(version: str) -> None:
    assert version_key(version) is None


def test_a_null_is_the_default_of_a_field_that_has_one_and_refused_for_a_field_that_has_none():
    assert Backup.model_validate({"id": "b", "created": "2025-05-20T10:00:00+0000", "name": None, "status": None}).name == ""
    with pytest.raises(ValidationError, match="id"):
        Backup.model_validate({"id": None, "created": "2025-05-20T10:00:00+0000"})


def test_texts_that_rows_repeat_are_kept_once():
    first, second = (
        Backup.model_validate(
            {"id": number, "created": "2025-05-20T10:00:00+0000", "instance_id": " in-1"[1:], "status": " normal "}
        )
        for number in "12"
    )
    assert first.instance_id is second.instance_id
    assert first.status is second.status
