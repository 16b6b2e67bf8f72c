"""After a restore: the target as it is, held against what the plan led to expect."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.models import SchemaDetail, Shard
from ddmkit.restore.post_check import TargetSnapshot, compare_with_plan
from tests.restore.builders import NOW, account, inventory, read, request, schema, source, target, unread
from tests.restore.steps import finish, plan_for, submit

CREATED = NOW - timedelta(days=30)
AS_OF = NOW - timedelta(hours=2)


def detail(name, *node_ids, **changes):
    shards = tuple(
        Shard(data_node_id=node_id, physical_db_name=f"{name}_{number:04d}", status="RUNNING")
        for number, node_id in enumerate(node_ids)
    )
    return read(SchemaDetail(**{"name": name, "shard_number": len(shards), "shards": shards, **changes}))


def orders(**changes):
    return schema("orders", "new-a", "new-b", **{"shard_number": 2, "created": CREATED, **changes})


def after(**changes):
    values = {
        "at": NOW,
        "target": read(target(access_ip="192.168.0.7", access_port="5066")),
        "schemas": read((orders(),)),
        "accounts": read((account("shop_rw"),)),
        "details": {"orders": detail("orders", "new-a", "new-b")},
        "source_details": {"orders": detail("orders", "old-a", "old-b")},
    }
    return TargetSnapshot(**{**values, **changes})


def compare(facts=None, as_of=AS_OF, **before):
    told = {"source_schemas": read((orders(),)), "source_accounts": read((account("shop_rw", created=CREATED),)), **before}
    return compare_with_plan(request(), inventory(**told), facts or after(), as_of=as_of)


def verdict(result, subject):
    return next(one.verdict for one in result.findings if one.subject == subject)


# Pure -----------------------------------------------------------------------------------------------------------------


def test_a_target_as_expected_passes_and_tells_its_address():
    result = compare()
    assert result.passed
    assert result.differences == ()
    assert result.address == "192.168.0.7:5066"
    subjects = ["target", "schema orders", "shards of orders", "data nodes", "accounts", "accounts' passwords"]
    assert [one.subject for one in result.findings] == subjects


def test_passwords_can_never_be_known_and_do_not_count_against_it():
    assert verdict(compare(), "accounts' passwords") == "cannot be known"


DIFFERENCES = {
    "an unhealthy target": ("target", {"target": read(target(status="ERROR"))}),
    "another engine": ("target", {"target": read(target(engine_version="3.0.9"))}),
    "a missing schema": ("schema orders", {"schemas": read(()), "details": {}, "source_details": {}}),
    "another number of shards": ("schema orders", {"schemas": read((orders(shard_number=4),))}),
    "another kind of schema": ("schema orders", {"schemas": read((orders(shard_mode="single"),))}),
    "a schema that does not run": ("schema orders", {"schemas": read((orders(status="CREATING"),))}),
    "a missing shard": ("shards of orders", {"details": {"orders": detail("orders", "new-a")}}),
    "another shard": ("shards of orders", {"details": {"orders": detail("orders", "new-a", "new-b", "new-b")}}),
    "a strange data node": ("data nodes", {"details": {"orders": detail("orders", "new-a", "old-b")}}),
    "a missing account": ("accounts", {"accounts": read(())}),
}


@pytest.mark.parametrize(("subject", "found"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_each_difference_is_listed_and_fails_the_verification(subject, found):
    result = compare(after(**found))
    assert not result.passed
    assert subject in [one.subject for one in result.differences]


def test_a_shard_that_does_not_run_is_a_difference():
    broken = Shard(data_node_id="new-b", physical_db_name="orders_0001", status="ABNORMAL")
    fact = detail("orders", "new-a", "new-b").value
    ill = read(fact.model_copy(update={"shards": (fact.shards[0], broken)}))
    assert verdict(compare(after(details={"orders": ill})), "shards of orders") == "differs"


def test_an_empty_target_is_a_difference_even_when_nothing_was_expected():
    empty = after(schemas=read(()), details={}, source_details={})
    assert verdict(compare(empty, source_schemas=read(())), "schemas") == "differs"


UNKNOWN = {
    "target": {"target": unread("HTTP 503")},
    "schemas": {"schemas": unread("HTTP 503"), "details": {}, "source_details": {}},
    "shards of orders": {"details": {"orders": unread("HTTP 503")}},
    "data nodes": {"details": {"orders": unread("HTTP 503")}},
    "accounts": {"accounts": unread("HTTP 503")},
}


@pytest.mark.parametrize(("subject", "found"), UNKNOWN.items(), ids=UNKNOWN)
def test_what_cannot_be_read_is_listed_as_unknown(subject, found):
    result = compare(after(**found))
    assert verdict(result, subject) == "cannot be known"
    assert result.passed


def test_with_an_unreadable_source_what_came_back_is_named_but_not_judged():
    result = compare(source=unread(), source_schemas=unread(), source_accounts=unread())
    assert verdict(result, "schemas") == "cannot be known"
    assert verdict(result, "accounts") == "cannot be known"
    assert "orders" in next(one.found for one in result.findings if one.subject == "schemas")


def test_without_the_sources_detail_the_shards_are_counted():
    assert verdict(compare(after(source_details={})), "shards of orders") == "as expected"
    short = detail("orders", "new-a", shard_number=2)
    assert verdict(compare(after(details={"orders": short}, source_details={})), "shards of orders") == "differs"


def test_what_the_source_got_after_the_backup_is_not_expected_back():
    younger = (orders(), schema("invoices", created=AS_OF + timedelta(minutes=1)))
    people = (account("shop_rw", created=CREATED), account("temp", created=AS_OF + timedelta(minutes=1)))
    assert compare(source_schemas=read(younger), source_accounts=read(people)).passed


def test_what_the_source_had_at_the_very_instant_of_the_backup_is_expected_back():
    result = compare(source_schemas=read((orders(), schema("invoices", created=AS_OF))))
    assert [one.subject for one in result.differences] == ["schema invoices"]


def test_a_schema_that_the_source_lost_is_what_the_restore_was_for():
    result = compare(after(source_details={}), source_schemas=read(()))
    found = next(one for one in result.findings if one.subject == "schema orders")
    assert found.verdict == "as expected"
    assert "no longer on the source" in found.expected


def test_a_given_node_without_shards_is_told_and_no_difference():
    alone = after(details={"orders": detail("orders", "new-a", "new-a")})
    found = next(one for one in compare(alone).findings if one.subject == "data nodes")
    assert found.verdict == "as expected"
    assert "without shards: new-b" in found.found


def test_a_source_of_another_engine_is_no_difference():
    assert compare(source=read(source(engine_version="2.3.2.11"))).passed


# On the simulator -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ["dropped-schema", "lost-data-node", "old-backup", "deleted-instance"])
def test_a_restore_of_every_scenario_is_verified_on_the_target_itself(open_kit, scenario):
    kit = open_kit(scenario=scenario)
    job = finish(submit(kit, plan_for(kit)))
    assert job.verification.passed
    restored = {one.subject for one in job.verification.findings if one.subject.startswith("shards of")}
    assert "shards of orders" in restored
    assert job.verification.address.endswith(":5066")


def test_a_restore_to_a_time_is_verified_by_the_backup_it_is_expected_to_use(kit):
    job = finish(submit(kit, plan_for(kit, restore_time=kit.scenario.restore_time)))
    assert job.verification.passed


def test_of_a_deleted_source_it_says_that_nothing_can_be_compared(open_kit):
    kit = open_kit(scenario="deleted-instance")
    verification = finish(submit(kit, plan_for(kit))).verification
    assert verdict(verification, "schemas") == "cannot be known"


def test_what_is_missing_on_the_target_later_shows_at_the_next_look_and_stays_on_the_record(kit, world):
    job = finish(submit(kit, plan_for(kit)))
    world.drop_schema(kit.scenario.target, "customers")
    world.storage.execute("DELETE FROM accounts WHERE instance_id = ? AND name = 'shop_ro'", (kit.scenario.target,))
    again = job.verify()
    assert [one.subject for one in again.differences] == ["schema customers", "accounts"]
    assert job.record.last("verified").data["passed"] is False
    assert [event.data["passed"] for event in job.record.events if event.kind == "verified"] == [True, False]


def test_shards_on_a_node_that_was_not_given_are_a_difference(kit, world):
    job = finish(submit(kit, plan_for(kit)))
    stranger = world.add_data_node("rds-stranger")
    chosen = kit.scenario.data_nodes[0]
    world.storage.execute("UPDATE shards SET data_node_id = ? WHERE data_node_id = ?", (stranger, chosen))
    found = next(one for one in job.verify().differences if one.subject == "data nodes")
    assert stranger in found.found
    assert chosen in found.found


def test_a_call_that_fails_during_the_look_makes_its_finding_unknown(kit):
    job = finish(submit(kit, plan_for(kit)))
    kit.simulator.inject("refused-busy@ListDdmUsers*")
    verification = job.verify()
    assert verdict(verification, "accounts") == "cannot be known"
    assert verification.passed
