"""Each rule of the service (ddm-api.md 13.2), kept and broken, end to end; and what the service answers without our checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from ddmkit.errors import JobFailedError, NotReadyError, ServiceError, UnknownOutcomeError
from ddmkit.inputs import PlanInputs
from ddmkit.service.protocol import restore_metadata
from ddmkit.times import to_ms
from tests.restore.steps import choices, effective, finish, plan_for, sent, status_of, submit

NOWHERE = "0" * 32
Shape = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Broken:
    """A world in which a rule is broken: how it gets there, and what is chosen in it; what sees it, and what is answered."""

    rule: str
    shape: Shape
    seen_by: str
    status: int
    code: str


def node(**columns: Any) -> Shape:
    return lambda world, facts: world.set_data_node(facts.data_nodes[0], **columns)


def target(**columns: Any) -> Shape:
    return lambda world, facts: world.set_instance(facts.target, **columns)


def source(**columns: Any) -> Shape:
    return lambda world, facts: world.set_instance(facts.source, **columns)


def source_nodes(world: Any, facts: Any) -> list[str]:
    statement = "SELECT data_node_id FROM attachments WHERE instance_id = ? ORDER BY data_node_id"
    return [row[0] for row in world.storage.select(statement, (facts.source,))]


def choose(**changes: Any) -> Shape:
    """Choose something else; what is callable is worked out from the scenario's facts."""
    return lambda world, facts: {name: one(facts) if callable(one) else one for name, one in changes.items()}


def other_backup(world: Any, facts: Any) -> dict[str, Any]:
    return {"backup_id": world.add_backup(world.add_instance("ddm-other"))}


def source_without_nodes(world: Any, facts: Any) -> dict[str, Any]:
    bare = world.add_instance("ddm-bare")
    return {"source": bare, "backup_id": world.add_backup(bare)}


def schema_on_target(world: Any, facts: Any) -> None:
    world.add_schema(facts.target, "clicks", data_nodes=[world.add_data_node()])


SEEN = (
    Broken("1, data nodes are MySQL", node(engine_name="postgresql"), "nodes-engine", 400, "DBS.300323"),
    Broken(
        "1, the source's are MySQL",
        lambda world, facts: world.set_data_node(source_nodes(world, facts)[0], engine_name="postgresql"),
        "nodes-engine",
        400,
        "DBS.300323",
    ),
    Broken("2, not the source", choose(target=lambda facts: facts.source), "target-not-source", 400, "DBS.300372"),
    Broken("2, no schemas", schema_on_target, "target-empty", 400, "DBS.300372"),
    Broken("2, no accounts", lambda w, facts: w.add_account(facts.target, "intruder"), "target-empty", 400, "DBS.300372"),
    Broken(
        "2, no data nodes",
        lambda world, facts: world.attach(facts.target, world.add_data_node()),
        "target-available",
        400,
        "DBS.300372",
    ),
    Broken("2, a target that exists", choose(target=NOWHERE + "in09"), "target-available", 404, "DBS.200002"),
    Broken("4, one VPC", node(vpc_id="vpc-2", vpc_name="vpc-office"), "same-network", 400, "DBS.300103"),
    Broken("4, one subnet", node(subnet_id="subnet-2"), "same-network", 400, "DBS.300103"),
    Broken("4, security groups that admit", node(security_group_id="group-2"), "same-network", 400, "DBS.300408"),
    Broken("6, source from 2.3.2.11", source(engine_version="2.3.2.10"), "source-version", 400, "DBS.300005"),
    Broken("6, target from 3.0.8", target(engine_version="3.0.7.9"), "target-version", 400, "DBS.300372"),
    Broken(
        "7, not before the ranges",
        choose(restore_time=lambda facts: facts.restore_time - timedelta(days=8)),
        "time-in-range",
        400,
        "DBS.280001",
    ),
    Broken(
        "7, not in a gap",
        choose(restore_time=lambda facts: facts.incident - timedelta(days=3, hours=1)),
        "time-in-range",
        400,
        "DBS.280001",
    ),
    Broken(
        "7, not in the future",
        choose(restore_time=lambda facts: facts.restore_time + timedelta(hours=2)),
        "time-in-range",
        400,
        "DBS.280001",
    ),
    Broken("8, a source that is known", choose(source=NOWHERE + "in09"), "source-found", 404, "DBS.200002"),
    Broken("8, a source with data nodes", source_without_nodes, "nodes-count", 400, "DBS.300103"),
    Broken(
        "9, not used by another",
        lambda world, facts: world.attach(world.add_instance("ddm-other"), facts.data_nodes[0]),
        "nodes-available",
        400,
        "DBS.300110",
    ),
    Broken("9, version as the source's", node(version="5.7.38"), "nodes-available", 400, "DBS.300323"),
    Broken("9, not read-only", node(read_only=True), "nodes-available", 400, "DBS.300110"),
    Broken("9, healthy", node(status="abnormal"), "nodes-available", 400, "DBS.300110"),
    Broken("one node each", choose(data_nodes=lambda facts: facts.data_nodes[:1]), "nodes-count", 400, "DBS.300102"),
    Broken("no node twice", choose(data_nodes=lambda facts: facts.data_nodes[:1] * 2), "nodes-distinct", 400, "DBS.300108"),
    Broken(
        "no unknown node",
        choose(data_nodes=lambda facts: [facts.data_nodes[0], NOWHERE + "in01"]),
        "nodes-available",
        400,
        "DBS.300103",
    ),
    Broken("a backup of the source", other_backup, "backup-of-source", 400, "DBS.280001"),
    Broken("a backup that exists", choose(backup_id=NOWHERE + "br09"), "backup-of-source", 400, "DBS.201203"),
    Broken(
        "a backup not expired",
        lambda world, facts: world.set_backup(facts.backup_id, created=facts.incident - timedelta(days=31)),
        "backup-of-source",
        400,
        "DBS.201203",
    ),
    Broken(
        "a finished backup",
        lambda world, facts: world.set_backup(facts.backup_id, status="creating"),
        "backup-usable",
        400,
        "DBS.280001",
    ),
    Broken("a target not frozen", target(status="FROZEN"), "target-available", 400, "DBS.280449"),
    Broken("an idle target", lambda world, facts: world.add_job(facts.target), "instances-idle", 409, "DBS.200019"),
    Broken("an idle source", lambda world, facts: world.add_job(facts.source), "instances-idle", 409, "DBS.200019"),
    Broken("one time zone", node(time_zone="UTC+08:00"), "nodes-engine", 400, "DBS.300333"),
)

