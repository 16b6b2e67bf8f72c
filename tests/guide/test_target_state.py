"""What the target holds now, beside what it held when it was read back."""

import ddmkit
from ddmkit.guide.target_state import compare_target_state, schemas_read_back
from ddmkit.models import Schema
from tests.notebooks.fixed_world import SAMPLE


def schema(name, shards=8, mode="cluster", status="RUNNING"):
    return Schema(name=name, status=status, shard_mode=mode, shard_number=shards)


def test_a_record_tells_which_schemas_were_read_back():
    found = schemas_read_back(ddmkit.read_record(SAMPLE).run)
    assert found == {
        "billing": "8 shards, cluster",
        "customers": "4 shards, cluster",
        "orders": "8 shards, cluster",
        "reference_data": "1 shard, single",
    }


def test_each_schema_is_as_then_or_what_became_of_it_is_said():
    before = {"a": "8 shards, cluster", "b": "8 shards, cluster", "c": "8 shards, cluster"}
    found = compare_target_state(before, [schema("a"), schema("b", shards=4), schema("d")])
    assert {row.schema_name: row.verdict for row in found} == {
        "a": "as then",
        "b": "changed since",
        "c": "gone since",
        "d": "new since",
    }


def test_without_a_look_at_the_end_nothing_is_judged():
    (row,) = compare_target_state(None, [schema("a")])
    assert (row.at_the_restore, row.verdict) == ("not read back", "present")
