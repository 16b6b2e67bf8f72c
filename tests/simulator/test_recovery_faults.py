"""Each fault of a whole recovery, by its name, and what a client sees of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ddmkit.simulator import FAULTS, RECOVERY_FAULTS, Simulator
from ddmkit.simulator.http.faults import NETWORK_FAULTS
from tests.simulator.recovery import NOW, PASSWORD, Hosts


def inject(hosts: Hosts, fault: str) -> str:
    """Inject a fault and return the first data node of the source."""
    hosts.simulator.inject(fault)
    return hosts.sources()[0]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("ha-missing", 400, "DBS.280285"),
        ("sold-out*1", 400, "DBS.280450"),
        ("quota*1", 413, "DBS.200046"),
        ("busy-source", 409, "DBS.200047"),
    ],
)
def test_a_creation_is_refused_once_and_then_accepted(hosts: Hosts, fault: str, status: int, code: str) -> None:
    source = inject(hosts, fault)
    first, second = (hosts.create(hosts.body(source)) for _ in range(2))
    assert (first.status_code, first.json()["error_code"]) == (status, code)
    assert second.status_code == 202


def test_a_used_up_quota_and_a_sold_out_zone_are_shown_beforehand(hosts: Hosts) -> None:
    hosts.simulator.inject("quota")
    hosts.simulator.inject("sold-out")
    (quota,) = hosts.rds.get(f"{hosts.v3}/quotas").json()["quotas"]["resources"]
    assert quota["used"] == quota["quota"]
    flavours = hosts.rds.get(f"{hosts.v3}/flavors/mysql", params={"version_name": "8.0"}).json()["flavors"]
    assert {row["az_status"]["az1"] for row in flavours} == {"sellout"}


def ranges(hosts: Hosts, node: str) -> list[tuple[int, int]]:
    found = hosts.rds.get(f"{hosts.v3}/instances/{node}/restore-time").json()["restore_time"]
    return [(one["start_time"], one["end_time"]) for one in found]


@pytest.mark.parametrize("fault", ["time-gap", "time-too-new", "backup-failed"])
def test_the_ranges_leave_the_time_out_and_the_creation_is_refused(hosts: Hosts, fault: str) -> None:
    source = hosts.sources()[0]
    assert any(start <= hosts.point <= end for start, end in ranges(hosts, source))
    inject(hosts, fault)
    assert not any(start <= hosts.point <= end for start, end in ranges(hosts, source))
    answer = hosts.create(hosts.body(source))
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.200001")


def test_failed_backups_are_listed_as_failed(hosts: Hosts) -> None:
    source = inject(hosts, "backup-failed")
    rows = hosts.rds.get(f"{hosts.v3}/backups", params={"instance_id": source, "backup_type": "auto"}).json()["backups"]
    assert {row["status"] for row in rows} == {"FAILED"}


def test_an_instance_is_created_behind_an_error(hosts: Hosts) -> None:
    source = inject(hosts, "timeout-but-created")
    body = hosts.body(source)
    answer = hosts.create(body)
    assert (answer.status_code, answer.json()["error_code"]) == (500, "DBS.111205")
    listed = hosts.rds.get(f"{hosts.v3}/instances", params={"name": body["name"]}).json()
    assert listed["total_count"] == 1
    assert hosts.create(body).json()["error_code"] == "DBS.200022"


def test_an_answer_without_an_id_leads_to_the_instance_by_its_job(hosts: Hosts) -> None:
    source = inject(hosts, "no-id-in-answer")
    answer = hosts.create(hosts.body(source)).json()
    assert "id" not in answer["instance"]
    hosts.simulator.advance(timedelta(minutes=2))
    found = hosts.job(answer["job_id"]).json()["job"]["instance"]["id"]
    assert hosts.node(found)["name"] == answer["instance"]["name"]


def test_the_password_is_echoed_only_by_the_fault(hosts: Hosts) -> None:
    source = hosts.sources()[0]
    assert PASSWORD not in hosts.create(hosts.body(source)).text
    inject(hosts, "password-echoed")
    assert PASSWORD in hosts.create(hosts.body(source, name="orders-again")).text


@pytest.mark.parametrize(
    ("edition", "fault", "echoed"),
    [
        ("huawei", "", True),
        ("huawei", "restore-point-not-echoed", False),
        ("otc", "", False),
        ("otc", "restore-point-echoed", True),
    ],
)
def test_the_restore_point_is_echoed_or_not(edition: str, fault: str, echoed: bool) -> None:
    faults = [fault] if fault else []
    with Simulator(scenario="whole-incident", now=NOW, edition=edition, faults=faults) as simulator:
        hosts = Hosts(simulator)
        instance = hosts.create(hosts.body(hosts.sources()[0])).json()["instance"]
        assert ("restore_point" in instance) is echoed
        if echoed:
            assert instance["restore_point"]["restore_time"] == hosts.point
        hosts.close()


def looks_until_found(hosts: Hosts, job_id: str) -> int:
    for number in range(30):
        answer = hosts.job(job_id)
        if answer.status_code == 200:
            return number
        assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.200543")
        hosts.simulator.advance(timedelta(seconds=15))
    raise AssertionError("the job is never found")


def test_a_late_job_is_found_later_than_usual(hosts: Hosts) -> None:
    first, second = hosts.sources()
    usual = looks_until_found(hosts, hosts.create(hosts.body(first)).json()["job_id"])
    inject(hosts, "node-job-late")
    assert looks_until_found(hosts, hosts.create(hosts.body(second)).json()["job_id"]) > usual >= 0


def test_a_failed_job_names_its_reason_and_leaves_a_failed_instance(hosts: Hosts) -> None:
    source = inject(hosts, "node-job-failed")
    answer = hosts.create(hosts.body(source)).json()
    hosts.simulator.advance(timedelta(minutes=10))
    job = hosts.job(answer["job_id"]).json()["job"]
    assert (job["status"], job["fail_reason"]) == ("Failed", "createVM failed.")
    node = hosts.node(answer["instance"]["id"])
    assert (node["status"], node["private_ips"]) == ("CREATE FAIL", [])


def test_a_stuck_instance_stays_in_build(hosts: Hosts) -> None:
    source = inject(hosts, "stuck-build")
    answer = hosts.create(hosts.body(source)).json()
    hosts.simulator.advance(timedelta(hours=9))
    assert hosts.node(answer["instance"]["id"])["status"] == "BUILD"
    assert hosts.job(answer["job_id"]).json()["job"]["status"] == "Running"


@pytest.mark.parametrize(
    ("fault", "seen"),
    [("", ("ACTIVE", True)), ("late-private-ip", ("ACTIVE", False)), ("backing-up-after", ("BACKING UP", True))],
)
def test_address_and_first_backup_come_late(hosts: Hosts, fault: str, seen: tuple[str, bool]) -> None:
    source = inject(hosts, fault) if fault else hosts.sources()[0]
    node_id = hosts.create(hosts.body(source)).json()["instance"]["id"]
    hosts.simulator.advance(timedelta(seconds=95))
    node = hosts.node(node_id)
    assert (node["status"], bool(node["private_ips"])) == seen


@pytest.mark.parametrize("fault", ["plain-instance", "wrong-time", "wrong-source"])
def test_an_instance_holds_something_else_than_asked_for(hosts: Hosts, fault: str) -> None:
    source = inject(hosts, fault)
    right = hosts.simulator.contents(source, hosts.facts.restore_time)
    node = hosts.recover(source)
    found = hosts.simulator.contents(node)
    assert found != right
    (trace,) = [row for row in hosts.traces(service_type="RDS") if row["resource_id"] == node]
    point = json.loads(trace["request"]).get("restore_point")
    if fault == "plain-instance":
        assert (found, point) == ({}, None)
    elif fault == "wrong-time":
        assert (point["instance_id"], point["restore_time"]) == (source, hosts.point + 3_600_000)
    else:
        assert (point["instance_id"], point["restore_time"]) == (hosts.sources()[1], hosts.point)


def request_of(hosts: Hosts, fault: str) -> Any:
    hosts.recover(hosts.sources()[0])
    hosts.simulator.inject(fault)
    found = hosts.traces(service_type="RDS", trace_name="createInstance")
    return found[0]["request"] if found else None


@pytest.mark.parametrize("fault", ["trace-missing", "trace-expired"])
def test_the_audit_log_has_no_trace(hosts: Hosts, fault: str) -> None:
    assert request_of(hosts, fault) is None


def test_the_request_of_a_trace_has_several_forms(hosts: Hosts) -> None:
    usual = request_of(hosts, "trace-text*1")
    assert json.loads(json.loads(usual))["restore_point"]["restore_time"] == hosts.point
    hosts.simulator.inject("trace-object*1")
    shown = hosts.traces(service_type="RDS")[0]["request"]
    assert shown["restore_point"]["restore_time"] == hosts.point
    hosts.simulator.inject("trace-empty-request*1")
    assert hosts.traces(service_type="RDS")[0]["request"] == ""


def test_audit_and_network_can_be_denied(hosts: Hosts) -> None:
    hosts.simulator.inject("cts-denied")
    hosts.simulator.inject("vpc-denied")
    for _ in range(2):
        traces = hosts.cts.get(f"{hosts.v3}/traces", params={"trace_type": "system"})
        assert (traces.status_code, traces.json()["error_code"]) == (403, "CTS.0002")
        rules = hosts.vpc.get(f"{hosts.v3}/vpc/security-group-rules")
        assert (rules.status_code, rules.json()["error_code"]) == (403, "VPC.0010")
        subnet = hosts.vpc.get(f"{hosts.v1}/subnets/x")
        assert (subnet.status_code, subnet.json()["code"]) == (403, "VPC.0010")
    assert hosts.rds.get(f"{hosts.v3}/quotas").status_code == 200


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("sg-differs-ok", ""),
        ("sg-differs-denied", "DBS.300408"),
        ("sg-rule-deny-first", "DBS.300408"),
        ("subnet-differs", "DBS.300103"),
        ("node-in-extended-network", "DBS.300103"),
    ],
)
def test_free_nodes_are_elsewhere_in_the_network(hosts: Hosts, fault: str, code: str) -> None:
    nodes = [hosts.recover(source) for source in hosts.sources()]
    target = hosts.create_target().json()["id"]
    hosts.simulator.advance(timedelta(minutes=10))
    usual = [hosts.node(source) for source in hosts.sources()]
    hosts.simulator.inject(fault)
    moved = [hosts.node(node) for node in nodes]
    changed = "security_group_id" if fault.startswith("sg") else "subnet_id"
    assert {row[changed] for row in moved}.isdisjoint({row[changed] for row in usual})
    assert [hosts.node(source) for source in hosts.sources()] == usual
    answer = hosts.restore(target, nodes)
    assert (answer.status_code, answer.json().get("error_code", "")) == (400 if code else 202, code)


def test_a_ddm_instance_cannot_be_created(hosts: Hosts) -> None:
    hosts.simulator.inject("ddm-create-failed")
    answer = hosts.create_target().json()
    hosts.simulator.advance(timedelta(minutes=10))
    assert hosts.ddm.get(f"{hosts.v1}/instances/{answer['id']}").json()["status"] == "CREATEFAILED"
    assert hosts.ddm.get(f"{hosts.v3}/jobs/{answer['job_id']}").json()["job"]["status"] == "Failed"


def test_a_new_ddm_instance_has_an_account(hosts: Hosts) -> None:
    nodes = [hosts.recover(source) for source in hosts.sources()]
    hosts.simulator.inject("ddm-accounts-present")
    target = hosts.create_target().json()["id"]
    hosts.simulator.advance(timedelta(minutes=10))
    users = hosts.ddm.get(f"{hosts.v3}/instances/{target}/users").json()["users"]
    assert [user["name"] for user in users] == ["former_user"]
    assert hosts.restore(target, nodes).json()["error_code"] == "DBS.300372"


def test_a_deletion_is_refused_while_the_backup_is_restored(hosts: Hosts) -> None:
    node = hosts.recover(hosts.sources()[0])
    hosts.simulator.inject("delete-refused-restoring")
    first, second = (hosts.rds.delete(f"{hosts.v3}/instances/{node}") for _ in range(2))
    assert (first.status_code, first.json()["error_code"]) == (409, "DBS.200019")
    assert second.status_code == 200


def test_every_fault_of_a_recovery_is_named_in_these_tests() -> None:
    assert RECOVERY_FAULTS | set(NETWORK_FAULTS) <= set(FAULTS)
    text = Path(__file__).read_text("utf-8")
    assert [fault for fault in RECOVERY_FAULTS if f'"{fault}' not in text] == []
