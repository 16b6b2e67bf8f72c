"""Each rule for a new RDS instance is broken by one change, and answered with its documented code."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.simulator.rules.nodes.rules import NODE_RULES
from tests.simulator.recovery import Hosts

BROKEN: dict[str, tuple[dict[str, Any], int, str]] = {
    "point-is-clear": ({"restore_point": {"type": "timestamp"}}, 400, "DBS.280001"),
    "name": ({"name": "1st"}, 400, "DBS.200021"),
    "source-exists": ({"restore_point": {"instance_id": "nobody"}}, 404, "DBS.200002"),
    "name-is-free": ({"name": "rds-orders-2"}, 409, "DBS.200022"),
    "engine": ({"datastore": {"type": "MySQL", "version": "5.7"}}, 400, "DBS.201207"),
    "flavour": ({"flavor_ref": "rds.mysql.none"}, 400, "DBS.200053"),
    "mode": ({"ha": {"mode": "Triple", "replication_mode": "async"}}, 400, "DBS.200051"),
    "zones": ({"ha": None}, 400, "DBS.280285"),
    "volume-type": ({"volume": {"type": "FLOPPY", "size": 40}}, 400, "DBS.200026"),
    "volume-range": ({"volume": {"type": "CLOUDSSD", "size": 5_000}}, 400, "DBS.200023"),
    "volume-step": ({"volume": {"type": "CLOUDSSD", "size": 45}}, 400, "DBS.200027"),
    "vpc": ({"vpc_id": "none"}, 404, "DBS.200503"),
    "subnet": ({"subnet_id": "none"}, 404, "DBS.200501"),
    "group": ({"security_group_id": "none"}, 404, "DBS.200050"),
    "password": ({"password": "short"}, 400, "DBS.200052"),
    "port": ({"port": "12017"}, 400, "DBS.280001"),
    "time-zone": ({"time_zone": "Europe/Berlin"}, 400, "DBS.280001"),
    "keep-days": ({"backup_strategy": {"start_time": "19:00-20:00", "keep_days": 900}}, 400, "DBS.280250"),
    "backup-window": ({"backup_strategy": {"start_time": "19:00-21:00", "keep_days": 7}}, 400, "DBS.280253"),
    "tags": ({"tags": [{"key": str(number), "value": ""} for number in range(21)]}, 400, "DBS.200087"),
    "count": ({"count": 2}, 400, "DBS.280001"),
    "time-in-range": ({"restore_point": {"restore_time": 1}}, 400, "DBS.200001"),
    "backup-exists": ({"restore_point": {"type": "backup", "backup_id": "none"}}, 404, "DBS.201010"),
}
# Broken by the state of the world and not by the request.
BY_THE_WORLD = {"source-not-frozen", "source-idle", "no-backup-runs", "volume-size", "quota"}


def broken_body(hosts: Hosts, changes: dict[str, Any]) -> dict[str, Any]:
    source = hosts.sources()[0]
    point = changes.get("restore_point")
    body = hosts.body(source, **{name: value for name, value in changes.items() if name != "restore_point"})
    if point == {"type": "timestamp"}:
        del body["restore_point"]["restore_time"]
    elif point and point.get("type") == "backup":
        body["restore_point"] = {"instance_id": source, **point}
    else:
        body["restore_point"] |= point or {}
    return body


def test_every_rule_has_a_case() -> None:
    assert {rule.name for rule in NODE_RULES} == set(BROKEN) | BY_THE_WORLD


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_answered_with_its_code(rule: str, hosts: Hosts) -> None:
    changes, status, code = BROKEN[rule]
    answer = hosts.create(broken_body(hosts, changes))
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert hosts.rds.get(f"{hosts.v3}/tasklist").json()["tasks"] == []


@pytest.mark.parametrize(
    ("columns", "status", "code"),
    [
        ({"status": "frozen"}, 400, "DBS.280449"),
        ({"status": "restoring"}, 409, "DBS.200047"),
        ({"status": "backing up"}, 409, "DBS.201205"),
        ({"volume_bytes": 100_000_000_000}, 400, "DBS.200306"),
    ],
)
def test_the_state_of_the_source_breaks_a_rule(hosts: Hosts, columns: dict[str, Any], status: int, code: str) -> None:
    source = hosts.sources()[1]
    hosts.simulator.world.set_data_node(source, **columns)
    answer = hosts.create(hosts.body(source))
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_the_quota_counts_what_exists(hosts: Hosts) -> None:
    left = 1_000 - len(hosts.rds.get(f"{hosts.v3}/instances").json()["instances"])
    hosts.simulator.world.add_data_nodes(left - 1)
    first, second = hosts.sources()
    assert hosts.create(hosts.body(first)).status_code == 202
    answer = hosts.create(hosts.body(second))
    assert (answer.status_code, answer.json()["error_code"]) == (413, "DBS.200046")


@pytest.mark.parametrize("time", ["1779266000000", 1779266000000.5, None, True])
def test_the_time_is_a_json_integer(hosts: Hosts, time: Any) -> None:
    source = hosts.sources()[0]
    point = {"instance_id": source, "type": "timestamp", "restore_time": time}
    answer = hosts.create(hosts.body(source, restore_point=point))
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")
