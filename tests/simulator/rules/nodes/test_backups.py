"""Backups and recovery ranges of RDS instances."""

from __future__ import annotations

from dataclasses import replace

from ddmkit.simulator.rules.nodes.backups import backup_by_id, backups_of, recovery_ranges, window_start
from ddmkit.simulator.rules.ranges import DAY_MS, LAG_MS
from ddmkit.simulator.storage.schema import DataNode

NOW = 1_779_269_400_000
NODE = DataNode("i", "n", NOW - 30 * DAY_MS, "v", "v", "s", "g", "172.16.0.9")


def test_every_day_has_a_full_backup_after_the_start_of_the_window() -> None:
    full = backups_of(NODE, NOW, "auto")
    assert len(full) == 8
    assert {one.begin % DAY_MS for one in full} == {window_start(NODE)} == {19 * 3_600_000}
    assert [one.end for one in full] == sorted((one.end for one in full), reverse=True)


def test_every_instant_of_the_ranges_has_a_full_backup_before_it_and_logs_up_to_it() -> None:
    ((start, end),) = recovery_ranges(NODE, NOW)
    assert (start, end) == (NOW - 7 * DAY_MS, NOW - LAG_MS)
    assert min(one.end for one in backups_of(NODE, NOW, "auto")) <= start
    increments = backups_of(NODE, NOW, "incremental", end - 3_600_000, end)
    assert len(increments) in {11, 12}
    assert all(one.end - one.begin == 300_000 for one in increments)


def test_gaps_and_a_last_instant_narrow_the_ranges() -> None:
    node = replace(NODE, gaps=f"[[{NOW - 3 * DAY_MS}, {NOW - 2 * DAY_MS}]]", pitr_until=NOW - DAY_MS)
    assert recovery_ranges(node, NOW) == [
        (NOW - 7 * DAY_MS, NOW - 3 * DAY_MS - 1),
        (NOW - 2 * DAY_MS + 1, NOW - DAY_MS),
    ]


def test_a_new_instance_has_no_range_before_its_first_backup() -> None:
    node = replace(NODE, created=NOW, ready_at=NOW + 60_000, quiet_at=NOW + 90_000)
    assert recovery_ranges(node, NOW + 70_000) == []
    assert backups_of(node, NOW + 30_000) == []
    later = NOW + DAY_MS
    assert recovery_ranges(node, later) == [(NOW + 60_000, later - LAG_MS)]
    assert backups_of(node, later, "auto")[-1].end == NOW + 90_000


def test_without_automated_backups_there_is_nothing() -> None:
    node = replace(NODE, keep_days=0)
    assert (recovery_ranges(node, NOW), backups_of(node, NOW)) == ([], [])


def test_a_backup_is_found_by_its_id() -> None:
    chosen = backups_of(NODE, NOW, "auto")[3]
    assert backup_by_id(NODE, chosen.id, NOW) == chosen
    assert backup_by_id(NODE, "nothing", NOW) is None
    assert chosen.id.endswith("br01")
