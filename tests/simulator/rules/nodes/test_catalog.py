"""What RDS sells covers what the scenarios use."""

from __future__ import annotations

import pytest

from ddmkit.simulator import SCENARIOS, World
from ddmkit.simulator.rules.ddm_catalog import engine_with, flavour_with
from ddmkit.simulator.rules.nodes.catalog import FLAVOURS, INSTANCE_QUOTA, STORAGE_TYPES, ZONES, flavour_named
from ddmkit.simulator.storage.schema import DataNode, Instance
from tests.simulator.recovery import NOW


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_source_can_be_copied(name: str, tmp_path: object) -> None:
    world = World(tmp_path / "world.sqlite", name, NOW)  # type: ignore[operator]
    for node in world.storage.every(DataNode):
        flavour = flavour_named(node.flavor_ref)
        assert flavour is not None
        assert (flavour.mode == "ha") == (node.ha_mode == "Ha")
        assert node.volume_type in STORAGE_TYPES
        assert set(node.zones.split(",")) <= set(ZONES)
    assert world.storage.count("SELECT count(*) FROM data_nodes") + 150 < INSTANCE_QUOTA
    source = world.storage.one(Instance, "id = ?", (world.outline.source,))
    assert source is not None
    assert engine_with(source.engine_version)
    assert flavour_with(source.flavor_ref)
    world.close()


def test_spec_codes_and_ids_are_unique() -> None:
    assert len({flavour.spec_code for flavour in FLAVOURS}) == len(FLAVOURS)
    assert flavour_named("none") is None
    assert flavour_with("none") is None
    assert engine_with("none") is None
