"""What a new target is made of: only what the service's lists sell."""

from __future__ import annotations

import pytest

from ddmkit.recovery.offer import choose_engine, describe_sold, find_flavor, zones_without
from ddmkit.recovery_models.ddm import Engine
from tests.recovery.builders import target_flavor


@pytest.mark.parametrize(
    ("source", "sold", "chosen"),
    [
        ("3.0.8.5", ["3.1.7.0", "3.0.8.5", "3.1.5.0"], "3.0.8.5"),
        ("3.0.8.5", ["3.1.7.0", "3.0.8", "3.1.5.0"], "3.1.5.0"),
        ("3.1.10.0", ["3.1.9.0", "3.1.11.0"], "3.1.11.0"),
        ("2.3.2.11", ["2.3.2.11", "3.0.7.9", "3.0.9"], "3.0.9"),
        ("", ["3.0.8", "3.1.0"], "3.0.8"),
        ("3.2.0", ["3.1.7.0", "unknown"], ""),
        ("3.2.0", [], ""),
    ],
)
def test_the_sources_own_engine_or_the_next_newer_one(source, sold, chosen):
    assert choose_engine(source, [Engine(version=one) for one in sold]) == chosen


def test_a_flavour_is_found_by_its_code_or_by_its_id():
    listed = [target_flavor("ddm.large.4"), target_flavor("ddm.xlarge.4")]
    assert find_flavor("ddm.xlarge.4", listed) is listed[1]
    assert find_flavor("id-of-ddm.large.4", listed) is listed[0]
    assert find_flavor("ddm.small", listed) is None


def test_what_is_sold_out_in_a_zone_is_not_offered():
    listed = [target_flavor("ddm.large.4"), target_flavor("ddm.huge.4", zone_b="sellout")]
    assert zones_without(listed[1], ["zone-a", "zone-b", "zone-c"]) == ("zone-b", "zone-c")
    assert describe_sold(listed, ["zone-a", "zone-b"]) == "ddm.large.4"
    assert describe_sold(listed, ["zone-c"]) == "none"
    assert describe_sold([target_flavor(f"f{i}") for i in range(10)], [], most=2) == "f0, f1, and 8 more"
