"""The front of the records: its names, each imported when it is first used."""

from __future__ import annotations

import pytest

import ddmkit.records


def test_every_name_resolves_and_is_named_so_at_home():
    assert ddmkit.records.__all__ == sorted(ddmkit.records.__all__)
    for name in ddmkit.records.__all__:
        assert getattr(ddmkit.records, name).__name__ == name


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="frobnicate"):
        _ = ddmkit.records.frobnicate
