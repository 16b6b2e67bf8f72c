"""The checks of a recovery: each with a case that passes and those that fail or warn, and two proofs for each node."""

from __future__ import annotations

import pytest

from ddmkit.recovery.checks import wanted_of
from ddmkit.recovery.instant import cut_to_second
from ddmkit.recovery_models.rds import Quota
from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import Evidence, NodeFacts, NodeProofs
from ddmkit.times import to_ms
from tests.recovery.builders import (
    POINT,
    choice,
    facts,
    network,
    node_instance,
    place,
    plan,
    self_rule,
    source_node,
    target_flavor,
)
from tests.restore.builders import MADE, NOW, backup, inventory, inventory_at, read, unread


def check(name, chosen=None, known=None):
    return next(one for one in plan(chosen, known).checks if one.id == name)


UNPUBLISHED = Fact(problem="HTTP 404", unpublished=True)


def with_second(instance):
    """Return the facts with a second source node of which this is known."""
    return facts().model_copy(update={"nodes": (source_node("old-a"), source_node("old-b", instance=instance))})


def test_a_recovery_to_which_nothing_objects_is_ready():
    made = plan()
    assert made.ready
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("name", "known", "status", "told"),
    [
        ("source-found", facts(source_side=inventory_at(POINT, source=unread(missing=True))), "warn", "cannot be read"),
        ("time-in-range", facts(source_side=inventory_at(POINT, ranges=read(()))), "fail", "outside"),
        ("nodes-known", facts((), source_side=inventory_at(POINT, related=unread(), backup_detail=unread())), "fail", "HTTP 500"),
        ("names-free", facts(names=read(("RDS-old-a-7f3a9c",))), "pass", ""),
        ("names-free", facts(names=unread()), "warn", "cannot be read"),
        ("requests-complete", facts(()).model_copy(update={"nodes": (source_node(instance=read(node_instance(flavor_ref=""))),)}), "fail", "old-a: flavor_ref"),
        ("target-on-sale", facts(target_flavours=read((target_flavor("ddm.large.4"),))), "fail", "ddm.xlarge.4 is not for sale"),
        ("target-on-sale", facts(target_flavours=read((target_flavor("ddm.xlarge.4", zone_b="sellout"),))), "fail", "not for sale in zone-b"),
        ("target-on-sale", facts(target_flavours=unread()), "warn", "cannot be read"),
        ("engine-on-sale", facts(engines=read(())), "fail", "No engine like the source's or newer is for sale: none is"),
        ("engine-on-sale", facts(engines=unread()), "fail", "cannot be read"),
        ("engine-on-sale", facts((), source_side=inventory_at(POINT, related=unread(), backup_detail=unread())), "pass", "Engine 3."),
        ("engine-on-sale", facts(source_side=inventory_at(POINT, source=unread())), "skip", "The source cannot be read"),
        ("requests-complete", facts((), source_side=inventory_at(POINT, related=unread(), backup_detail=unread())), "skip", "not known"),
        *((name, with_second(unread(missing=True)), "fail", said) for name, said in (("source-exists", "No longer exists: rds-old-b"), ("requests-complete", "old-b: it cannot be read"))),
        ("source-exists", with_second(unread("HTTP 403")), "fail", "Cannot be read: rds-old-b (HTTP 403)"),
        ("source-exists", with_second(UNPUBLISHED), "warn", "does not publish"),
        ("requests-complete", with_second(UNPUBLISHED), "fail", "old-b: it cannot be read"),
        ("quota", facts(quotas=read((Quota(type="instance", quota=8, used=7),))), "fail", "1 more"),
        ("time-per-node", facts().model_copy(update={"nodes": (source_node("old-a"), source_node("old-b", ranges=read(())))}), "fail", ""),
        ("same-network:old-a", facts(network=network(rules={"group-1": read(())})), "fail", ""),
        ("same-network:old-a", facts(network=network(rules={"group-1": unread("HTTP 403")})), "warn", "cannot be read"),
    ],
)  # fmt: skip
def test_what_each_check_objects_to(name, known, status, told):
    result = check(name, known=known)
    assert (result.status, told in result.detail) == (status, True), result.detail


