"""Jobs of RDS: deletions, read-only switches, and what runs on an instance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.simulator.rules.nodes.jobs import node_job_state
from ddmkit.simulator.storage.recovery_schema import NodeJob
from tests.simulator.recovery import Hosts

JOB = NodeJob("j", "CreateMysqlSingleInstance", "restore", "i", "n", 1_000, 400, 1_000)


@pytest.mark.parametrize(
    ("now", "status", "percent", "end"),
    [(1_000, "Running", 0, None), (1_300, "Running", 75, None), (1_400, "Completed", 100, 1_400)],
)
def test_the_clock_decides_the_state(now: int, status: str, percent: int, end: int | None) -> None:
    state = node_job_state(JOB, now)
    assert (state.status, state.percent, state.end) == (status, percent, end)


def actions(hosts: Hosts, node: str) -> list[str]:
    answer = hosts.rds.post(f"{hosts.v3}/simplified-instances", json={"instance_ids": [node]})
    return list(answer.json()["instances"][0]["current_actions"])


def test_a_source_is_busy_and_stays_while_it_is_read(hosts: Hosts) -> None:
    source = hosts.sources()[0]
    node = hosts.create(hosts.body(source)).json()["instance"]["id"]
    assert actions(hosts, source) == ["RESTORE_SOURCE"]
    assert actions(hosts, node) == ["RESTORE"]
    world = hosts.simulator.world
    world.detach(source)
    answer = hosts.rds.delete(f"{hosts.v3}/instances/{source}")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "DBS.200019")
    hosts.simulator.advance(timedelta(minutes=10))
    assert actions(hosts, source) == []
    assert hosts.rds.delete(f"{hosts.v3}/instances/{source}").status_code == 200


def test_a_node_of_a_ddm_instance_cannot_be_deleted(hosts: Hosts) -> None:
    answer = hosts.rds.delete(f"{hosts.v3}/instances/{hosts.sources()[0]}")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "DBS.200402")


def test_a_deleted_node_is_gone_after_its_job(hosts: Hosts) -> None:
    node = hosts.recover(hosts.sources()[1])
    job_id = hosts.rds.delete(f"{hosts.v3}/instances/{node}").json()["job_id"]
    assert hosts.rds.delete(f"{hosts.v3}/instances/{node}").status_code == 409
    assert hosts.node(node)["status"] == "ACTIVE"
    hosts.simulator.advance(timedelta(minutes=1))
    assert hosts.job(job_id).json()["job"]["status"] == "Completed"
    assert hosts.rds.get(f"{hosts.v3}/instances", params={"id": node}).json() == {"instances": [], "total_count": 0}
    for answer in (
        hosts.rds.delete(f"{hosts.v3}/instances/{node}"),
        hosts.rds.get(f"{hosts.v3}/instances/{node}/restore-time"),
        hosts.rds.get(f"{hosts.v3}/instances/{node}/backups/policy"),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (404, "DBS.200002")


def test_the_name_of_a_deleted_node_is_free_again(hosts: Hosts) -> None:
    source = hosts.sources()[1]
    first = hosts.recover(source)
    hosts.rds.delete(f"{hosts.v3}/instances/{first}")
    hosts.simulator.advance(timedelta(minutes=1))
    assert hosts.recover(source) != first


def test_writing_is_forbidden_and_allowed_again(hosts: Hosts) -> None:
    node = hosts.recover(hosts.sources()[1])
    for read_only in (True, False):
        answer = hosts.rds.put(f"{hosts.v3}/instances/{node}/readonly-status", json={"readonly": read_only})
        assert answer.json()["job_id"]
        assert hosts.node(node)["read_only_by_user"] is not read_only
        hosts.simulator.advance(timedelta(minutes=1))
        assert hosts.node(node)["read_only_by_user"] is read_only


def test_a_node_that_is_being_created_cannot_be_switched(hosts: Hosts) -> None:
    node = hosts.create(hosts.body(hosts.sources()[1])).json()["instance"]["id"]
    answer = hosts.rds.put(f"{hosts.v3}/instances/{node}/readonly-status", json={"readonly": True})
    assert (answer.status_code, answer.json()["error_code"]) == (409, "DBS.200019")
