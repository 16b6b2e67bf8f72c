"""What a page says about where it works."""

import pytest

import ddmkit
from ddmkit.guide.overview import show_where


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
