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
