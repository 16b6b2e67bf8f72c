"""The restorable ranges of an instance."""

from __future__ import annotations

from dataclasses import replace

from ddmkit.simulator.rules.ranges import DAY_MS, LAG_MS, contains, intersect, restorable_ranges
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.world.builder import WorldBuilder

NOW = 1_779_269_400_000
DRAFT = WorldBuilder(Seed("ranges"), NOW)
INSTANCE = DRAFT.instance("source", created=NOW - 60 * DAY_MS)
NODE = DRAFT.data_node("node", created=NOW - 60 * DAY_MS)


def test_a_node_reaches_back_as_far_as_its_backups_are_kept() -> None:
    assert restorable_ranges(INSTANCE, [NODE], NOW) == [(NOW - 7 * DAY_MS, NOW - LAG_MS)]
    assert restorable_ranges(INSTANCE, [replace(NODE, keep_days=2)], NOW) == [(NOW - 2 * DAY_MS, NOW - LAG_MS)]


def test_the_instance_cannot_be_restored_to_before_its_birth_or_after_its_end() -> None:
    young = replace(INSTANCE, created=NOW - DAY_MS)
    assert restorable_ranges(young, [NODE], NOW)[0][0] == NOW - DAY_MS
    assert restorable_ranges(replace(INSTANCE, deleted=NOW - DAY_MS), [NODE], NOW)[-1][1] == NOW - DAY_MS


def test_a_gap_of_any_node_splits_the_range() -> None:
    gap = replace(NODE, gaps=f"[[{NOW - 3 * DAY_MS}, {NOW - 2 * DAY_MS}]]")
    ranges = restorable_ranges(INSTANCE, [NODE, gap], NOW)
    assert len(ranges) == 2
    assert not contains(ranges, NOW - 3 * DAY_MS)
    assert not contains(ranges, NOW - 2 * DAY_MS)
    assert contains(ranges, NOW - 3 * DAY_MS - 1000)
    assert contains(ranges, NOW - 2 * DAY_MS + 1000)


def test_a_lost_node_ends_the_range() -> None:
    lost = replace(NODE, pitr_until=NOW - DAY_MS)
    assert restorable_ranges(INSTANCE, [NODE, lost], NOW)[-1][1] == NOW - DAY_MS


def test_without_nodes_there_is_no_range() -> None:
    assert restorable_ranges(INSTANCE, [], NOW) == []


def test_ranges_are_cut_to_seconds_that_can_really_be_chosen() -> None:
    ranges = restorable_ranges(replace(INSTANCE, created=NOW - DAY_MS + 1), [NODE], NOW + 999)
    assert ranges == [(NOW - DAY_MS + 1000, NOW - LAG_MS)]


def test_lists_that_do_not_meet_share_nothing() -> None:
    assert intersect([(1, 2), (5, 9)], [(3, 4), (9, 12)]) == [(9, 9)]
