"""New RDS instances: recovered ones, plain ones, and what a request cannot do twice."""

from __future__ import annotations

from datetime import timedelta

from tests.simulator.recovery import Hosts


def test_without_a_restore_point_an_empty_instance_comes_back_with_a_good_answer(hosts: Hosts) -> None:
    body = hosts.body(hosts.sources()[1], restore_point=None, datastore={"type": "MySQL", "version": "8.0"})
    answer = hosts.create(body)
    assert answer.status_code == 202
    assert "restore_point" not in answer.json()["instance"]
    hosts.simulator.advance(timedelta(minutes=10))
    node = hosts.node(answer.json()["instance"]["id"])
    assert (node["status"], node["datastore"]["complete_version"]) == ("ACTIVE", "8.0.32")
    assert hosts.simulator.contents(node["id"]) == {}


def test_several_plain_instances_come_from_one_request(hosts: Hosts) -> None:
    body = hosts.body(hosts.sources()[1], restore_point=None, datastore={"type": "MySQL", "version": "8.0"}, count=3)
    assert hosts.create(body).status_code == 202
    found = hosts.rds.get(f"{hosts.v3}/instances", params={"name": f"*{body['name']}"}).json()["instances"]
    assert [row["name"] for row in found] == [f"{body['name']}-000{number}" for number in (1, 2, 3)]


def test_a_recovered_instance_has_what_the_request_names_and_the_version_of_its_source(hosts: Hosts) -> None:
    first, _ = hosts.sources()
    tags = [{"key": "ddmkit-source", "value": first}]
    strategy = {"start_time": "01:15-02:15", "keep_days": 3}
    node = hosts.node(hosts.recover(first, port="3310", tags=tags, backup_strategy=strategy))
    assert (node["type"], node["ha"]) == ("Ha", {"replication_mode": "async"})
    assert [one["availability_zone"] for one in node["nodes"]] == ["az1", "az2"]
    assert (node["port"], node["tags"], node["backup_strategy"]) == (3310, tags, strategy)
    assert node["datastore"] == hosts.node(first)["datastore"]
    assert not node["associated_with_ddm"]


def test_a_backup_can_be_the_source(hosts: Hosts) -> None:
    source = hosts.sources()[1]
    query = {"instance_id": source, "backup_type": "auto"}
    backup = hosts.rds.get(f"{hosts.v3}/backups", params=query).json()["backups"][0]
    point = {"instance_id": source, "type": "backup", "backup_id": backup["id"]}
    node = hosts.recover(source, restore_point=point)
    row = hosts.simulator.world.storage.select("SELECT recovered_at FROM data_nodes WHERE id = ?", (node,))[0]
    assert hosts.simulator.contents(node) == hosts.simulator.world.contents(source, row["recovered_at"])


def test_a_dry_run_creates_nothing(hosts: Hosts) -> None:
    source = hosts.sources()[0]
    answer = hosts.create(hosts.body(source, dry_run=True))
    assert (answer.status_code, answer.json()) == (202, {})
    assert hosts.create(hosts.body(source, dry_run=True, port="1")).status_code == 400
    assert hosts.rds.get(f"{hosts.v3}/instances", params={"name": "*7f3a9c"}).json()["total_count"] == 0


def test_a_yearly_instance_has_an_order_and_no_job(hosts: Hosts) -> None:
    answer = hosts.create(hosts.body(hosts.sources()[0], charge_info={"charge_mode": "prePaid"})).json()
    assert answer["order_id"].startswith("CS")
    assert "job_id" not in answer


TOKEN = "0b6c3f5e-6f0e-4b0d-9a44-6f7f6a4a1d10"


def test_a_client_token_is_kept_for_plain_instances_only(hosts: Hosts) -> None:
    source = hosts.sources()[1]
    plain = hosts.body(source, restore_point=None, datastore={"type": "MySQL", "version": "8.0"})
    first, again = (hosts.create(plain, **{"X-Client-Token": TOKEN}) for _ in range(2))
    assert first.json() == again.json()
    other = hosts.create({**plain, "port": "3307"}, **{"X-Client-Token": TOKEN})
    assert (other.status_code, other.json()["error_code"]) == (400, "DBS.280495")
    wrong = hosts.create(plain, **{"X-Client-Token": "not-a-uuid"})
    assert (wrong.status_code, wrong.json()["error_code"]) == (400, "DBS.280497")
    names = ("orders-first", "orders-second")
    recovered = [hosts.create(hosts.body(source, name=name), **{"X-Client-Token": TOKEN}).json() for name in names]
    assert recovered[0]["instance"]["id"] != recovered[1]["instance"]["id"]


def test_ids_of_new_instances_are_the_same_in_every_world(hosts: Hosts) -> None:
    assert hosts.recover(hosts.sources()[0]).endswith("in01")
