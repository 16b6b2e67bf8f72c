"""The rebuilt world of a drill lives in a temporary folder that is removed in every case."""

from __future__ import annotations

import gc

import pytest

import ddmkit
from ddmkit.handles.drill.prepare import WorldFolder, world_file


def test_a_world_is_removed_with_its_drill(kit, source):
    drill = kit.drill(source)
    world = world_file(drill._prepared)
    assert world.exists()
    del drill
    gc.collect()
    assert not world.parent.exists()


def test_a_world_is_removed_when_planning_fails(monkeypatch, kit, source):
    made = []
    monkeypatch.setattr("ddmkit.handles.drill.prepare.WorldFolder", lambda: made.append(WorldFolder()) or made[-1])
    with pytest.raises(ddmkit.DDMKitError):
        kit.drill("d853b3f6021f0b0bdf3e9ac3ea3417ffin09")
    (folder,) = made
    assert not folder.world.parent.exists()


def test_a_record_of_another_service_is_for_the_simulator_only(kit, tmp_path):
    record = ddmkit.read_record("tests/samples/recovery-v2.ddmrecord.json")
    with pytest.raises(ddmkit.InputError, match="this is project"):
        kit.drill(record, on="cloud")
    assert kit.drill(record).ready