# What no check looks at: the plan is ready, and only the service finds out.
UNSEEN = (
    Broken("5, not primary with extended, in one subnet", node(network="extended"), "", 400, "DBS.300408"),
    Broken("10, MySQL 5.7 or 8.0", node(version="8.4.0"), "", 400, "DBS.300323"),
    Broken("10, names without case", node(lower_case_table_names=0), "", 400, "DBS.300368"),
    Broken("10, no SSL", node(ssl=True), "", 400, "DBS.300323"),
)


def name_of(case: Broken) -> str:
    return case.rule


@pytest.fixture
def arrange(kit):
    """Shape the kit's world as a case wants it, and give what is then chosen."""

    def make(shape: Shape) -> dict[str, Any]:
        changes = shape(kit.simulator.world, kit.scenario)
        return changes if isinstance(changes, dict) else {}

    return make


def ask_the_service(kit, **changes):
    """Send the restore without any check of ours."""
    request = PlanInputs(**choices(kit, **changes)).request()
    return kit._client.restore_metadata(restore_metadata(kit.settings.project_id, request))


@pytest.mark.parametrize("case", SEEN, ids=name_of)
def test_a_broken_rule_that_can_be_seen_is_refused_before_anything_is_sent(kit, arrange, case):
    plan = plan_for(kit, **arrange(case.shape))
    assert status_of(plan, case.seen_by) == "fail"
    with pytest.raises(NotReadyError, match=case.seen_by) as caught:
        submit(kit, plan)
    assert caught.value.record.state == "refused"
    assert (sent(kit), effective(kit)) == (0, 0)


@pytest.mark.parametrize("case", UNSEEN, ids=name_of)
def test_a_broken_rule_that_no_check_sees_starts_nothing(kit, arrange, case):
    plan = plan_for(kit, **arrange(case.shape))
    assert plan.ready
    with pytest.raises((ServiceError, UnknownOutcomeError), match=case.code) as caught:
        submit(kit, plan)
    # Codes that do not promise that nothing was started leave the outcome to a person.
    assert caught.value.record.state == ("unknown" if isinstance(caught.value, UnknownOutcomeError) else "freed")
    assert (sent(kit), effective(kit)) == (1, 0)


@pytest.mark.parametrize("case", [*SEEN, *UNSEEN], ids=name_of)
def test_the_service_refuses_every_broken_rule_by_itself_with_its_code(kit, arrange, case):
    with pytest.raises(ServiceError) as caught:
        ask_the_service(kit, **arrange(case.shape))
    assert (caught.value.status, caught.value.code) == (case.status, case.code)
    assert effective(kit) == 0


def too_early(kit: Any, world: Any) -> str:
    (row,) = world.storage.select("SELECT recovered_from FROM data_nodes WHERE id = ?", (kit.scenario.data_nodes[0],))
    return str(world.recover_node(row["recovered_from"], kit.scenario.restore_time - timedelta(days=6)))


