"""What DDM sells is found by its name and by its id, which stays the same."""

from __future__ import annotations

import pytest

from ddmkit.simulator.rules.ddm_catalog import ENGINES, FLAVOURS, engine_id, engine_with, flavour_with


@pytest.mark.parametrize("engine", ENGINES, ids=lambda one: one.version)
def test_an_engine_is_found_by_version_and_by_id(engine) -> None:
    assert engine_with(engine.version) is engine_with(engine.id) is engine
    assert engine_id(engine.version) == engine.id


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda one: one.spec_code)
def test_a_flavour_is_found_by_spec_code_and_by_id(flavour) -> None:
    assert flavour_with(flavour.spec_code) is flavour_with(flavour.id) is flavour
    assert flavour.memory == 2 * flavour.cpus


@pytest.mark.parametrize("unknown", ["", "3.0.6", "ddm.c6.large", " 3.1.0.8"])
def test_what_is_not_sold_is_not_found(unknown: str) -> None:
    assert engine_with(unknown) is None
    assert flavour_with(unknown) is None


def test_ids_are_distinct_and_an_old_engine_has_one_too() -> None:
    ids = {one.id for one in (*ENGINES, *FLAVOURS)}
    assert len(ids) == len(ENGINES) + len(FLAVOURS)
    assert len(engine_id("2.3.2.11")) == 32
    assert engine_id("2.3.2.11") not in ids
