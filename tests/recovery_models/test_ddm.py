"""DDM's further answers: engines, flavours, an instance in detail, sessions without their statements."""

from __future__ import annotations

from datetime import UTC, datetime

from ddmkit.recovery_models.ddm import (
    AcceptedJob,
    CreatedTarget,
    Engine,
    InstanceDetail,
    Session,
    SessionCount,
    TargetFlavor,
    count_sessions,
)

DETAIL = {
    "id": "da1cdf532f00000000009730401dabe2in09", "name": "ddm-jdk-cert2", "status": "normal", "datastore_version": "3.1.5.0",
    "create_at": "2026-01-06T07:08:54.000+00:00", "port": "5066", "pay_model": "0", "time_zone": "UTC+08:00", "admin_user_name": "", "actions": None,
    "extend_map": {"vpc_id": "50dd8a41-0000-0000-0000-2fce22655cb0", "subnet_id": "064ffac9-0000-0000-0000-35d4d7ec695d",
                   "security_group_id": "7932c40f-0000-0000-0000-383e38b9cd49", "enterprise_project_id": "0"},
    "groups": [{"role": "rw", "endpoint": "172.16.229.244:5066", "node_count": 2,
                "nodes": [{"id": "6556b2367f0000000000c9c322e76c63no09", "status": "normal", "az_code": "cn-southwest-244a",
                           "subnet_id": "064ffac9-0000-0000-0000-35d4d7ec695d"}]}],
}  # fmt: skip


def test_the_documented_detail_names_its_network() -> None:
    detail = InstanceDetail.model_validate(DETAIL)
    assert (detail.vpc_id[:4], detail.subnet_id[:4], detail.security_group_id[:4]) == ("50dd", "064f", "7932")
    assert (detail.port, detail.create_at) == (5066, datetime(2026, 1, 6, 7, 8, 54, tzinfo=UTC))
    assert [node.az_code for group in detail.groups for node in group.nodes] == ["cn-southwest-244a"]


def test_a_detail_without_network_has_empty_ids() -> None:
    assert InstanceDetail.model_validate({"id": "a", "extend_map": ""}).subnet_id == ""
    assert InstanceDetail.model_validate({"id": "a", "extend_map": '{"subnet_id": "s"}'}).subnet_id == "s"


def test_engines_and_flavours_say_where_they_are_sold() -> None:
    row = {
        "id": "f",
        "spec_code": "ddm.xlarge.4",
        "az_infos": [{"code": "z1", "status": "normal"}, {"code": "z2", "status": "sellout"}],
    }
    flavor = TargetFlavor.model_validate(row)
    assert [flavor.is_sold_in(zone) for zone in ("z1", "z2", "z3")] == [True, False, None]
    assert Engine.model_validate({"id": "e", "version ": "3.1.7.0"}).version == "3.1.7.0"


def test_sessions_are_counted_by_account_and_keep_no_statement() -> None:
    rows = [
        {"id": str(number), "user": user, "host": "10.9.8.7:55", "info": "select canary"}
        for number, user in enumerate("abbaa")
    ]
    sessions = [Session.model_validate(row) for row in rows]
    assert count_sessions(sessions) == (SessionCount(account="a", sessions=3), SessionCount(account="b", sessions=2))
    assert [word for word in ("canary", "10.9.8.7") if word in repr(sessions)] == []


def test_what_a_write_started_is_named() -> None:
    created = CreatedTarget.model_validate({"id": "e90bc6739a3c4666a577c3fa1524dac2in09", "job_id": "1eb6"})
    assert (created.id[:4], created.job_id, created.order_id) == ("e90b", "1eb6", "")
    assert AcceptedJob.model_validate({}).job_id == ""
