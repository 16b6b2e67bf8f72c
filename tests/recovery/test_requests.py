"""The requests: what the source has is copied, what a person chose wins, what is missing is told, and none is ever plain."""

from __future__ import annotations

import uuid

import pytest
from pydantic import ValidationError

from ddmkit.errors import InputError
from ddmkit.recovery.overrides import read_overrides
from ddmkit.recovery.requests import TargetOffer, draft_node, draft_target, token_for, zones_of
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.requests import NodeRestoreRequest
from ddmkit.times import to_ms
from tests.recovery.builders import NETWORK, POINT, node_instance
from tests.restore.builders import source

OFFER = TargetOffer(engine_version="3.1.7.0", zones=("zone-a", "zone-b"))
DETAIL = InstanceDetail(time_zone="UTC+08:00", enterprise_project_id="0")


def drafted(instance=None, like=None):
    overrides = read_overrides(like, creates_target=True)
    facts = {"name": "orders-n1-7f3a9c", "restore_time_ms": to_ms(POINT), "plan_id": "p-1", "region": "eu-de"}
    return draft_node(instance or node_instance(), overrides, **facts)


def body(instance=None, like=None):
    return drafted(instance, like).request.body()


def test_a_request_holds_all_that_the_source_has():
    assert body() == {
        "name": "orders-n1-7f3a9c",
        "flavor_ref": "rds.mysql.n1.large.2.ha",
        "volume": {"type": "CLOUDSSD", "size": 100},
        "ha": {"mode": "Ha", "replication_mode": "async"},
        "availability_zone": "zone-a,zone-b",
        "region": "cn-north-4",
        **NETWORK,
        "password": "********",
        "port": "3306",
        "time_zone": "UTC+08:00",
        "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
        "enterprise_project_id": "0",
        "tags": [
            {"key": "ddmkit-source", "value": "old-a"},
            {"key": "ddmkit-time", "value": "1779258600000"},
            {"key": "ddmkit-recovery", "value": "p-1"},
        ],
        "restore_point": {"instance_id": "old-a", "type": "timestamp", "restore_time": 1779258600000},
    }


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"region": ""}, "region", "eu-de"),
        ({"disk_encryption_id": "key-1"}, "disk_encryption_id", "key-1"),
        ({"volume": {"type": "CLOUDSSD", "size": 105}}, "volume", {"type": "CLOUDSSD", "size": 110}),
        ({"volume": {"type": "CLOUDSSD", "size": "20"}}, "volume", {"type": "CLOUDSSD", "size": 40}),
        ({"ha": {}}, "ha", {"mode": "Ha", "replication_mode": "async"}),
        ({"ha": {"replication_mode": "semisync"}}, "ha", {"mode": "Ha", "replication_mode": "semisync"}),
        ({"port": "3310"}, "port", "3310"),
    ],
)
def test_what_the_source_has_is_copied(changes, field, value):
    assert body(node_instance(**changes))[field] == value


def test_a_single_node_has_one_zone_and_no_standby():
    single = node_instance(type="Single", nodes=[{"role": "master", "availability_zone": "zone-a"}])
    assert body(single)["availability_zone"] == "zone-a"
    assert "ha" not in body(single)


def test_both_machines_may_stand_in_one_zone():
    same = [{"role": role, "availability_zone": "zone-a"} for role in ("master", "slave")]
    assert body(node_instance(nodes=same))["availability_zone"] == "zone-a,zone-a"


@pytest.mark.parametrize(
    ("chosen", "field", "value"),
    [
        ({"flavor_ref": "rds.mysql.n1.xlarge.2.ha"}, "flavor_ref", "rds.mysql.n1.xlarge.2.ha"),
        ({"volume": {"size": 200}}, "volume", {"type": "CLOUDSSD", "size": 200}),
        ({"volume": {"type": "ESSD"}}, "volume", {"type": "ESSD", "size": 100}),
        ({"availability_zone": "zone-c, zone-b"}, "availability_zone", "zone-c,zone-b"),
        ({"availability_zone": ["zone-c", "zone-c"]}, "availability_zone", "zone-c,zone-c"),
        ({"port": "3310"}, "port", "3310"),
        ({"port": 3310}, "port", "3310"),
        ({"subnet_id": "subnet-2"}, "subnet_id", "subnet-2"),
        ({"configuration_id": "template-1pr01"}, "configuration_id", "template-1pr01"),
        ({"backup_strategy": {"keep_days": 30}}, "backup_strategy", {"start_time": "19:00-20:00", "keep_days": 30}),
        ({"ha": {"replication_mode": "semisync"}}, "ha", {"mode": "Ha", "replication_mode": "semisync"}),
    ],
)
def test_what_a_person_chose_wins(chosen, field, value):
    assert body(like={"nodes": chosen})[field] == value


