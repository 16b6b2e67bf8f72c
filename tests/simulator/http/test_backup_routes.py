"""The responses of the backup calls, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_backups_have_the_documented_fields(caller: Any) -> None:
    row = caller.get(f"{caller.v3}/backups", limit=1).json()["backups"][0]
    assert set(row) == {
        "id", "name", "description", "status", "instance_id", "instance_name", "instance_status", "file_size", "created",
        "updated", "backup_type",
    }  # fmt: skip
    assert isinstance(row["file_size"], float)
    assert row["created"].endswith("+0000")


@pytest.mark.parametrize("count", [0, 1, 10, 11, 128, 129, 1000])
def test_backups_of_an_instance_come_in_pages(caller: Any, count: int) -> None:
    instance = caller.simulator.world.add_instance("counted")
    ids = caller.simulator.world.add_backups(count, instance)
    first = caller.get(f"{caller.v3}/backups", instance_id=instance).json()
    assert (len(first["backups"]), first["limit"], first["total"]) == (min(count, 10), 10, count)
    assert [row["id"] for row in caller.rows(f"{caller.v3}/backups", "backups", instance_id=instance)] == ids


@pytest.mark.parametrize(
    "query", [{"limit": 129}, {"limit": 0}, {"offset": -1}, {"limit": "x"}, {"offset": 10**30}, {"limit": ""}]
)
def test_pages_beyond_the_limits_are_refused(caller: Any, query: dict[str, Any]) -> None:
    answer = caller.get(f"{caller.v3}/backups", **query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")


def test_unknown_query_parameters_are_ignored(caller: Any) -> None:
    assert caller.get(f"{caller.v3}/backups", colour="red").status_code == 200


def test_backups_are_filtered_by_names_in_part_and_ids_as_a_whole(caller: Any) -> None:
    by_name = caller.rows(f"{caller.v3}/backups", "backups", instance_name="analytics")
    assert {row["instance_name"] for row in by_name} == {"ddm-analytics-prod"}
    assert caller.get(f"{caller.v3}/backups", instance_id=caller.facts.source[:8]).json()["total"] == 0
    assert caller.get(f"{caller.v3}/backups", backup_name=by_name[0]["name"]).json()["total"] == 1


def test_a_backup_shows_its_nodes_but_neither_status_nor_time(caller: Any) -> None:
    detail = caller.get(f"{caller.source}/backups/{caller.facts.backup_id}").json()
    assert set(detail) == {"id", "name", "instance_id", "instance_name", "related_data_nodes"}
    assert [node["instance_name"] for node in detail["related_data_nodes"]] == ["rds-orders-1", "rds-orders-2"]


def test_an_unknown_backup_is_refused(caller: Any) -> None:
    answer = caller.get(f"{caller.source}/backups/nothing")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.201203")


def test_ranges_are_text_at_seconds_and_the_gap_makes_two(caller: Any) -> None:
    answer = caller.get(f"{caller.source}/backups/restorable-time-interval").json()
    assert answer["restorable_time_intervals"] == [
        {"start_time": "2026-05-13T09:30:00+0000", "end_time": "2026-05-17T05:29:59+0000"},
        {"start_time": "2026-05-17T08:10:01+0000", "end_time": "2026-05-20T09:28:00+0000"},
    ]
    assert answer["total"] == 2


def test_targets_carry_the_documented_reasons(caller: Any) -> None:
    rows = caller.rows(f"{caller.source}/backups/restorable-instances", "instances")
    reasons = {row["instance_name"]: row["unavailable_reason"] for row in rows}
    assert reasons["ddm-restore-target"] == ""
    assert "associated with a data node" in reasons["ddm-analytics-prod"]
    assert "Another action" in reasons["ddm-staging"]
    assert "frozen" in reasons["ddm-archive"]
    assert "shop_rw" in reasons["ddm-rehearsal"]
    assert reasons["ddm-empty-old-engine"] == ""
    assert all(row["available"] == (not row["unavailable_reason"]) for row in rows)


def test_related_nodes_are_those_of_the_instant(caller: Any) -> None:
    world = caller.simulator.world
    world.attach(caller.facts.source, world.add_data_node("added-later"))
    answer = caller.get(f"{caller.source}/backups/related-dn", restore_time=caller.point_ms()).json()
    assert [row["instance_name"] for row in answer["related_data_nodes"]] == ["rds-orders-1", "rds-orders-2"]
    assert answer["related_data_nodes"][0]["data_volume_size"] == 40_000_000_000
    assert answer["latest_restorable_time"].endswith("+0000")


@pytest.mark.parametrize("restore_time", ["", "1", "-5", "1e12", "9" * 15, "9" * 40, "now"])
def test_related_nodes_need_an_instant_inside_a_range(caller: Any, restore_time: str) -> None:
    answer = caller.get(f"{caller.source}/backups/related-dn", restore_time=restore_time)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")
    assert caller.get(f"{caller.source}/backups/related-dn").status_code == 400


def test_candidates_carry_the_documented_reasons(caller: Any) -> None:
    rows = caller.rows(f"{caller.source}/backups/restorable-data-node", "target_data_nodes", **_candidate_query(caller))
    reasons = {row["instance_name"]: row["unavailable_reason"] for row in rows}
    assert reasons["rds-orders-1-recovered"] == reasons["rds-new-and-empty"] == ""
    assert "VPC" in reasons["rds-other-vpc"]
    assert "associated" in reasons["rds-orders-1"]
    assert "abnormal" in reasons["rds-abnormal"]
    assert "version" in reasons["rds-older-version"]
    assert "engine" in reasons["pg-reporting"]
    assert "read-only" in reasons["rds-read-only"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"target_instance_id": "nobody"}, 404, "DBS.200002"),
        ({"source_dn_instance_id": "nobody"}, 400, "DBS.300103"),
        ({"restore_time": 1}, 400, "DBS.280001"),
        ({"restore_time": None}, 400, "DBS.280001"),
    ],
)
def test_candidates_for_what_does_not_exist_are_refused(caller: Any, change: dict[str, Any], status: int, code: str) -> None:
    query = {name: value for name, value in {**_candidate_query(caller), **change}.items() if value is not None}
    answer = caller.get(f"{caller.source}/backups/restorable-data-node", **query)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


POINT = 1_779_264_000_000
BAD_BODIES: list[Any] = [
    {},
    [],
    "text",
    None,
    {"source": {"backup_id": "b"}},
    {"source": {"backup_id": "b"}, "target": {"instance_id": "i"}},
    {"source": {"backup_id": "b"}, "target": {"instance_id": "i"}, "data_nodes": ["n"]},
    {"source": {"backup_id": "b"}, "target": {"instance_id": "i", "data_nodes": []}},
    {"source": {"backup_id": "b"}, "target": {"instance_id": "i", "data_nodes": "n"}},
    {"source": {"backup_id": "b"}, "target": {"instance_id": "i", "data_nodes": [1]}},
    {"source": {"backup_id": "b", "colour": 1}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"backup_id": "b", "restore_time": POINT}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"restore_time": str(POINT)}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"restore_time": POINT + 0.5}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"restore_time": True}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"restore_time": -1}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"restore_time": 10**40}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"backup_id": "\x00"}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
    {"source": {"backup_id": "\ud800"}, "target": {"instance_id": "i", "data_nodes": ["n"]}},
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_body_of_another_shape_is_a_parameter_error(caller: Any, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    content = json.dumps(body)
    answer = caller.http.post(f"{caller.source}/backups/metadata-recovery", content=content, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"error_code": "DBS.280001", "error_msg": "Parameter error."})


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"NaN", b"[" * 5000, b'{"source": {"restore_time": NaN}}'])
def test_a_body_that_is_no_json_is_a_parameter_error(caller: Any, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = caller.http.post(f"{caller.source}/backups/metadata-recovery", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")


def test_another_content_type_is_refused(caller: Any) -> None:
    answer = caller.http.post(f"{caller.source}/backups/metadata-recovery", data={"a": "b"})
    assert answer.status_code == 415


def test_a_time_as_a_whole_float_is_read_as_the_sdk_writes_it(caller: Any) -> None:
    assert caller.restore(restore_time=float(caller.point_ms())).status_code == 202


def _candidate_query(caller: Any) -> dict[str, Any]:
    point = caller.point_ms()
    nodes = caller.rows(f"{caller.source}/backups/related-dn", "related_data_nodes", restore_time=point)
    target, node = caller.facts.target, nodes[0]["instance_id"]
    return {"restore_time": point, "target_instance_id": target, "source_dn_instance_id": node}
