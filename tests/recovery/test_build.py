"""Building a plan: the instant, the steps in order, each with its request, and what is taken as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.build import settle_instant
from ddmkit.recovery.instant import cut_to_second
from ddmkit.recovery.steps import node_of
from ddmkit.times import to_ms
from tests.recovery.builders import POINT, choice, facts, node_instance, plan, source_node
from tests.restore.builders import MADE, backup, inventory, read, unread


def test_with_a_backup_the_nodes_go_to_the_first_whole_second_after_it():
    late = backup(created=MADE + timedelta(milliseconds=200))
    known = facts().model_copy(update={"source_side": inventory(chosen_backup=late)})
    assert settle_instant(choice(backup_id="backup-1"), known).ms == to_ms(MADE) + 1000
    assert settle_instant(choice(), known) == cut_to_second(POINT)
    missing = facts().model_copy(update={"source_side": inventory(chosen_backup=None)})
    assert settle_instant(choice(backup_id="backup-1"), missing) is None


def test_the_metadata_are_restored_from_the_backup_that_was_chosen():
    made = plan(choice(backup_id="backup-1"), facts(backup=True))
    assert made.step("restore").call["body"]["source"] == {"backup_id": "backup-1"}
    assert {node.request.restore_point.restore_time for node in made.nodes} == {to_ms(MADE)}


def test_the_steps_stand_in_order_each_with_its_request():
    made = plan()
    assert [step.name for step in made.steps] == [
        "node:old-a", "node:old-b", "target", "prove-nodes", "prove-network", "restore", "refresh", "verify",
    ]  # fmt: skip
    assert [step.name for step in made.steps if step.sends] == [step.name for step in made.steps if step.call]
    assert made.step("node:old-b").creates == "rds-old-b-7f3a9c"
    assert made.step("target").claim_key == "create:orders-prod-7f3a9c"
    assert made.step("restore").call["body"]["target"] == {
        "instance_id": "<id of the new target orders-prod-7f3a9c>",
        "data_nodes": ["<id of the new node rds-old-a-7f3a9c>", "<id of the new node rds-old-b-7f3a9c>"],
    }


def test_a_plan_that_is_ready_requests_each_node_with_its_restore_point():
    for step in plan().steps:
        if node_of(step.name):
            assert step.call["body"]["restore_point"]["instance_id"] == node_of(step.name)


def test_what_is_taken_is_not_requested():
    existing = {"old-a": read(node_instance("new-1"))}
    made = plan(choice(existing={"old-a": "new-1"}, target_id="target-1"), facts(existing=existing))
    assert [step.name for step in made.steps if step.sends] == ["node:old-b", "restore", "refresh"]
    assert made.step("restore").claim_key == "restore:target-1"
    assert made.step("restore").call["body"]["target"]["data_nodes"] == ["new-1", "<id of the new node rds-old-b-7f3a9c>"]
    assert made.nodes[0].existing_name == "rds-new-1"


def test_the_target_stands_in_the_network_of_the_nodes():
    there = {"old-a": read(node_instance("new-1", subnet_id="subnet-9"))}
    taken = plan(choice(existing={"old-a": "new-1"}), facts(existing=there))
    assert taken.target.request.subnet_id == "subnet-9"
    assert plan(choice(like={"nodes": {"subnet_id": "subnet-7"}})).target.request.subnet_id == "subnet-7"


def test_a_source_that_cannot_be_read_leaves_a_plan_that_is_not_ready():
    gone = facts().source_side.model_copy(update={"source": unread(missing=True)})
    made = plan(known=facts(source_side=gone))
    assert "requests-complete" in made.failed
    assert made.target.request is None
    lost = facts(nodes=()).model_copy(update={"nodes": (source_node("old-a", instance=unread()),)})
    assert plan(known=lost).nodes[0].request is None


def test_a_node_that_the_source_did_not_have_is_the_callers_error():
    with pytest.raises(InputError, match="old-z was no data node"):
        plan(choice(existing={"old-z": "new-1"}))
