"""Pages open on the service that their parameters name, and on no other."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.guide.factory import open_fleet, open_guide, open_recovery


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch):
    for name in ("DDMKIT_ENDPOINT", "DDMKIT_DEMO_WORLD", "DDMKIT_RECORDS", "DDMKIT_TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def opened():
    guides = []
    yield lambda guide: guides.append(guide) or guide
    for guide in guides:
        guide.kit.close()


@pytest.mark.parametrize(
    ("before", "scenario", "story"),
    [
        ("", "", "whole-incident"),
        ("", "half-recovered", "half-recovered"),
        ("half-recovered", "", "half-recovered"),
    ],
    ids=["a new world", "a named story", "a world that is there"],
)
def test_a_page_tells_its_usual_story_only_to_a_new_world(tmp_path, opened, before, scenario, story):
    world = tmp_path / "world.sqlite"
    if before:
        ddmkit.demo(before, world=world).close()
    assert opened(open_recovery(world=str(world), scenario=scenario)).kit.simulator.scenario_name == story


@pytest.mark.parametrize(
    ("service", "scenario", "faults", "told"),
    [
        ("", "", (), r"service: is empty"),
        ("moon", "", (), r"service: 'moon' is neither 'simulator', a region with DDM"),
        ("https://ddm.example.com", "", (), r"^service: .*DDMKIT_ENDPOINT"),
        ("cn-north-4", "old-backup", (), r"scenario: 'cn-north-4' is not the simulator"),
        ("cn-north-4", "", ("slow",), r"faults: 'cn-north-4' is not the simulator"),
    ],
)
def test_a_service_that_is_not_configured_here_is_refused(service, scenario, faults, told):
    with pytest.raises(ddmkit.InputError, match=told):
        open_guide(service, scenario=scenario, faults=faults)


def test_an_empty_page_is_filled_in_from_the_scenario_and_keeps_what_was_typed(tmp_path, opened):
    guide = opened(open_guide(world=str(tmp_path / "w.sqlite"), target="my-target", time_zone="Europe/Berlin"))
    facts = guide.kit.scenario
    assert (guide.given_parameters.source, guide.given_parameters.target) == ("", "my-target")
    assert (guide.parameters.source, guide.parameters.target) == (facts.source, "my-target")
    assert guide.parameters.time_zone == "Europe/Berlin"
    assert not guide.in_new_world


@pytest.mark.parametrize("open_page", [open_guide, open_recovery, open_fleet])
def test_a_parameter_that_is_no_text_is_named_before_anything_is_opened(open_page, tmp_path):
    with pytest.raises(ddmkit.InputError, match=r"^scenario: "):
        open_page(world=str(tmp_path / "w.sqlite"), scenario=7)
    assert list(tmp_path.iterdir()) == []


def test_a_page_with_a_malformed_parameter_closes_the_world_that_it_opened(tmp_path):
    for open_page, wrong in ((open_guide, {"data_nodes": 7}), (open_recovery, {"nodes": "x"})):
        world = tmp_path / f"{open_page.__name__}.sqlite"
        with pytest.raises(ddmkit.InputError):
            open_page(world=str(world), **wrong)
        with ddmkit.demo(world=world) as kit:  # not held by the page that failed
            assert len(kit.instances()) > 0


def test_a_page_of_a_recovery_keeps_what_was_given(tmp_path, opened):
    guide = opened(open_recovery(world=str(tmp_path / "w.sqlite"), throwaway=True))
    assert (guide.given.throwaway, guide.given.target) == (True, "new")


def test_a_page_of_a_fleet_has_the_rows_of_its_scenario_unless_a_table_is_given(tmp_path, opened):
    guide = opened(open_fleet(world=str(tmp_path / "w.sqlite"), waves="2, rest"))
    assert len(guide.table) == 6
    assert guide.settings["waves"] == [2, "rest"]
    rows = list(guide.table)[:2]
    assert opened(open_fleet(world=str(tmp_path / "w.sqlite"), table=rows)).table == rows
