"""Reproducible ids."""

from __future__ import annotations

from ddmkit.simulator.storage.ids import Seed


def test_ids_have_the_documented_shapes() -> None:
    seed = Seed("dropped-schema")
    assert [len(make("x")) for make in (seed.instance, seed.data_node, seed.backup)] == [36, 36, 36]
    assert seed.instance("x").endswith("in09")
    assert seed.data_node("x").endswith("in01")
    assert seed.backup("x").endswith("br09")


def test_the_same_names_give_the_same_ids_and_other_scenarios_others() -> None:
    assert Seed("a").instance("x") == Seed("a").instance("x")
    assert Seed("a").instance("x") != Seed("b").instance("x")
    assert Seed("a").credentials() == Seed("a").credentials()


def test_each_generation_has_its_own_token() -> None:
    assert len({Seed("a").token(generation) for generation in range(5)}) == 5


def test_numbers_stay_below_their_limit() -> None:
    assert {Seed("a").number(3, name) for name in range(50)} == {0, 1, 2}
