from __future__ import annotations

import pytest

from ddmkit.recovery_models.rds import BackupPolicy
from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.time_checks import legal_ranges, nearest_legal
from tests.restore.proofs.builders import DAY, HOUR, MINUTE, T, read, refused
from tests.restore.proofs.recovery_builders import backup, facts, look, source_node, times

FULL, TAIL = backup(T - DAY), backup(T + HOUR, type="incremental")


@pytest.mark.parametrize(
    ("check", "node", "status", "shows"),
    [
        ("time-per-node", source_node(), "pass", "2023-01-16 06:54:03 UTC is in a restorable range"),
        ("time-per-node", source_node(ranges=times((T - 1000, T + 1000))), "pass", "is in a restorable range"),
        ("time-per-node", source_node(ranges=times((T, T + HOUR))), "fail", "no restorable range of rds-old-a"),  # the ends
        ("time-per-node", source_node(ranges=times((T - HOUR, T))), "fail", "no restorable range"),
        ("time-per-node", source_node(ranges=times((T - HOUR, T - MINUTE), (T + MINUTE, T + HOUR))), "fail", "no restorable"),
        ("time-per-node", source_node(ranges=times()), "fail", "no restorable range"),
        ("time-per-node", source_node(ranges=refused()), "pass", "ranges not read: rds-old-a"),  # the backups cover it
        ("time-per-node", source_node(ranges=refused(), backups=read((FULL,))), "fail", "403"),
        ("time-per-node", source_node(ranges=Fact(problem="404", unpublished=True), backups=refused()), "warn", "404"),
        ("binlog-tail", source_node(), "pass", "is saved"),
        ("binlog-tail", source_node(ranges=times((T - DAY, T - MINUTE))), "fail", "saved up to 2023-01-16 06:53:03 UTC only"),
        ("binlog-tail", source_node(ranges=times((T - DAY, T))), "fail", "saved up to"),
        ("full-backup", source_node(), "pass", "has one"),
        ("full-backup", source_node(backups=read((backup(T + 1), TAIL))), "fail", "No complete full backup before"),
        ("full-backup", source_node(backups=read((backup(T - 1, status="FAILED"),))), "fail", "rds-old-a"),
        ("full-backup", source_node(backups=read((backup(T - 1, type="incremental"),))), "fail", "rds-old-a"),
        ("full-backup", source_node(backups=refused()), "warn", "403"),
        ("policy-on", source_node(), "pass", "more than a day"),
        ("policy-on", source_node(policy=read(BackupPolicy(keep_days=0))), "warn", "are off: rds-old-a"),
        ("policy-on", source_node(policy=read(BackupPolicy(keep_days=1))), "warn", "rds-old-a at 2023-01-17 06:54:03 UTC"),
        ("policy-on", source_node(policy=read(BackupPolicy())), "warn", "does not say"),
        ("policy-on", source_node(policy=refused()), "warn", "403"),
        ("in-place-gap", source_node(), "pass", "No gaps"),
        ("in-place-gap", source_node(ranges=times((T - HOUR, T - MINUTE), (T - 2, T + HOUR))), "pass", "1 gaps"),
    ],
)  # fmt: skip
def test_each_state_of_a_node_has_its_result(check, node, status, shows):
    found = look(check, facts(node))
    assert (found.status, shows in found.detail) == (status, True), found.detail
    assert bool(found.hint) is (status in {"warn", "fail"})


def test_a_full_backup_that_failed_is_told_with_what_makes_them_fail():
    failed = tuple(backup(T - days * DAY, status="FAILED") for days in (2, 1, -1))
    found = look("full-backup", facts(source_node(backups=read((*failed, backup(T + HOUR))))))
    assert found.evidence == ("rds-old-a: the full backup of 2023-01-15 06:54:03 UTC has failed",)
    assert "more than 500,000 tables" in found.hint


def test_the_nearest_instants_of_all_nodes_together_are_told():
    one = source_node(ranges=times((T - DAY, T - HOUR), (T + HOUR, T + DAY)))
    other = source_node("old-b", ranges=times((T - 2 * DAY, T - 2 * HOUR + 500), (T - MINUTE, T + 2 * DAY)))
    both = facts(one, other)
    before, after = T - 2 * HOUR - 1000, T + HOUR + 1000
    assert nearest_legal(both) == (before, after)
    assert look("time-per-node", both).hint == (
        "The nearest instants that all data nodes can be recovered to: 2023-01-16 04:54:02 UTC and 2023-01-16 07:54:04 UTC."
    )
    assert len(look("time-per-node", both).evidence) == 2


def test_only_the_node_that_does_not_reach_the_instant_is_named_and_the_others_bound_the_nearest():
    inside, outside = (
        source_node(ranges=times((T - DAY, T + HOUR))),
        source_node("old-b", ranges=times((T + MINUTE, T + DAY))),
    )
    found = look("time-per-node", facts(inside, outside))
    assert found.detail == "2023-01-16 06:54:03 UTC is in no restorable range of rds-old-b."
    assert found.hint == "The nearest instants that all data nodes can be recovered to: 2023-01-16 06:55:04 UTC."


def test_nodes_without_a_common_instant_are_told_so():
    apart = facts(source_node(ranges=times((T - DAY, T - HOUR))), source_node("old-b", ranges=times((T + 1, T + DAY))))
    assert nearest_legal(apart) == (None, None)
    assert "no restorable instant in common" in look("time-per-node", apart).hint


def test_a_range_that_is_too_short_for_a_second_is_none():
    assert legal_ranges(source_node(ranges=times((T, T + 1999)))) == []
    assert legal_ranges(source_node(ranges=refused())) is None


def test_ddm_and_the_nodes_are_compared():
    assert look("ranges-agree", facts()).detail == "DDM and every data node list the point in time as restorable."
    assert look("ranges-agree", facts(ddm_ranges=read(()))).status == "fail"
    assert look("ranges-agree", facts(ddm_ranges=refused())).status == "warn"
    odd = look("ranges-agree", facts(source_node(ranges=times())))
    assert (odd.status, "although a data node does not" in odd.detail) == ("pass", True)
