"""What RDS shows: instances, filters, pages, ranges, backups, and what can be bought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ddmkit.simulator import Simulator
from tests.simulator.recovery import NOW, Hosts


def names(hosts: Hosts, **query: Any) -> set[str]:
    answer = hosts.rds.get(f"{hosts.v3}/instances", params=query)
    assert answer.status_code == 200, answer.text
    return {row["name"] for row in answer.json()["instances"]}


def test_an_instance_has_the_documented_fields_and_says_nothing_about_its_origin(hosts: Hosts) -> None:
    node = hosts.node(hosts.recover(hosts.sources()[0]))
    assert {"complete_version", "type", "version"} == set(node["datastore"])
    assert node["created"].endswith("+0000")
    assert "restore" not in str(node).lower()
    assert (node["charge_info"], node["enable_ssl"], node["read_only_by_user"]) == (
        {"charge_mode": "postPaid"},
        False,
        False,
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "rds-orders-1"}, {"rds-orders-1"}),
        ({"name": "rds-orders"}, set()),
        ({"name": "*orders"}, {"rds-orders-1", "rds-orders-2"}),
        ({"type": "Ha"}, {"rds-orders-1"}),
        ({"datastore_type": "PostgreSQL"}, {"pg-reporting"}),
        ({"datastore_type": "mysql"}, set()),
        ({"id": "unknown"}, set()),
        ({"group_type": "flexus"}, set()),
        ({"eps_id": "7"}, set()),
    ],
)
def test_filters(hosts: Hosts, query: dict[str, str], found: set[str]) -> None:
    assert names(hosts, **query) == found


def test_a_star_alone_is_refused(hosts: Hosts) -> None:
    answer = hosts.rds.get(f"{hosts.v3}/instances", params={"name": "*"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")


def test_tags_are_searched_by_key_and_value(hosts: Hosts) -> None:
    tags = [{"key": "ddmkit-restore", "value": "7f3a"}, {"key": "team", "value": "shop"}]
    hosts.recover(hosts.sources()[1], tags=tags)
    new = "rds-orders-2-7f3a9c"
    assert names(hosts, tags="ddmkit-restore=7f3a") == {new}
    assert names(hosts, tags="ddmkit-restore=,team=shop") == {new}
    assert names(hosts, tags="ddmkit-restore=other") == set()


def test_pages_skip_rows_and_count_all(hosts: Hosts) -> None:
    whole = hosts.rds.get(f"{hosts.v3}/instances").json()
    pages = [hosts.rds.get(f"{hosts.v3}/instances", params={"offset": o, "limit": 2}).json() for o in range(0, 20, 2)]
    assert [row for page in pages for row in page["instances"]] == whole["instances"]
    assert {page["total_count"] for page in pages} == {whole["total_count"]}
    assert hosts.rds.get(f"{hosts.v3}/instances", params={"limit": 101}).status_code == 400


def test_ranges_can_be_narrowed_to_a_day(hosts: Hosts) -> None:
    path = f"{hosts.v3}/instances/{hosts.sources()[0]}/restore-time"
    whole = hosts.rds.get(path).json()["restore_time"]
    assert len(whole) == 2  # a gap lies between
    days = [hosts.rds.get(path, params={"date": f"2026-05-{day}"}).json()["restore_time"] for day in range(13, 21)]
    assert days[-1][0]["end_time"] == whole[-1]["end_time"]
    assert days[0][0]["start_time"] == whole[0]["start_time"]
    assert sum(one["end_time"] - one["start_time"] + 1 for day in days for one in day) == sum(
        one["end_time"] - one["start_time"] + 1 for one in whole
    )
    assert hosts.rds.get(path, params={"date": "2026-13-40"}).status_code == 400


def test_the_ranges_agree_with_those_of_ddm(hosts: Hosts) -> None:
    path = f"{hosts.v3}/instances/{hosts.facts.source}/backups/restorable-time-interval"
    last = hosts.ddm.get(path, params={"limit": 128}).json()["restorable_time_intervals"][-1]["end_time"]
    found = [hosts.rds.get(f"{hosts.v3}/instances/{node}/restore-time").json()["restore_time"] for node in hosts.sources()]
    assert {ranges[-1]["end_time"] for ranges in found} == {int((NOW - timedelta(minutes=2)).timestamp() * 1000)}
    assert last == "2026-05-20T09:28:00+0000"


def test_backups_are_filtered_by_kind_and_time(hosts: Hosts) -> None:
    query = {"instance_id": hosts.sources()[0]}
    path = f"{hosts.v3}/backups"
    full = hosts.rds.get(path, params={**query, "backup_type": "auto"}).json()
    assert full["total_count"] == len(full["backups"]) == 8
    one = hosts.rds.get(path, params={**query, "backup_id": full["backups"][2]["id"]}).json()["backups"]
    assert one == [full["backups"][2]]
    span = {"begin_time": "2026-05-20T06:00:00Z", "end_time": "2026-05-20T09:00:00+0200"}
    found = hosts.rds.get(path, params={**query, **span}).json()["backups"]
    assert {row["type"] for row in found} == {"incremental"}
    assert len(found) == 13
    for wrong in ({"begin_time": "2026-05-20T06:00:00Z"}, {"begin_time": "x", "end_time": "y"}):
        assert hosts.rds.get(path, params={**query, **wrong}).status_code == 400
    assert hosts.rds.get(path).status_code == 400


def test_what_can_be_bought_is_listed_for_mysql_only(hosts: Hosts) -> None:
    for path, name in (("flavors", "flavors"), ("storage-type", "storage_type"), ("datastores", "dataStores")):
        assert hosts.rds.get(f"{hosts.v3}/{path}/mysql", params={"version_name": "8.0"}).json()[name]
        assert hosts.rds.get(f"{hosts.v3}/{path}/oracle", params={"version_name": "8.0"}).status_code == 400
    modes = {row["instance_mode"] for row in hosts.rds.get(f"{hosts.v3}/flavors/mysql").json()["flavors"]}
    assert modes == {"ha", "single", "replica"}


def test_each_look_moves_a_stopped_clock_until_the_instance_is_quiet(hosts: Hosts) -> None:
    node = hosts.create(hosts.body(hosts.sources()[0])).json()["instance"]["id"]
    words = [hosts.node(node)["status"] for _ in range(8)]
    assert words == ["BUILD"] * 3 + ["BACKING UP"] * 2 + ["ACTIVE"] * 3
    still = hosts.simulator.now()
    hosts.node(node)
    assert hosts.simulator.now() == still


def test_on_a_running_clock_a_recovery_takes_two_or_three_seconds() -> None:
    with Simulator(scenario="whole-incident") as simulator:
        hosts = Hosts(simulator)
        node = hosts.create(hosts.body(hosts.sources()[0])).json()["instance"]["id"]
        assert hosts.node(node)["status"] == "BUILD"
        simulator.advance(timedelta(seconds=3))
        assert hosts.node(node)["status"] == "ACTIVE"
        hosts.close()


@pytest.mark.parametrize("edition", ["otc", "early", "huawei"])
def test_editions_differ(edition: str) -> None:
    with Simulator(scenario="whole-incident", now=NOW, edition=edition) as simulator:
        hosts = Hosts(simulator)
        node, tags = hosts.sources()[1], [{"key": "team", "value": "shop"}]
        answer = hosts.create(hosts.body(node, tags=tags)).json()
        simulator.advance(timedelta(minutes=5))
        row = hosts.node(answer["instance"]["id"])
        detail = hosts.rds.get(f"{hosts.v3}/instances/{row['id']}/tasklist/detail", params={"start_time": 0})
        job, rules = hosts.job(answer["job_id"]), hosts.vpc.get(f"{hosts.v3}/vpc/security-group-rules").json()
        deleted = hosts.rds.delete(f"{hosts.v3}/instances/{row['id']}")
        seen = (row.get("tags"), detail.status_code, job.status_code, deleted.status_code)
        if edition == "otc":
            assert seen == (None, 404, 400, 202)
            assert "enabled" not in rules["security_group_rules"][0]
            assert hosts.create(hosts.body(node, name="orders-again", password=None)).status_code == 400
        else:
            assert seen == (tags, 200, 200, 200)
            assert rules["security_group_rules"][0]["enabled"]
        hosts.close()