def test_rule_3_nodes_recovered_to_another_instant_are_refused_before_anything_is_sent(kit, world):
    early = too_early(kit, world)
    plan = plan_for(kit, data_nodes=[early, kit.scenario.data_nodes[1]], restore_time=kit.scenario.restore_time)
    assert plan.failed == ("nodes-recovered",)
    with pytest.raises(NotReadyError, match="6 d before"):
        submit(kit, plan)
    assert sent(kit) == 0


def test_rule_3_nodes_without_a_later_schema_are_found_out_by_the_job_alone(kit, world):
    first, second = kit.scenario.data_nodes
    (row,) = world.storage.select("SELECT recovered_from FROM data_nodes WHERE id = ?", (first,))
    point = kit.scenario.restore_time
    young = {"created": to_ms(point) + 60_000, "traced": False}  # nothing shows its origin, and nothing refutes it
    early = world.recover_node(row["recovered_from"], point - timedelta(days=60), **young)
    plan = plan_for(kit, data_nodes=[early, second])
    assert plan.ready
    assert "nodes-recovered" in plan.warnings
    job = submit(kit, plan)
    with pytest.raises(JobFailedError, match=r"DBS\.300336: Physical databases not found") as caught:
        finish(job)
    assert early in str(caught.value)
    assert first not in str(caught.value)


# Kept, just so --------------------------------------------------------------------------------------------------------


def at_the_end_of_the_ranges(world: Any, facts: Any) -> dict[str, Any]:
    """The latest instant that can be restored to: a backup since the schema was dropped, and data nodes recovered to it."""
    point = (facts.incident + timedelta(hours=1, minutes=10)).replace(microsecond=0)
    world.add_backup(facts.source, created=to_ms(point) - 60_000)
    return {"restore_time": point, "data_nodes": [world.recover_node(one, point) for one in source_nodes(world, facts)]}


def beside_the_gap(world: Any, facts: Any) -> dict[str, Any]:
    point = (facts.incident - timedelta(days=3, minutes=2)).replace(microsecond=0)
    return {"restore_time": point, "data_nodes": [world.recover_node(one, point) for one in source_nodes(world, facts)]}


def all_in_the_extended_network(world: Any, facts: Any) -> None:
    world.set_instance(facts.target, network="extended")
    for one in facts.data_nodes:
        world.set_data_node(one, network="extended")


KEPT: dict[str, Shape] = {
    "1, MySQL to MySQL": lambda world, facts: None,
    "2, a target made just now": lambda world, facts: {"target": world.add_instance("ddm-brand-new")},
    "2, a target with its administrator": lambda world, facts: world.add_account(facts.target, "ddmadmin"),
    "3, nodes recovered to the instant": choose(restore_time=lambda facts: facts.restore_time),
    "4, another candidate in another VPC": lambda world, facts: world.add_data_node(
        "far", vpc_id="2", vpc_name="vpc-office"
    ),
    "5, all in the extended network": all_in_the_extended_network,
    "6, source exactly 2.3.2.11": source(engine_version="2.3.2.11"),
    "6, target exactly 3.0.8": target(engine_version="3.0.8"),
    "6, target 3.0.10": target(engine_version="3.0.10"),
    "7, near the end of the ranges": at_the_end_of_the_ranges,
    "7, just beside a gap": beside_the_gap,
    "9, nodes in the other order": choose(data_nodes=lambda facts: facts.data_nodes[::-1]),
    "9, a later version": node(version="8.0.40"),
    "10, MySQL 8.0 without SSL": node(lower_case_table_names=1, ssl=False),
}


@pytest.mark.parametrize("shape", KEPT.values(), ids=KEPT)
def test_a_restore_that_keeps_every_rule_completes_as_expected(kit, arrange, shape):
    plan = plan_for(kit, **arrange(shape))
    assert plan.ready, plan.failed
    job = finish(submit(kit, plan))
    assert job.status == "completed"
    assert job.verification.passed
    assert effective(kit) == 1


def test_rule_8_the_backups_of_a_deleted_source_can_be_restored(open_kit):
    kit = open_kit(scenario="deleted-instance")
    plan = plan_for(kit)
    assert status_of(plan, "source-found") == "warn"
    assert finish(submit(kit, plan)).status == "completed"


def test_rule_10_mysql_5_7_is_restored_to_5_7(kit, world):
    for one in (*source_nodes(world, kit.scenario), *kit.scenario.data_nodes):
        world.set_data_node(one, version="5.7.38")
    assert finish(submit(kit, plan_for(kit))).status == "completed"
