"""Answers about data nodes are read as the service documents them, and as it prints them in practice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from ddmkit.recovery_models.rds import (
    BackupPolicy,
    CreatedNode,
    ListedTime,
    NodeBackup,
    NodeFlavor,
    NodeInstance,
    Quota,
    RestorableTime,
    RestorePoint,
    SimplifiedInstance,
)

NODE = {
    "id": "ed7cc6166ec24360a5ed5c5c9c2ed726in01", "name": "mysql-0820-022709-01", "status": "ACTIVE", "type": "Single", "enable_ssl": False,
    "private_ips": ["192.168.0.142"], "port": 3306, "created": "2018-08-20T02:33:49+0800", "updated": "2018-08-20T02:33:50+0800",
    "datastore": {"type": "MySQL", "version": "5.7"},
    "nodes": [{"id": "06f1c2ad57604ae89e153e4d27f4e4b8no01", "role": "master", "status": "ACTIVE", "availability_zone": "bbb"}],
    "volume": {"type": "ULTRAHIGH", "size": 100},
    "vpc_id": "b21630c1-e7d3-450d-907d-39ef5f445ae7", "subnet_id": "45557a98-9e17-4600-8aec-999150bc4eef",
    "security_group_id": "38815c5c-482b-450a-80b6-0a301f2afd97", "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
    "charge_info": {"charge_mode": "postPaid"}, "flavor_ref": "rds.mysql.s1.large", "time_zone": "UTC", "maintenance_window": "02:00-06:00",
    "enterprise_project_id": "0", "associated_with_ddm": False, "read_only_by_user": False, "related_instance": [],
    "tags": [{"key": "rds001", "value": "rds001"}],
}  # fmt: skip


def test_the_documented_node_keeps_its_fields() -> None:
    node = NodeInstance.model_validate(NODE)
    assert (node.status, node.flavor_ref, node.volume.size, node.port) == ("ACTIVE", "rds.mysql.s1.large", 100, 3306)
    assert node.created == datetime(2018, 8, 19, 18, 33, 49, tzinfo=UTC)
    assert (node.zones, node.charge_mode, node.is_ha) == (("bbb",), "postPaid", False)
    assert (node.associated_with_ddm, node.read_only_by_user, node.enable_ssl) == (False, False, False)
    assert (node.tag_values, node.backup_strategy.keep_days) == ({"rds001": "rds001"}, 7)


def test_a_node_that_is_being_built_may_lack_nearly_everything() -> None:
    node = NodeInstance.model_validate(
        {"name": "n1", "status": "BUILD", "private_ips": [], "updated": "", "datastore": "", "nodes": None}
    )
    assert (node.id, node.private_ips, node.created, node.datastore.version) == ("", (), None, "")
    assert (node.associated_with_ddm, node.volume.size, node.zones) == (None, None, ())


def test_numbers_may_be_texts_and_keys_may_have_blanks() -> None:
    node = NodeInstance.model_validate(
        {
            "id ": " x1in01 ",
            " port": "3306",
            "volume": {" size": " 40 ", "type": "CLOUDSSD "},
            "associated_with_ddm": "true",
            "cpu": 4,
        }
    )
    assert (node.id, node.port, node.volume.size, node.volume.type, node.cpu) == ("x1in01", 3306, 40, "CLOUDSSD", "4")
    assert node.associated_with_ddm is True


@pytest.mark.parametrize("created", ["yesterday", "2018-08-20T02:33:49", 12, {"at": 1}])
def test_a_time_that_cannot_be_read_is_missing_and_not_guessed(created: object) -> None:
    assert NodeInstance.model_validate({**NODE, "created": created}).created is None


def test_the_zones_are_those_of_master_and_standby() -> None:
    members = [("readreplica", "z9"), ("slave", "z2"), ("Master", "z1"), ("slave", "")]
    nodes = [{"role": role, "availability_zone": zone} for role, zone in members]
    assert NodeInstance.model_validate({"id": "a", "type": "Ha", "nodes": nodes}).zones == ("z1", "z2")


@pytest.mark.parametrize(
    ("status", "created", "failed", "known"),
    [
        ("ACTIVE", True, False, True),
        ("Backing_up", True, False, True),
        ("BACKING UP", True, False, True),
        ("BUILD", False, False, True),
        ("CREATE FAIL", False, True, True),
        ("FROZEN", False, True, True),
        ("DREAMING", False, False, False),
        ("", False, False, False),
    ],
)
def test_the_status_says_whether_to_wait(status: str, created: bool, failed: bool, known: bool) -> None:
    node = NodeInstance.model_validate({"status": status})
    assert (node.is_created, node.is_failed, node.is_known_state) == (created, failed, known)
    assert node.is_active == (status.casefold() == "active")


@pytest.mark.parametrize(
    ("ms", "instant"),
    [
        (1532001446987, datetime(2018, 7, 19, 11, 57, 26, 987000, tzinfo=UTC)),
        (1532742139000, datetime(2018, 7, 28, 1, 42, 19, tzinfo=UTC)),
        (1673852043000, datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC)),
        (1689859468000, datetime(2023, 7, 20, 13, 24, 28, tzinfo=UTC)),
    ],
)
def test_a_range_keeps_the_milliseconds_of_the_service(ms: int, instant: datetime) -> None:
    for given in (ms, str(ms)):
        found = RestorableTime.model_validate({"start_time": given, "end_time": given})
        assert (found.start_time, found.start_ms, found.end_ms) == (instant, ms, ms)


def test_a_range_without_an_end_is_not_usable() -> None:
    with pytest.raises(ValidationError):
        RestorableTime.model_validate({"start_time": 1532001446987})
    assert ListedTime.model_validate({"start_time": 1532001446987}).end_time is None


def test_a_backup_says_whether_it_is_full_and_complete() -> None:
    row = {"id": "b", "type": "incremental", "status": "COMPLETED", "end_time": "2018-08-06T10:41:14+0800", "size": "2803"}
    backup = NodeBackup.model_validate(row)
    assert (backup.is_full, backup.is_completed, backup.size) == (False, True, 2803)
    assert NodeBackup.model_validate({**row, "type": "auto", "status": "BUILDING"}).is_full


@pytest.mark.parametrize(("days", "is_on"), [(7, True), ("0", False), (None, None), ("many", None)])
def test_the_policy_says_whether_backups_are_made(days: object, is_on: bool | None) -> None:
    assert BackupPolicy.model_validate({"keep_days": days}).is_on is is_on


@pytest.mark.parametrize(("quota", "used", "left"), [(50, 7, 43), ("50", "7", 43), (5, 7, 0), (None, 7, None)])
def test_the_quota_says_what_is_left(quota: object, used: object, left: int | None) -> None:
    assert Quota.model_validate({"type": "instance", "quota": quota, "used": used}).left == left


def test_a_flavour_says_where_it_is_sold() -> None:
    flavor = NodeFlavor.model_validate(
        {"spec_code": "s", "az_status": {"z1": "normal", "z2": "sellout"}, "version_name": ["5.7"]}
    )
    assert [flavor.is_sold_in(zone) for zone in ("z1", "z2", "z3")] == [True, False, None]


def test_the_running_operations_of_a_node_are_read() -> None:
    row = {"id": "a", "instance_status": "normal", "current_actions": ["SHUTDOWN_SERVER"], "frozen": False, "pay_model": 0}
    node = SimplifiedInstance.model_validate(row)
    assert (node.is_busy, node.current_actions, node.pay_model) == (True, ("SHUTDOWN_SERVER",), "0")
    assert not SimplifiedInstance.model_validate({"id": "a", "current_actions": None}).is_busy


def test_the_answer_to_a_recovery_names_the_instance_and_the_job() -> None:
    answer = {
        "instance": {"id": "f5in01", "name": "n1", "status": "BUILD", "password": "Canary-1-Pass"},
        "job_id": "bf003379",
    }
    created = CreatedNode.model_validate(answer)
    assert (created.instance_id, created.instance_name, created.job_id, created.restore_point) == (
        "f5in01",
        "n1",
        "bf003379",
        None,
    )
    assert "Canary" not in repr(created) + created.model_dump_json()


def test_an_answer_without_the_id_of_the_instance_still_has_its_job() -> None:
    created = CreatedNode.model_validate({"instance": {"name": "n1"}, "job_id": "bf003379"})
    assert (created.instance_id, created.job_id) == ("", "bf003379")


def test_a_restore_point_that_the_service_repeats_is_read_as_integers() -> None:
    point = {"instance_id": "d8in01", "type": "timestamp", "restore_time": "1673852043000"}
    created = CreatedNode.model_validate({"instance": {"id": "a", "restore_point": point}, "job_id": "j"})
    assert created.restore_point == RestorePoint(instance_id="d8in01", type="timestamp", restore_time=1673852043000)