def test_an_ha_node_can_be_recovered_as_a_single_one():
    chosen = body(like={"old-a": {"ha": None, "availability_zone": "zone-a", "flavor_ref": "rds.mysql.n1.large.2"}})
    assert "ha" not in chosen
    assert chosen["availability_zone"] == "zone-a"


@pytest.mark.parametrize(
    ("like", "field"),
    [
        ({"nodes": {"port": 12017}}, "like['nodes']['port']"),
        ({"nodes": {"port": "many"}}, "like['nodes']['port']"),
        ({"old-a": {"volume": {"size": 41}}}, "like['old-a']['volume']['size']"),
        ({"old-a": {"volume": {"size": "100"}}}, "like['old-a']['volume']['size']"),
        ({"nodes": {"availability_zone": "zone-a"}}, "like"),
        ({"nodes": {"availability_zone": 7}}, "like['nodes']['availability_zone']"),
        ({"nodes": {"time_zone": "Berlin"}}, "like['nodes']['time_zone']"),
    ],
)
def test_a_value_that_cannot_be_sent_is_the_callers_error(like, field):
    with pytest.raises(InputError) as caught:
        drafted(like=like)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"flavor_ref": ""}, "flavor_ref"),
        ({"volume": {}}, "volume"),
        ({"nodes": []}, "zones"),
        ({"nodes": [{"role": "master", "availability_zone": "zone-a"}]}, "two zones"),
        ({"time_zone": ""}, "time_zone"),
        ({"backup_strategy": {}}, "backup_strategy"),
        ({"vpc_id": ""}, "vpc_id"),
    ],
)
def test_what_the_source_does_not_show_is_a_problem_and_never_a_guess(changes, named):
    draft = drafted(node_instance(**changes))
    assert draft.request is None
    assert named in " ".join(draft.problems)


def test_no_node_is_requested_without_a_restore_point():
    fields = {name: value for name, value in drafted().request.model_dump().items() if name != "restore_point"}
    with pytest.raises(ValidationError, match="restore_point"):
        NodeRestoreRequest(**fields)


def test_a_token_is_a_uuid_and_the_same_for_the_same_step():
    assert token_for("p-1", "node:a") == token_for("p-1", "node:a") == str(uuid.UUID(token_for("p-1", "node:a")))
    assert len({token_for("p-1", "node:a"), token_for("p-1", "node:b"), token_for("p-2", "node:a")}) == 3


def target(like=None, detail=DETAIL, offer=OFFER, **changes):
    known = source(**{"flavor_ref": "ddm.xlarge.4", "node_count": 2, **changes})
    overrides = read_overrides(None if like is None else {"target": like}, creates_target=True)
    return draft_target(known, detail, NETWORK, offer, overrides, name="orders-7f3a9c")


def test_a_target_is_like_the_source_in_the_network_of_the_nodes_and_without_an_account():
    assert target().request.body() == {
        "name": "orders-7f3a9c",
        "flavor_ref": "ddm.xlarge.4",
        "node_num": 2,
        "engine_version": "3.1.7.0",
        "available_zones": ["zone-a", "zone-b"],
        **NETWORK,
        "time_zone": "UTC+08:00",
        "enterprise_project_id": "0",
    }


def test_what_a_person_chose_for_the_target_wins():
    made = target({"flavor_ref": "ddm.large.4", "node_num": 4, "available_zones": "zone-c"}).request
    assert (made.flavor_ref, made.node_num, made.available_zones) == ("ddm.large.4", 4, ("zone-c",))
    with pytest.raises(InputError) as caught:
        target({"node_num": 0})
    assert caught.value.field == "like['target']['node_num']"


def test_a_target_needs_an_offer_and_a_flavour():
    assert "engine_version" in " ".join(target(offer=None).problems)
    assert "flavor_ref" in " ".join(target(flavor_ref="").problems)


def test_what_is_not_copied_is_told():
    assert "parameter group" in " ".join(target().notes)
    assert "time zone" in " ".join(target(detail=None).notes)
    assert target({"param_group_id": "group-9"}).notes == ()
    assert "parameter template" in " ".join(drafted().notes)


def test_the_zones_of_an_instance_come_from_its_computing_nodes():
    groups = [{"nodes": [{"az_code": "b"}, {"az_code": "a"}, {"az_code": "b"}]}]
    assert zones_of(source(available_zone="x"), InstanceDetail(groups=groups)) == ("b", "a")
    assert zones_of(source(available_zone="x, y"), None) == ("x", "y")