def test_an_engine_that_a_person_chose_must_be_sold():
    result = check("engine-on-sale", choice(like={"target": {"engine_version": "9.9"}}))
    assert (result.status, result.detail) == ("fail", "Engine 9.9 is not for sale: 3.0.8.5, 3.1.5.0, 3.1.7.0.")


def test_an_existing_target_is_checked_and_no_new_one():
    assert check("target-empty", choice(target_id="target-1")).status == "pass"
    assert check("target-on-sale", choice(target_id="target-1")).status == "skip"
    assert check("engine-on-sale", choice(target_id="target-1")).status == "skip"
    assert "target-empty" not in {one.id for one in plan().checks}


def test_no_check_is_named_twice():
    ids = [one.id for one in plan(choice(target_id="target-1", existing={"old-a": "new-1"})).checks]
    assert sorted(ids) == sorted(set(ids))


def recovered(node_id="new-1", source_id="old-a", ms=None):
    said = Evidence(
        kind="audit-trace", node_id=node_id, source_id=source_id, restore_time_ms=ms or to_ms(POINT), where="trace-1"
    )
    now = to_ms(NOW)
    known = NodeFacts(
        id=node_id, name="rds-new-1", status="ACTIVE", created_ms=now - 1000, version="8.0.28.1", volume_gb=100
    )
    old = NodeFacts(id="old-a", name="rds-old-a", status="ACTIVE", version="8.0.28.1", volume_gb=100)
    return NodeProofs(nodes={node_id: read(known)}, sources={"old-a": read(old)}, evidence=(said,))


def both(one, other):
    """Two witnesses of one node, such as our own record and the audit trail."""
    return one.model_copy(update={"evidence": (*one.evidence, *other.evidence)})


@pytest.mark.parametrize(
    ("proofs", "status", "told"),
    [
        (recovered(), "pass", ""),
        (recovered(ms=to_ms(POINT) + 60_000), "fail", ""),
        (recovered(source_id="old-b"), "fail", "was recovered from old-b, and is to stand in for old-a"),
        (both(recovered(), recovered(source_id="old-b")), "fail", "was recovered from old-b, and is to stand in for old-a"),
        (recovered().model_copy(update={"evidence": ()}), "warn", ""),
    ],
)
def test_a_node_that_is_taken_needs_its_proof(proofs, status, told):
    known = facts(
        existing={"old-a": read(node_instance("new-1"))}, proofs=proofs, network=network(nodes={"new-1": read(place())})
    )
    result = check("nodes-recovered:old-a", choice(existing={"old-a": "new-1"}), known)
    assert (result.status, told in result.detail) == (status, True), result.detail
    assert any("trace-1" in line for line in result.evidence) == (status != "warn")
    assert check("same-network:old-a", choice(existing={"old-a": "new-1"}), known).status == "pass"
    assert check("nodes-recovered:old-b", choice(existing={"old-a": "new-1"}), known).status == "skip"


def test_a_node_in_another_subnet_than_an_existing_target_fails():
    known = facts(network=network(target=read(place(subnet_id="subnet-9")), rules={"group-1": read((self_rule(),))}))
    assert check("same-network:old-a", choice(target_id="target-1"), known).status == "fail"


def test_with_a_backup_the_nodes_must_lie_between_it_and_the_next_one():
    chosen, older, next_one = backup(), backup(id="b0", created=MADE.replace(hour=1)), backup(id="b2", created=NOW)
    known = inventory(chosen_backup=chosen, backups=read((chosen, older, next_one)))
    wanted = wanted_of("backup-1", cut_to_second(MADE), known)
    assert (wanted.backup_ms, wanted.later_backups_ms, wanted.restore_time_ms) == (to_ms(MADE), (to_ms(NOW),), None)
    assert wanted.source_ids == ("old-a", "old-b")
    assert wanted_of(None, cut_to_second(POINT), known).restore_time_ms == to_ms(POINT)
    assert wanted_of("backup-1", cut_to_second(MADE), inventory(backups=unread())).later_backups_ms is None
