"""What a page says about where it works."""

import pytest

import ddmkit
from ddmkit.guide.overview import describe_scenario, show_where


@pytest.mark.parametrize(
    ("time_zone", "expected"),
    [
        ("", "a time in the parameters needs an offset"),
        ("Europe/Berlin", "a time in the parameters is read in Europe/Berlin"),
    ],
)
def test_a_page_says_how_a_time_without_an_offset_is_read(tmp_path, time_zone, expected):
    with ddmkit.demo(world=tmp_path / "world.sqlite") as kit:
        assert expected in show_where(kit, time_zone).text


def test_a_world_in_which_nothing_is_prepared_points_to_the_whole_recovery(tmp_path):
    with ddmkit.demo("whole-incident", world=tmp_path / "world.sqlite") as kit:
        told = describe_scenario(kit, picture=False).text
    assert "TARGET: nothing is prepared here" in told
    assert "RecoveryForm(kit)" in told


def test_the_world_of_a_server_is_shared_by_its_pages_and_any_other_has_to_be_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ddmkit.demo(world=tmp_path / "world.sqlite") as kit:
        for value, said in (
            ("world.sqlite", "(set `world` to it to use this world on any page)"),
            ("", "(set `world` to it to use this world on any page)"),
            (str(kit.simulator.world_path), "(all pages of this server share it)"),
            ("/elsewhere/world.sqlite", "(set `world` to it to use this world on any page)"),
        ):
            monkeypatch.setenv("DDMKIT_DEMO_WORLD", value)
            assert said in show_where(kit, "UTC").text
