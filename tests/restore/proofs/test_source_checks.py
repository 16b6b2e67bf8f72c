from __future__ import annotations

import pytest

from ddmkit.recovery_models.rds import SimplifiedInstance
from ddmkit.restore.facts import Fact
from tests.restore.proofs.builders import read, refused
from tests.restore.proofs.recovery_builders import asked, facts, instance, look, source_node

GONE = Fact(problem="RDS does not list it", missing=True)
UNPUBLISHED = Fact(problem="404", unpublished=True)


def with_instance(**changes):
    return source_node(instance=read(instance(**changes)))


@pytest.mark.parametrize(
    ("check", "node", "status", "shows"),
    [
        ("source-exists", source_node(instance=GONE), "fail", "No longer exists: rds-old-a"),
        ("source-exists", source_node(instance=refused()), "fail", "403"),
        ("source-exists", source_node(instance=UNPUBLISHED), "warn", "does not publish"),
        ("source-exists", source_node(), "pass", "All 1 exist"),
        ("source-not-frozen", with_instance(status="FROZEN"), "fail", "Frozen: rds-old-a"),
        ("source-not-frozen", source_node(activity=read(SimplifiedInstance(frozen=True))), "fail", "Frozen"),
        ("source-not-frozen", with_instance(status="storage_full"), "warn", "rds-old-a is storage_full"),
        ("source-not-frozen", with_instance(status="FAILED"), "warn", "is FAILED"),
        ("source-not-frozen", source_node(), "pass", "None is frozen"),
        ("source-idle", with_instance(status="BACKING UP"), "warn", r"rds-old-a (BACKING UP)"),
        ("source-idle", source_node(activity=read(SimplifiedInstance(current_actions=("SHUTDOWN_SERVER",)))), "warn", "SHUTDOWN_SERVER"),
        ("source-idle", source_node(activity=refused()), "pass", "as far as their status tells"),
        ("source-idle", source_node(), "pass", "Nothing runs"),
        ("encryption", with_instance(disk_encryption_id="key-1"), "warn", "encrypted: rds-old-a"),
        ("encryption", source_node(), "pass", "No disk"),
        ("ssl-off", with_instance(enable_ssl="true"), "warn", "SSL is on: rds-old-a"),
        ("ssl-off", source_node(), "pass", "SSL is off"),
        ("binlog-intact", source_node(), "skip", "No call shows"),
    ],
)  # fmt: skip
def test_each_state_of_a_source_node_has_its_result(check, node, status, shows):
    found = look(check, facts(node))
    assert (found.status, shows in found.detail) == (status, True), found.detail
    assert bool(found.hint) is (status in {"warn", "fail"})
    assert found.rule


def with_zones(*zones, own="UTC"):
    """Return two nodes whose requests have these time zones, and whose sources have another one."""
    return [source_node(request=asked(time_zone=zone), instance=read(instance(time_zone=own))) for zone in zones]


@pytest.mark.parametrize(
    ("nodes", "status", "shows"),
    [
        (with_zones("UTC", "UTC"), "pass", "one time zone"),
        (with_zones("UTC", "UTC+00:00"), "pass", "one time zone"),
        (with_zones("UTC", "UTC+08:00"), "fail", "UTC for rds-old-a; UTC+08:00 for rds-old-a"),
        ([*with_zones("UTC", own="UTC"), *with_zones("UTC+08:00", own="UTC+08:00")], "warn", "differ in their time zone"),
        ([*with_zones("UTC"), source_node(request=None, taken=read(instance(time_zone="UTC+08:00")))], "fail", "differ in their"),
        ([*with_zones("UTC"), source_node(request=None, taken=refused())], "pass", "one time zone"),
        ([*with_zones("UTC"), source_node(request=None)], "pass", "one time zone"),
        ([source_node(request=asked(configuration_id="t-1")), source_node()], "warn", "different parameter templates: t-1, the default"),
        ([source_node(request=asked(configuration_id="t-1"))] * 2, "pass", "one parameter template"),
    ],
)  # fmt: skip
def test_nodes_that_would_differ_in_what_ddm_compares_are_named(nodes, status, shows):
    found = look("same-settings", facts(*nodes))
    assert (found.status, shows in found.detail) == (status, True), found.detail
    assert bool(found.hint) is (status != "pass")


def test_an_unread_activity_is_told_in_the_evidence():
    assert look("source-idle", facts(source_node(activity=refused()))).evidence == (
        "rds-old-a: running operations not read (403: these credentials may not do this)",
    )
