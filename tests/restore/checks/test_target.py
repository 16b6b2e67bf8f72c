"""Checks of the target: every row of the table."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.restore.checks.target import empty_as_created, judge_targets
from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import NetworkFacts, Rule, Tried
from tests.restore.builders import (
    NEW_NODES,
    SOURCE,
    TARGET,
    account,
    candidate,
    candidates,
    inventory,
    look,
    read,
    request,
    schema,
    target,
    target_row,
    unread,
)
from tests.restore.proofs.builders import GROUP, network, out, own, place


def test_a_target_that_the_service_offers_passes():
    assert look("target-available", inventory()).status == "pass"


def test_an_unavailable_target_fails_with_the_reason_of_the_service():
    row = target_row(available=False, unavailable_reason="The DDM instance is frozen.")
    found = look("target-available", inventory(targets=read((row,))))
    assert found.status == "fail"
    assert "The DDM instance is frozen." in found.detail


def test_an_unavailable_target_without_a_reason_says_that_there_is_none():
    found = look("target-available", inventory(targets=read((target_row(available=False),))))
    assert "gives no reason" in found.detail


def test_a_target_that_is_not_listed_fails():
    found = look("target-available", inventory(targets=read((target_row(instance_id="target-2"),))))
    assert found.status == "fail"
    assert f"{TARGET} is not among the 1" in found.detail


def test_targets_that_cannot_be_read_fail():
    found = look("target-available", inventory(targets=unread("HTTP 503")))
    assert found.status == "fail"
    assert "HTTP 503" in found.detail


def test_the_target_is_another_instance_than_the_source():
    assert look("target-not-source", inventory()).status == "pass"
    assert look("target-not-source", inventory(), request(target_instance_id=SOURCE)).status == "fail"


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("3.0.8", "pass"),
        ("3.0.8.5", "pass"),
        ("3.0.10", "pass"),
        ("3.0.7.99", "fail"),
        ("2.9", "fail"),
        ("", "warn"),
        ("latest", "warn"),
    ],
)
def test_the_target_engine_has_to_be_3_0_8_or_later(version, status):
    found = look("target-version", inventory(target=read(target(engine_version=version))))
    assert found.status == status
    assert "3.0.8" in found.detail + found.hint


def test_a_target_that_cannot_be_read_is_a_warning_about_its_version():
    found = look("target-version", inventory(target=unread("HTTP 503")))
    assert found.status == "warn"
    assert "HTTP 503" in found.detail


def test_an_empty_target_passes():
    assert look("target-empty", inventory()).status == "pass"


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"target_schemas": read((schema("clicks"),))}, "1 schema (clicks)"),
        ({"target_schemas": read((schema("clicks", "node-9"),))}, "1 data node (node-9)"),
        ({"target_accounts": read((account("analyst"), account("ddmadmin")))}, "1 account (analyst)"),
        ({"target_accounts": read(tuple(account(f"user{n}") for n in range(5)))}, "5 accounts (user0, user1, user2, ...)"),
    ],
)
def test_a_target_that_holds_something_fails_and_names_it(held, said):
    found = look("target-empty", inventory(**held))
    assert found.status == "fail"
    assert said in found.detail


def test_a_target_with_only_its_administrator_is_a_warning():
    found = look("target-empty", inventory(target_accounts=read((account("ddmadmin"),))))
    assert found.status == "warn"
    assert "ddmadmin" in found.detail


def test_an_account_is_nobodys_administrator_when_the_target_cannot_be_read():
    facts = inventory(target=unread(), target_accounts=read((account("ddmadmin"),)))
    assert look("target-empty", facts).status == "fail"


UNLISTED = Fact(problem="APIGW.0101", unpublished=True)


def test_a_target_that_was_created_for_this_is_empty_where_no_edition_lists_accounts():
    facts = inventory(target_accounts=UNLISTED, target=read(target(admin_user_name="")))
    assert look("target-empty", facts).status == "warn"  # of a target that somebody else made a person has to say so
    found = empty_as_created(facts, request())
    assert found is not None
    assert (found.status, len(found.evidence)) == ("pass", 3)
    assert "does not list accounts" in found.detail


@pytest.mark.parametrize(
    "changes",
    [
        {"target_accounts": read(())},
        {"target_accounts": unread("HTTP 503")},
        {"target_schemas": read((schema("orders"),))},
        {"target_schemas": unread("HTTP 503")},
        {"target": read(target(admin_user_name="ddmadmin"))},
        {"target": unread()},
        {"targets": read(())},
        {"targets": read((target_row(available=False),))},
    ],
)
def test_what_speaks_against_an_empty_target_is_never_settled_by_how_it_was_created(changes):
    facts = {"target_accounts": UNLISTED, "target": read(target(admin_user_name="")), **changes}
    assert empty_as_created(inventory(**facts), request()) is None


@pytest.mark.parametrize("unreadable", ["target_schemas", "target_accounts"])
def test_a_target_of_which_nobody_can_tell_whether_it_is_empty_fails(unreadable):
    found = look("target-empty", inventory(**{unreadable: unread("HTTP 503")}))
    assert found.status == "fail"
    assert "HTTP 503" in found.detail


def test_one_network_name_is_still_a_warning_about_what_no_call_shows():
    found = look("same-network", inventory())
    assert found.status == "warn"
    assert "vpc-shop" in found.detail
    for unseen in ("Subnet", "security group", "secondary CIDR"):
        assert unseen in found.detail


def in_one_subnet(*node_rules: Rule, **changes: Any) -> NetworkFacts:
    here = place(addresses=("10.0.1.20",))
    return network(rules={GROUP: read(node_rules)}, nodes={one: read(here) for one in NEW_NODES}, names={}, **changes)


def test_one_subnet_and_rules_that_admit_the_target_pass_with_the_evidence():
    found = look("same-network", inventory(network=in_one_subnet(own(), out())))
    assert found.status == "pass", found.detail
    assert "All 2 data nodes are in the target's own subnet subnet-1 of VPC vpc-1" in found.detail
    assert "new-a: into the node: allowed by rule self; out of the target: allowed by rule out" in found.evidence


def test_rules_that_refuse_the_target_fail():
    assert look("same-network", inventory(network=in_one_subnet(out()))).status == "fail"


def test_what_was_tried_is_told_when_it_was_not_enough():
    tried = (Tried(what="rules of security groups (VPC)", answer="403"),)
    facts = in_one_subnet(tried=tried).model_copy(update={"rules": {}})
    found = look("same-network", inventory(network=facts))
    assert found.status == "warn"
    assert "Tried: rules of security groups (VPC): 403." in found.detail
    assert "same VPC, same subnet" in found.hint


def test_vpcs_of_different_names_fail_whatever_else_could_be_read():
    strangers = candidates(candidate(NEW_NODES[0]), candidate(NEW_NODES[1], vpc_name="vpc-office"))
    assert look("same-network", inventory(candidates=strangers, network=in_one_subnet(own(), out()))).status == "fail"


def test_a_data_node_in_another_network_fails_and_is_named():
    strangers = candidates(candidate(NEW_NODES[0]), candidate(NEW_NODES[1], vpc_name="vpc-office"))
    found = look("same-network", inventory(candidates=strangers))
    assert found.status == "fail"
    assert "rds-new-b in vpc-office" in found.detail


def test_a_candidate_in_another_network_that_was_not_chosen_does_no_harm():
    rows = (*(candidate(one) for one in NEW_NODES), candidate("spare", vpc_name="vpc-office"))
    assert look("same-network", inventory(candidates=candidates(*rows))).status == "warn"


@pytest.mark.parametrize("facts", [{"candidates": ()}, {"targets": read((target_row(vpc_name=""),))}, {"targets": unread()}])
def test_networks_that_cannot_be_compared_are_a_warning(facts):
    found = look("same-network", inventory(**facts))
    assert found.status == "warn"
    assert "cannot be compared" in found.detail


@pytest.mark.parametrize("rows", [[candidate("new-a")], [candidate("new-a"), candidate("new-b", vpc_name="")]])
def test_a_node_whose_network_nobody_shows_is_not_called_one_of_the_same(rows):
    found = look("same-network", inventory(candidates=candidates(*rows)))
    assert found.status == "warn"
    assert "the network of 1 of the data nodes is not shown" in found.detail


@pytest.mark.parametrize(
    ("version", "available"),
    [("3.0.6", False), ("3.0.7.99", False), ("3.0.8", True), ("3.0.8.0", True), ("3.0.10", True), ("", True), ("new", True)],
)
def test_a_listed_target_and_the_check_agree_about_the_engine(version, available):
    (row,) = judge_targets([target_row()], [target(engine_version=version)])
    verdict = look("target-version", inventory(target=read(target(engine_version=version)))).status
    assert row.available is available
    assert (verdict == "fail") is not available
    assert row.engine_version == version
    assert row.unavailable_reason == ("" if available else f"its engine is {version}, below 3.0.8")


def test_an_old_engine_is_said_beside_the_reason_of_the_service():
    (row,) = judge_targets([target_row(available=False, unavailable_reason="frozen")], [target(engine_version="3.0.6")])
    assert row.unavailable_reason == "frozen; its engine is 3.0.6, below 3.0.8"


def test_a_target_whose_engine_is_not_known_keeps_the_verdict_of_the_service():
    assert judge_targets([target_row()], []) == (target_row(),)
