"""Durations as people write them."""

from datetime import timedelta

import pytest

from ddmkit.drills.goals import Goals, read_duration
from ddmkit.errors import InputError


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("30min", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        ("1h 30min", timedelta(minutes=90)),
        (" 90d ", timedelta(days=90)),
        ("45 s", timedelta(seconds=45)),
        (timedelta(minutes=5), timedelta(minutes=5)),
    ],
)
def test_a_duration_is_read(given, read):
    assert read_duration(given, "rto") == read


@pytest.mark.parametrize(
    "given", ["", "30", "30m", "half an hour", "1h or so", "-1h", "0min", 30, None, timedelta(0), "9" * 20 + "d"]
)
def test_anything_else_is_refused_with_the_name_of_the_argument(given):
    with pytest.raises(InputError, match="rto"):
        read_duration(given, "rto")


def test_goals_are_data():
    goals = Goals(rto=timedelta(minutes=30), rpo=timedelta(hours=24))
    assert Goals.model_validate(goals.model_dump(mode="json")) == goals
