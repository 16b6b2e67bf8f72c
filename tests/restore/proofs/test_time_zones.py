from __future__ import annotations

import pytest

from ddmkit.restore.proofs.time_zones import describe_time_zones


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        ((), ""),
        ((("a", "UTC"), ("b", "UTC+00:00"), ("c", "")), ""),
        ((("a", "UTC+08:00"), ("b", "UTC"), ("c", "UTC+08:00")), "UTC for b; UTC+08:00 for a, c"),
    ],
)
def test_only_a_difference_that_is_known_is_told(zones, told):
    assert describe_time_zones(zones) == told
