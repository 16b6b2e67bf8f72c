"""A kit on a rebuilt world writes to the store of the kit that holds the drill, and its clock has moved on."""

from __future__ import annotations

from datetime import timedelta

import pytest

import ddmkit
from ddmkit.handles.drill.stage import Stage, on_stage
from ddmkit.kit import Kit
from ddmkit.records.address import StoreAddress


def test_it_shares_the_store_and_is_closed_at_the_end(kit, tmp_path):
    world = kit.simulator.world_path
    now = kit.now()
    kit.close()
    stage = Stage(Kit, StoreAddress.of(tmp_path / "shared.sqlite"), "ada")
    with on_stage(stage, world, faults=["job-fails"], zone="Europe/Berlin", later=timedelta(minutes=5)) as opened:
        assert opened.now() == now + timedelta(minutes=5)
        assert (opened.operator, opened.settings.time_zone) == ("ada", "Europe/Berlin")
        assert "shared.sqlite" in opened.records.location
    assert opened.closing.has_begun


def test_a_kit_that_cannot_be_made_leaves_no_simulator(kit, tmp_path):
    world = kit.simulator.world_path
    kit.close()
    with (
        pytest.raises(ddmkit.InputError),
        on_stage(Stage(Kit, StoreAddress.of(tmp_path / "r.sqlite"), "ada"), world, zone="Mars/Olympus"),
    ):
        pytest.fail("was opened")
