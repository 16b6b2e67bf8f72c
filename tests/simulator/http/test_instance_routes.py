"""Instances, schemas and accounts, field by field."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest


def test_the_two_lists_of_instances_differ_as_documented(caller: Any) -> None:
    first, third = (caller.get(f"{version}/instances", limit=2).json() for version in (caller.v1, caller.v3))
    assert (first["total_record"], first["page_no"], first["page_size"], first["total_page"]) == (7, 1, 2, 4)
    assert third["total"] == 7
    assert "total_record" not in third
    assert "created" in first["instances"][0]
    assert "created" not in third["instances"][0]
    assert first["instances"][0]["access_port"] == "5066"
    assert isinstance(first["instances"][0]["core_count"], str)


def test_the_detail_of_an_instance_is_flat_in_v1_and_a_list_in_v3(caller: Any) -> None:
    flat = caller.get(f"{caller.v1}/instances/{caller.facts.source}").json()
    assert flat["engine_version"] == "3.0.8.5"
    assert len(flat["nodes"]) == flat["node_count"]
    detail = caller.get(f"{caller.v3}/instances/{caller.facts.source}").json()["instances"][0]
    assert (detail["datastore_version"], detail["is_frozen"], detail["actions"], detail["enable_ssl"]) == (
        "3.0.8.5",
        False,
        [],
        0,
    )


def test_running_work_shows_in_the_v3_actions(caller: Any) -> None:
    caller.restore()
    detail = caller.get(f"{caller.v3}/instances/{caller.facts.target}").json()["instances"][0]
    assert detail["actions"] == [{"action": "RESTORE"}]


def test_nodes_come_with_a_long_page(caller: Any) -> None:
    answer = caller.get(f"{caller.v1}/instances/{caller.facts.source}/nodes").json()
    assert (answer["limit"], answer["total"]) == (128, 2)
    assert answer["nodes"][0]["node_id"].endswith("no09")


def test_a_schema_has_times_in_milliseconds_in_v1_and_text_in_v3(caller: Any) -> None:
    first = caller.get(f"{caller.v1}/instances/{caller.facts.source}/databases/CUSTOMERS").json()["database"]
    third = caller.get(f"{caller.v3}/instances/{caller.facts.source}/databases/customers").json()
    assert isinstance(first["created"], int)
    assert third["created"].endswith("+0000")
    assert [shard["name"] for shard in first["databases"]] == [shard["physical_db_name"] for shard in third["shards"]]
    assert (third["shard_mode"], third["shard_number"], len(third["data_nodes"])) == ("cluster", 4, 2)
    assert third["data_nodes"][0]["engine_version"] == "8.0"


def test_an_unsharded_schema_lives_on_one_node(caller: Any) -> None:
    rows = caller.rows(f"{caller.v1}/instances/{caller.facts.source}/databases", "databases")
    single = next(row for row in rows if row["name"] == "reference_data")
    assert (single["shard_mode"], single["shard_number"], len(single["used_rds"])) == ("single", 1, 1)


@pytest.mark.parametrize("path", ["{v1}/instances/{source}/databases/orders", "{v3}/instances/{source}/databases/orders"])
def test_a_dropped_schema_is_gone(caller: Any, path: str) -> None:
    answer = caller.get(path.format(v1=caller.v1, v3=caller.v3, source=caller.facts.source))
    assert answer.status_code == 400
    assert "DBS.300129" in answer.text


def test_accounts_have_two_formats(caller: Any) -> None:
    first = caller.get(f"{caller.v1}/instances/{caller.facts.source}/users").json()
    third = caller.get(f"{caller.v3}/instances/{caller.facts.source}/users").json()
    assert [user["name"] for user in first["users"]] == [user["name"] for user in third["users"]]
    assert (first["page_size"], third["limit"]) == (128, 10)
    assert isinstance(first["users"][0]["created"], int)
    assert third["users"][0]["password_lifetime"] == 0


def test_the_export_unpacks_to_the_shards(caller: Any) -> None:
    answer = caller.get(f"{caller.v3}/instances/{caller.facts.source}/schema-metadata").json()
    assert answer["compressed_databases_info"].startswith("H4sI")
    schemas = json.loads(gzip.decompress(base64.b64decode(answer["compressed_databases_info"])))
    assert {schema["name"] for schema in schemas} == {"billing", "customers", "reference_data"}
    assert answer["data_nodes"][0]["access_port"] == 3306


@pytest.mark.parametrize("path", ["", "/nodes", "/databases", "/databases/x", "/users"])
def test_an_unknown_instance_is_reported_in_the_format_of_v1(caller: Any, path: str) -> None:
    answer = caller.get(f"{caller.v1}/instances/nobody{path}")
    assert (answer.status_code, answer.json()["errCode"]) == (404, "DBS.200002")
    assert "externalMessage" in answer.json()


def test_an_error_message_appears_only_where_there_is_one(caller: Any) -> None:
    caller.simulator.world.set_instance(caller.facts.target, status="ERROR", error_msg="broken")
    assert caller.get(f"{caller.v1}/instances/{caller.facts.target}").json()["error_msg"] == "broken"
    assert "error_msg" not in caller.get(f"{caller.v1}/instances/{caller.facts.source}").json()


def test_the_root_answers_without_a_credential(caller: Any) -> None:
    del caller.http.headers["X-Auth-Token"]
    assert [version["id"] for version in caller.get("/").json()["versions"]] == ["v1", "v3"]
