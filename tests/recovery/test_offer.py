"""What a new target is made of: only an engine that the service sells."""

from __future__ import annotations

import pytest

from ddmkit.recovery.offer import choose_engine
from ddmkit.recovery_models.ddm import Engine


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
