"""Every rule of a metadata restore: a broken rule gives its documented error code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ddmkit.simulator.rules.rules import RULES, version_key

Shape = Callable[[Any], dict[str, Any]]


def _node(**columns: Any) -> Shape:
    """Change one of the chosen data nodes."""

    def shape(caller: Any) -> dict[str, Any]:
        caller.simulator.world.set_data_node(caller.facts.data_nodes[0], **columns)
        return {}

    return shape


def _target(**columns: Any) -> Shape:
    def shape(caller: Any) -> dict[str, Any]:
        caller.simulator.world.set_instance(caller.facts.target, **columns)
        return {}

    return shape


def _source(**columns: Any) -> Shape:
    def shape(caller: Any) -> dict[str, Any]:
        caller.simulator.world.set_instance(caller.facts.source, **columns)
        return {}

    return shape


def _backup(**columns: Any) -> Shape:
    def shape(caller: Any) -> dict[str, Any]:
        caller.simulator.world.set_backup(caller.facts.backup_id, **columns)
        return {}

    return shape


def _job_on(which: str) -> Shape:
    def shape(caller: Any) -> dict[str, Any]:
        caller.simulator.world.add_job(getattr(caller.facts, which), "EnlargeNode", duration_ms=3_600_000)
        return {}

    return shape


def _foreign_backup(caller: Any) -> dict[str, Any]:
    return {"backup_id": caller.simulator.world.add_backup(caller.facts.target)}


def _attached(caller: Any) -> dict[str, Any]:
    world = caller.simulator.world
    world.attach(world.add_instance("someone-else"), caller.facts.data_nodes[0])
    return {}


def _target_with(what: str) -> Shape:
    def shape(caller: Any) -> dict[str, Any]:
        world, target = caller.simulator.world, caller.facts.target
        if what == "node":
            world.attach(target, world.add_data_node("attached"))
        if what == "schema":
            world.add_schema(target, "leftover", data_nodes=[world.add_data_node("left")])
        if what in {"account", "administrator"}:
            world.add_account(target, "somebody" if what == "account" else "ddmadmin")
        return {}

    return shape


def _source_nodes(**columns: Any) -> Shape:
    def shape(caller: Any) -> dict[str, Any]:
        for row in caller.rows(f"{caller.source}/backups/related-dn", "related_data_nodes", restore_time=caller.point_ms()):
            caller.simulator.world.set_data_node(row["instance_id"], **columns)
        return {}

    return shape


def _without_source_nodes(caller: Any) -> dict[str, Any]:
    caller.simulator.world.storage.execute("DELETE FROM attachments WHERE instance_id = ?", (caller.facts.source,))
    return {}


def _at(**offset: float) -> Shape:
    return lambda caller: {"restore_time": caller.point_ms() + timedelta(**offset) // timedelta(milliseconds=1)}


def _nodes(change: Callable[[list[str]], list[str]]) -> Shape:
    return lambda caller: {"data_nodes": change(list(caller.facts.data_nodes))}


def _given(**values: Any) -> Shape:
    return lambda _: values


BROKEN: list[tuple[str, Shape, int, str]] = [
    ("source-exists", _given(source="nobody"), 404, "DBS.200002"),
    ("source-version", _source(engine_version="2.3.2.10"), 400, "DBS.300005"),
    ("source-is-idle", _job_on("source"), 409, "DBS.200019"),
    ("time-in-range", _at(days=1), 400, "DBS.280001"),
    ("time-in-range", _at(days=-8), 400, "DBS.280001"),
    ("time-in-range", _at(days=-3, hours=-1), 400, "DBS.280001"),
    ("backup-exists", _given(backup_id="x" * 32 + "br09"), 400, "DBS.201203"),
    ("backup-exists", _backup(created=1), 400, "DBS.201203"),
    ("backup-of-source", _foreign_backup, 400, "DBS.280001"),
    ("backup-usable", _backup(status="creating"), 400, "DBS.280001"),
    ("source-has-nodes", _without_source_nodes, 400, "DBS.300103"),
    ("source-nodes-are-mysql", _source_nodes(engine_name="postgresql"), 400, "DBS.300323"),
    ("target-exists", _given(target="nobody"), 404, "DBS.200002"),
    ("target-is-not-source", lambda caller: {"target": caller.facts.source}, 400, "DBS.300372"),
    ("target-is-not-frozen", _target(status="FROZEN"), 400, "DBS.280449"),
    ("target-is-idle", _target(status="RESIZING"), 409, "DBS.200019"),
    ("target-is-idle", _job_on("target"), 409, "DBS.200019"),
    ("target-has-no-nodes", _target_with("node"), 400, "DBS.300372"),
    ("target-has-no-schemas", _target_with("schema"), 400, "DBS.300372"),
    ("target-has-no-accounts", _target_with("account"), 400, "DBS.300372"),
    ("target-version", _target(engine_version="3.0.7.9"), 400, "DBS.300372"),
    ("nodes-are-distinct", _nodes(lambda nodes: [nodes[0], nodes[0]]), 400, "DBS.300108"),
    ("nodes-exist", _nodes(lambda nodes: [nodes[0], "nobody"]), 400, "DBS.300103"),
    ("nodes-count", _nodes(lambda nodes: nodes[:1]), 400, "DBS.300102"),
    ("nodes-are-mysql", _node(engine_name="postgresql"), 400, "DBS.300323"),
    ("nodes-vpc", _node(vpc_id="elsewhere"), 400, "DBS.300103"),
    ("nodes-subnet", _node(subnet_id="elsewhere"), 400, "DBS.300103"),
    ("nodes-security-group", _node(security_group_id="other"), 400, "DBS.300408"),
    ("nodes-extended-network", _node(network="extended"), 400, "DBS.300408"),
    ("nodes-are-free", _attached, 400, "DBS.300110"),
    ("nodes-are-healthy", _node(status="abnormal"), 400, "DBS.300110"),
    ("nodes-are-writable", _node(read_only=True), 400, "DBS.300110"),
    ("nodes-version", _node(version="8.0.31"), 400, "DBS.300323"),
    ("nodes-mysql-version", _node(version="8.4.0"), 400, "DBS.300323"),
    ("nodes-time-zone", _node(time_zone="UTC+08:00"), 400, "DBS.300333"),
    ("nodes-table-names", _node(lower_case_table_names=0), 400, "DBS.300368"),
    ("nodes-without-ssl", _node(ssl=True), 400, "DBS.300323"),
]

KEPT: list[tuple[str, Shape]] = [
    ("all of them", _given()),
    ("by time", _at()),
    ("oldest source version", _source(engine_version="2.3.2.11")),
    ("oldest target version", _target(engine_version="3.0.8")),
    ("a version that sorts wrongly as text", _target(engine_version="3.0.10")),
    ("only the administrator's account", _target_with("administrator")),
    ("later data node version", _node(version="8.0.33")),
    ("extended network on both sides", _target(network="extended")),
    ("nodes in another order", _nodes(lambda nodes: nodes[::-1])),
    ("a job that has ended", lambda caller: caller.simulator.world.add_job(caller.facts.source, duration_ms=0) and {}),
]


@pytest.mark.parametrize(("name", "shape", "status", "code"), BROKEN, ids=[f"{row[0]}-{i}" for i, row in enumerate(BROKEN)])
def test_a_broken_rule_is_refused_with_its_code(caller: Any, name: str, shape: Shape, status: int, code: str) -> None:
    answer = caller.restore(**shape(caller))
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert next(rule for rule in RULES if rule.name == name).error.code == code
    assert caller.simulator.effective_restores() == []


@pytest.mark.parametrize(("name", "shape"), KEPT, ids=[row[0] for row in KEPT])
def test_what_keeps_the_rules_is_accepted(caller: Any, name: str, shape: Shape) -> None:
    answer = caller.restore(**shape(caller))
    assert answer.status_code == 202, (name, answer.text)
    assert caller.finish(answer.json()["job_id"])["status"] == "Completed"


def test_every_rule_is_broken_by_a_case() -> None:
    assert {rule.name for rule in RULES} == {name for name, *_ in BROKEN}
    assert {rule.number for rule in RULES} >= {"1", "2", "4", "5", "6", "7", "8", "9", "10"}


def test_versions_compare_as_numbers() -> None:
    assert version_key("3.0.10") > version_key("3.0.8.5") > version_key("3.0.8") == version_key("3.0.8.0")
    assert version_key("strange") == (0, 0, 0, 0)
