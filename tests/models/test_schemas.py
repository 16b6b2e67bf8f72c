"""Schemas and accounts as the service documents them."""

from __future__ import annotations

from datetime import UTC, datetime

from ddmkit.models import (
    Account,
    Schema,
    SchemaDetail,
)
from tests.models.samples import answer


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
