"""Which world ``ddmkit lab`` uses: new or not, what there was before, and how to go back to that."""

import os
from datetime import UTC, datetime

import pytest

from ddmkit.cli.worlds import describe_world, find_worlds

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
YESTERDAY, BEFORE = datetime(2026, 5, 19, 18, 5, tzinfo=UTC), datetime(2026, 5, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    for name, changed in (("20260519-170000", YESTERDAY), ("20260512-080000", BEFORE)):
        world = tmp_path / "simulator" / name / "world.sqlite"
        world.parent.mkdir(parents=True)
        world.touch()
        os.utime(world, (changed.timestamp(), changed.timestamp()))
    return tmp_path


def test_the_worlds_of_folders_are_found_each_once_the_newest_first(folder):
    found = find_worlds(folder, folder / ".." / folder.name, folder / "simulator")
    assert [one.changed for one in found] == [YESTERDAY, BEFORE]


def test_a_new_world_is_said_to_be_new_and_the_one_of_yesterday_is_named_with_the_command(folder):
    said = describe_world(folder / "new.sqlite", find_worlds(folder), NOW, named_by="--world", again="ddmkit lab here")
    assert f"Simulated world, with its records: {folder / 'new.sqlite'}\nIt is NEW" in said
    assert "Kept from before: 2 worlds, the last one changed 2026-05-19 18:05:00 UTC (17 h 55 min ago)." in said
    assert f"\n  ddmkit lab here --world {folder}/simulator/20260519-170000/world.sqlite" in said


def test_the_first_world_of_all_names_no_other(tmp_path):
    said = describe_world(tmp_path / "new.sqlite", find_worlds(tmp_path), NOW, named_by="", again="ddmkit lab")
    assert said.splitlines()[1:] == ["It is NEW: what was done in an earlier world is not in it."]


def test_a_world_that_exists_is_said_not_to_be_new_with_its_time_and_what_has_named_it(folder):
    found = find_worlds(folder)
    said = describe_world(found[1].path, found, NOW, named_by="DDMKIT_DEMO_WORLD", again="ddmkit lab")
    assert "It is not new: last changed 2026-05-12 09:00:00 UTC" in said
    assert "It was named by DDMKIT_DEMO_WORLD; without that, each start makes a new world." in said
    assert "--world" not in said
