"""The clock of a world, running or stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ddmkit.simulator import World
from ddmkit.simulator.storage.clock import STEP_MS, from_ms, to_ms, wire_time

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def test_a_running_clock_keeps_its_offset_to_the_machine(tmp_path: Path) -> None:
    machine = [1_000_000]
    world = World(tmp_path / "w", machine=lambda: machine[0])
    world.advance(timedelta(seconds=5))
    machine[0] += 250
    assert world.clock.now_ms() == 1_005_250
    world.clock.step()
    assert world.clock.now_ms() == 1_005_250
    world.close()


def test_a_stopped_clock_moves_only_by_reads_and_by_hand(tmp_path: Path) -> None:
    world = World(tmp_path / "w", now=NOON)
    world.clock.step()
    world.advance(timedelta(milliseconds=7))
    assert world.clock.now_ms() == to_ms(NOON) + STEP_MS + 7
    world.close()


def test_two_openings_of_a_world_agree_on_the_time(tmp_path: Path) -> None:
    first, second = World(tmp_path / "w", now=NOON), World(tmp_path / "w")
    first.advance(timedelta(hours=1))
    assert second.clock.now_ms() == to_ms(NOON + timedelta(hours=1))
    first.close()
    second.close()


def test_formatted_times_have_an_offset_without_colon() -> None:
    assert wire_time(1_747_728_424_956) == "2025-05-20T08:07:04+0000"
    assert wire_time(None) == ""


def test_milliseconds_survive_and_zones_are_respected() -> None:
    local = datetime(2026, 5, 20, 14, 0, 0, 123_000, tzinfo=timezone(timedelta(hours=2)))
    assert from_ms(to_ms(local)) == local


def test_a_naive_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        World(tmp_path / "w", now=datetime(2026, 5, 20))
