from __future__ import annotations

import pytest

from ddmkit.restore.proofs.instants import is_instant_ms, is_same_second, show_ms


@pytest.mark.parametrize(
    ("number", "fits"),
    [(1_673_852_043_000, True), (1_673_852_043, False), (10**15, False), (-5, False), (None, False), (10**11, True)],
)
def test_only_milliseconds_are_instants(number, fits):
    assert is_instant_ms(number) is fits


def test_instants_are_shown_with_milliseconds_where_they_have_some():
    assert show_ms(1_673_852_043_000) == "2023-01-16 06:54:03 UTC"
    assert show_ms(1_673_852_043_007) == "2023-01-16 06:54:03.007 UTC"
    assert show_ms(10**17) == "100000000000000000 ms"


def test_a_second_ends_where_the_next_begins():
    assert is_same_second(1_673_852_043_000, 1_673_852_043_999)
    assert not is_same_second(1_673_852_043_000, 1_673_852_042_999)
