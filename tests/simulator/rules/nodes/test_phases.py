"""The phases of an RDS instance follow from the clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ddmkit.simulator import World
from ddmkit.simulator.rules.nodes.phases import NEVER_MS, NodeTimes, as_shown, has_address, is_changing, rds_status
from ddmkit.simulator.storage.clock import WorldClock
from ddmkit.simulator.storage.schema import DataNode

NODE = DataNode("i", "n", 100, "v", "v", "s", "g", "172.16.0.9", ready_at=200, quiet_at=300, address_at=250)


@pytest.mark.parametrize(
    ("now", "status", "addressed", "changing", "shown"),
    [
        (150, "BUILD", False, True, ("creating", "")),
        (200, "BACKING UP", False, True, ("normal", "")),
        (250, "BACKING UP", True, True, ("normal", "172.16.0.9")),
        (300, "ACTIVE", True, False, ("normal", "172.16.0.9")),
    ],
)
def test_each_phase_has_its_words(now: int, status: str, addressed: bool, changing: bool, shown: tuple[str, str]) -> None:
    assert (rds_status(NODE, now), has_address(NODE, now), is_changing(NODE, now)) == (status, addressed, changing)
    assert (as_shown(NODE, now).status, as_shown(NODE, now).private_ip) == shown


def test_a_failed_one_never_gets_an_address_and_ddm_sees_that() -> None:
    failed = replace(NODE, failed=True)
    assert rds_status(failed, 220) == "CREATE FAIL"
    assert (is_changing(failed, 150), is_changing(failed, 220)) == (True, False)
    assert (as_shown(failed, 400).status, as_shown(failed, 400).private_ip) == ("createfail", "")


def test_a_stuck_one_stays_unfinished_so_that_who_waits_sees_time_pass() -> None:
    stuck = replace(NODE, ready_at=NEVER_MS, quiet_at=NEVER_MS, address_at=NEVER_MS)
    assert rds_status(stuck, 10**12) == "BUILD"
    assert is_changing(stuck, 10**12)


@pytest.mark.parametrize(("status", "word"), [("normal", "ACTIVE"), ("abnormal", "FAILED"), ("frozen", "FROZEN")])
def test_an_old_one_has_the_word_of_its_status(status: str, word: str) -> None:
    old = replace(NODE, ready_at=None, quiet_at=None, address_at=None, status=status)
    assert rds_status(old, 0) == word
    assert as_shown(old, 0) == old
    assert has_address(old, 0)


def test_speed_divides_the_times(world: World) -> None:
    usual, fast = (NodeTimes.of(world.clock, speed) for speed in (1.0, 4.0))
    assert fast.recovery * 4 == usual.recovery == 60_000
    running = NodeTimes.of(WorldClock(World(world.path.parent / "running.sqlite").storage), 1.0)
    assert 2_000 <= running.recovery + running.first_backup <= 3_000
