"""Versions compare as numbers, and only where that can be told."""

from __future__ import annotations

import pytest

from ddmkit.models import (
    is_below,
    version_key,
)


def test_versions_compare_as_numbers() -> None:
    assert version_key("3.0.10") > version_key("3.0.8.5") > version_key("3.0.8") > version_key("2.3.2.11")
    assert version_key(" 3.0.8.0 ") == version_key("3.0.8") == (3, 0, 8)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.0.7", True),
        ("2.9", True),
        ("3.0.7.9", True),
        ("3.0.8", False),
        ("3.1", False),
        ("3.0.8.0", False),
        ("3.0", None),  # any of 3.0.7 and 3.0.9
        ("3", None),
        ("3.0.x", None),
        ("", None),
    ],
)
def test_a_version_is_below_another_only_where_that_can_be_told(version: str, expected: bool | None) -> None:
    assert is_below(version, "3.0.8") is expected


@pytest.mark.parametrize("version", ["", "3.0.x", "v3", "3..8", "-1", "²"])
def test_what_is_no_version_has_no_key(version: str) -> None:
    assert version_key(version) is None
