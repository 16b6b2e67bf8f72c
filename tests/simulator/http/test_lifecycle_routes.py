"""DDM instances are created, changed and deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ddmkit.simulator import Simulator
from tests.simulator.recovery import NOW, Hosts


def created(hosts: Hosts, **changes: Any) -> str:
    answer = hosts.create_target(**changes)
    assert answer.status_code == 202, answer.text
    hosts.simulator.advance(timedelta(minutes=5))
    return str(answer.json()["id"])


def test_whoever_only_lists_instances_sees_a_new_one_become_ready_though_the_clock_stands(hosts: Hosts) -> None:
    made = hosts.create_target().json()["id"]
    lists = [hosts.ddm.get(f"{hosts.v1}/instances", params={"limit": 128}).json()["instances"] for _ in range(6)]
    words = [next(one["status"] for one in listed if one["id"] == made) for listed in lists]
    assert (words[0], words[-1]) == ("CREATING", "RUNNING")


def test_a_new_instance_is_created_by_a_job_and_is_empty(hosts: Hosts) -> None:
    answer = hosts.create_target().json()
    assert answer["id"].endswith("in09")
    words = [hosts.ddm.get(f"{hosts.v1}/instances/{answer['id']}").json()["status"] for _ in range(6)]
    assert (words[0], words[-1]) == ("CREATING", "RUNNING")
    assert hosts.ddm.get(f"{hosts.v3}/jobs/{answer['job_id']}").json()["job"]["status"] == "Completed"
    row = hosts.ddm.get(f"{hosts.v1}/instances/{answer['id']}").json()
    assert (row["flavor_ref"], row["engine_version"], row["node_count"]) == ("ddm.c6.xlarge.2", "3.1.5.0", 2)
    assert hosts.ddm.get(f"{hosts.v3}/instances/{answer['id']}/users").json()["total"] == 0
    targets = hosts.ddm.get(
        f"{hosts.v3}/instances/{hosts.facts.source}/backups/restorable-instances", params={"limit": 128}
    ).json()["instances"]
    assert {one["instance_id"]: one["available"] for one in targets}[answer["id"]]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": "1st"}, 400, "DBS.280001"),
        ({"name": "ddm-orders-prod"}, 409, "DBS.200022"),
        ({"node_num": 0}, 400, "DBS.280001"),
        ({"node_num": "2"}, 400, "DBS.280001"),
        ({"engine_version": "9.9.9"}, 400, "DBS.200041"),
        ({"flavor_ref": "ddm.none"}, 400, "DBS.200054"),
        ({"available_zones": ["az9"]}, 400, "DBS.280285"),
        ({"available_zones": []}, 400, "DBS.280001"),
        ({"vpc_id": "none"}, 404, "DBS.200503"),
        ({"subnet_id": "none"}, 404, "DBS.200501"),
        ({"security_group_id": "none"}, 404, "DBS.200050"),
        ({"time_zone": "Berlin"}, 400, "DBS.280001"),
    ],
)
def test_a_wrong_request_is_refused_with_its_code(hosts: Hosts, changes: dict[str, Any], status: int, code: str) -> None:
    answer = hosts.create_target(**changes)
    assert (answer.status_code, answer.json()["errCode"]) == (status, code)


def test_what_can_be_bought_can_be_bought(hosts: Hosts) -> None:
    engines = hosts.ddm.get(f"{hosts.v3}/engines", params={"limit": 128}).json()["engine_groups"]
    for engine in engines:
        query = {"engine_id": engine["id"], "available_zones": "az1", "limit": 128}
        (group,) = hosts.ddm.get(f"{hosts.v3}/flavors", params=query).json()["flavor_groups"]
        for number, flavour in enumerate(group["flavors"]):
            name = f"ddm-{engine['version'].replace('.', '-')}-{number}"
            chosen = {"engine_version": engine["version"], "flavor_ref": flavour["id"], "available_zones": ["az1"]}
            assert hosts.create_target(name=name, **chosen).status_code == 202
    unknown = hosts.ddm.get(f"{hosts.v3}/flavors", params={"engine_version": "1.0"})
    assert unknown.json()["error_code"] == "DBS.280001"


def test_the_v3_detail_shows_the_network_and_times_with_milliseconds(hosts: Hosts) -> None:
    (row,) = hosts.ddm.get(f"{hosts.v3}/instances/{hosts.facts.source}").json()["instances"]
    older = hosts.ddm.get(f"{hosts.v1}/instances/{hosts.facts.source}").json()
    for name in ("vpc_id", "subnet_id", "security_group_id"):
        assert row["extend_map"][name] == older[name]
    assert row["groups"][0]["endpoint"] == f"{older['access_ip']}:{older['access_port']}"
    assert len(row["groups"][0]["nodes"]) == older["node_count"]
    assert row["create_at"].endswith("+00:00")
    assert "." in row["create_at"]


def test_a_deleted_instance_leaves_its_nodes_and_a_backup(hosts: Hosts) -> None:
    nodes = [hosts.recover(source) for source in hosts.sources()]
    target = created(hosts)
    assert hosts.restore(target, nodes).status_code == 202
    busy = hosts.ddm.delete(f"{hosts.v3}/instances/{target}", params={"delete_dn_data": "false"})
    assert (busy.status_code, busy.json()["error_code"]) == (409, "DBS.200019")
    hosts.simulator.advance(timedelta(minutes=5))
    before = [hosts.simulator.contents(node) for node in nodes]
    refused = hosts.rds.delete(f"{hosts.v3}/instances/{nodes[0]}")
    assert refused.status_code == 409
    assert hosts.ddm.delete(f"{hosts.v3}/instances/{target}", params={"delete_dn_data": "false"}).status_code == 202
    assert hosts.ddm.get(f"{hosts.v1}/instances/{target}").json()["status"] == "DELETING"
    hosts.simulator.advance(timedelta(minutes=5))
    assert hosts.ddm.get(f"{hosts.v1}/instances/{target}").status_code == 404
    assert [hosts.node(node)["associated_with_ddm"] for node in nodes] == [False, False]
    assert [hosts.simulator.contents(node) for node in nodes] == before
    backups = hosts.ddm.get(f"{hosts.v3}/backups", params={"instance_id": target}).json()["backups"]
    assert [row["description"] for row in backups] == ["metadata backup before deleting the instance"]
    assert hosts.rds.delete(f"{hosts.v3}/instances/{nodes[0]}").status_code == 200


def test_deleting_with_the_data_empties_the_nodes(hosts: Hosts) -> None:
    nodes = [hosts.recover(source) for source in hosts.sources()]
    target = created(hosts)
    hosts.restore(target, nodes)
    hosts.simulator.advance(timedelta(minutes=5))
    hosts.ddm.delete(f"{hosts.v3}/instances/{target}", params={"delete_dn_data": "true"})
    hosts.simulator.advance(timedelta(minutes=5))
    assert hosts.ddm.get(f"{hosts.v1}/instances/{target}").status_code == 404
    rows = hosts.simulator.world.storage.select("SELECT recovered_from FROM data_nodes WHERE id = ?", (nodes[0],))
    assert rows[0]["recovered_from"] is None


def test_the_administrator_is_created_once_and_keeps_its_name(hosts: Hosts) -> None:
    target = created(hosts)
    path = f"{hosts.v3}/instances/{target}/admin-user"
    assert hosts.ddm.put(path, json={"name": "shop_admin", "password": "Admin-2026"}).status_code == 202
    assert hosts.ddm.put(path, json={"name": "shop_admin", "password": "Admin-2027"}).status_code == 202
    for body in ({"name": "other", "password": "Admin-2026"}, {"name": "shop_admin", "password": "short"}):
        assert hosts.ddm.put(path, json=body).status_code == 400
    users = hosts.ddm.get(f"{hosts.v3}/instances/{target}/users").json()["users"]
    assert [user["name"] for user in users] == ["shop_admin"]
    assert all("Admin-202" not in str(trace) for trace in hosts.traces(service_type="DDM"))


def test_an_early_engine_has_no_administrator(simulator: Simulator) -> None:
    hosts = Hosts(simulator)
    body = {"name": "shop_admin", "password": "Admin-2026"}
    answer = hosts.ddm.put(f"{hosts.v3}/instances/{hosts.facts.target}/admin-user", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.300005")
    hosts.close()


def test_writing_on_the_source_is_forbidden_by_a_job(hosts: Hosts) -> None:
    path = f"{hosts.v3}/instances/{hosts.facts.source}/readonly-status"
    for read_only in (True, False):
        assert hosts.ddm.put(path, json={"readonly": read_only}).json()["job_id"]
        hosts.simulator.advance(timedelta(minutes=1))
        hosts.ddm.get(f"{hosts.v1}/instances/{hosts.facts.source}")
        statement = "SELECT read_only FROM instances WHERE id = ?"
        assert hosts.simulator.world.storage.count(statement, (hosts.facts.source,)) == int(read_only)


def test_sessions_are_listed_by_account_and_synchronising_answers_at_once(hosts: Hosts) -> None:
    path = f"{hosts.v3}/instances/{hosts.facts.source}"
    sessions = hosts.ddm.get(f"{path}/logical-processes", params={"keyword": "shop"}).json()
    assert {row["user"] for row in sessions["logical_processes"]} == {"shop_ro", "shop_rw"}
    assert sessions["total_count"] == 4
    answer = hosts.ddm.post(f"{path}/data-nodes/sync", json={})
    assert (answer.status_code, answer.json()) == (200, {})


def test_the_open_telekom_cloud_answers_with_a_job(call: Any) -> None:
    with Simulator(scenario="whole-incident", now=NOW, edition="otc") as simulator:
        hosts = Hosts(simulator)
        body = {"name": "shop_admin", "password": "Admin-2026"}
        answer = hosts.ddm.put(f"{hosts.v3}/instances/{hosts.facts.source}/admin-user", json=body)
        assert answer.json()["job_id"]
        hosts.close()
