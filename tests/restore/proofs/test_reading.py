from __future__ import annotations

from typing import Any

import pytest

from ddmkit.models import Instance
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import TaskDetail
from ddmkit.recovery_models.vpc import SecurityGroupRule, Subnet, Vpc
from ddmkit.restore.proofs.reading import (
    evidence_of_tags,
    evidence_of_tasks,
    node_facts,
    place_of_detail,
    place_of_instance,
    rule_facts,
    subnet_facts,
    vpc_facts,
)
from tests.restore.proofs.builders import T, node

LISTED = {
    "id": "ed7cc6166ec24360a5ed5c5c9c2ed726in01",
    "name": "mysql-0820-022709-01",
    "status": "ACTIVE",
    "private_ips": ["192.168.0.142"],
    "port": 3306,
    "created": "2018-08-20T02:33:49+0800",
    "datastore": {"type": "MySQL", "version": "5.7", "complete_version": "5.7.41.3"},
    "volume": {"type": "ULTRAHIGH", "size": 100},
    "vpc_id": "vpc-1",
    "subnet_id": "subnet-1",
    "security_group_id": "sg-1",
    "associated_with_ddm": True,
    "time_zone": "UTC+08:00",
    "tags": [{"key": "ddmkit-source", "value": "old-a"}, {"key": "team", "value": "shop"}],
}


def test_a_listed_node_is_read():
    found = node_facts(NodeInstance.model_validate(LISTED))
    assert (found.created_ms, found.version, found.volume_gb, found.of_ddm) == (1_534_703_629_000, "5.7.41.3", 100, True)
    assert (found.time_zone, found.tags) == ("UTC+08:00", (("ddmkit-source", "old-a"),))
    assert (found.place.vpc_id, found.place.security_group_ids, found.place.port) == ("vpc-1", ("sg-1",), 3306)
    assert found.place.addresses == ("192.168.0.142",)


def test_a_node_that_shows_little_is_read_too():
    found = node_facts(NodeInstance.model_validate({"id": "n", "status": "BUILD"}))
    assert (found.created_ms, found.version, found.place.security_group_ids) == (None, "", ())


def test_the_place_of_a_target_is_read_from_both_calls():
    old = Instance(id="t", vpc_id="v", subnet_id="s", security_group_id="g", nodes=[{"ip": "10.0.1.4"}, {"ip": ""}])
    new = InstanceDetail.model_validate(
        {"id": "t", "extend_map": {"vpc_id": "v", "subnet_id": "s", "security_group_id": "g"}}
    )
    assert place_of_instance(old).addresses == ("10.0.1.4",)
    assert place_of_detail(new) == place_of_instance(old).model_copy(update={"addresses": ()})
    assert place_of_instance(Instance(id="t")).security_group_ids == ()


def test_networks_and_rules_are_read():
    assert vpc_facts(Vpc(id="v", cidr="10.0.0.0/8")).secondary is None
    assert vpc_facts(Vpc(id="v", cidr="10.0.0.0/8", extend_cidrs=("172.16.0.0/12",))).secondary == ("172.16.0.0/12",)
    assert subnet_facts(Subnet(id="s", cidr="10.0.1.0/24", available_ip_address_count="7")).free_addresses == 7
    assert subnet_facts(Subnet(id="s")).blocks == ()
    older = SecurityGroupRule.model_validate(
        {"id": "r", "direction": "ingress", "port_range_min": 3306, "port_range_max": 3306}
    )
    found = rule_facts(older, "sg-1")
    assert (found.group_id, found.ports, found.action, found.priority) == ("sg-1", "3306", "allow", 1)


DETAIL = {"sourceInstanceId": "old-a", "targetInstanceId": "new-a", "restoreTime": T, "type": "timestamp"}


def task(detail: dict[str, Any], status: str = "Completed") -> TaskDetail:
    return TaskDetail.model_validate({"id": "task-1", "status": status, "task_detail": detail})


def test_a_finished_task_with_source_and_instant_is_evidence():
    (one,) = evidence_of_tasks("new-a", [task(DETAIL)])
    assert (one.kind, one.source_id, one.restore_time_ms, one.where) == ("task-detail", "old-a", T, "task task-1")
    backup = {name: value for name, value in DETAIL.items() if name != "restoreTime"} | {"backupId": "br-1"}
    assert evidence_of_tasks("new-a", [task(backup)])[0].restore_type == "backup"


@pytest.mark.parametrize(
    "one",
    [
        task(DETAIL, status="Running"),
        task({**DETAIL, "targetInstanceId": "new-b"}),
        task({**DETAIL, "sourceInstanceId": ""}),
        task({**DETAIL, "restoreTime": "yesterday"}),
        task({}),
    ],
)
def test_an_incomplete_task_says_nothing(one):
    assert evidence_of_tasks("new-a", [one]) == ()


@pytest.mark.parametrize(("time", "instant"), [(str(T), T), ("soon", None), ("9" * 20, None), ("", None)])
def test_tags_are_claims(time, instant):
    (one,) = evidence_of_tags(node(tags=(("ddmkit-source", "old-a"), ("ddmkit-time", time))))
    assert (one.source_id, one.restore_time_ms, one.is_proof) == ("old-a", instant, False)
    assert evidence_of_tags(node(tags=(("ddmkit-time", str(T)),))) == ()
