"""The sizes of waves, and settings that cannot be right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddmkit.errors import InputError
from ddmkit.fleet.waves import read_settings, read_waves, split_into_waves, wave_of


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("1,5,rest", [1, 5, "rest"]),
        (" 1 ; 5 , rest ", [1, 5, "rest"]),
        ("\N{SUPERSCRIPT TWO}, rest", ["\N{SUPERSCRIPT TWO}", "rest"]),  # a digit of Unicode that is no number
        ("1, many", [1, "many"]),
        ("", [""]),
    ],
)
def test_typed_waves_are_read_and_what_is_no_number_is_refused_by_its_name(text, sizes):
    assert read_waves(text) == sizes
    wrong = [size for size in sizes if isinstance(size, str) and size != "rest"]
    if wrong:
        with pytest.raises(InputError, match=f"'{wrong[0]}' is no size of a wave"):
            split_into_waves(9, sizes)


@pytest.mark.parametrize(
    ("count", "waves", "sizes"),
    [
        (37, [1, 5, "rest"], (1, 5, 31)),
        (6, [1, 5, "rest"], (1, 5)),
        (3, [1, 5, "rest"], (1, 2)),
        (1, [1, 5, "rest"], (1,)),
        (4, ["rest"], (4,)),
        (4, [2, 2], (2, 2)),
    ],
)
def test_a_table_is_split(count, waves, sizes):
    assert split_into_waves(count, waves) == sizes


@given(st.integers(1, 1000), st.lists(st.integers(1, 50), max_size=6))
def test_every_row_is_in_one_wave_and_in_order(count, waves):
    sizes = split_into_waves(count, [*waves, "rest"])
    assert sum(sizes) == count
    placed = [wave_of(number, sizes) for number in range(count)]
    assert placed == sorted(placed)
    assert [placed.count(wave) for wave in range(len(sizes))] == list(sizes)


@pytest.mark.parametrize(
    ("waves", "said"),
    [
        ([], "is no list of sizes"),
        ("rest", "is no list of sizes"),
        ([0, "rest"], "'0' is no size"),
        ([-1], "'-1' is no size"),
        ([True, "rest"], "'True' is no size"),
        ([1.5], "'1.5' is no size"),
        (["rest", 5], "'rest' is no size"),
        ([1, 2], "7 of 10 rows are in no wave"),
    ],
)
def test_sizes_that_cannot_be_right_are_refused(waves, said):
    with pytest.raises(InputError, match=said):
        split_into_waves(10, waves)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ((0, 3, "wave"), "cap"),
        ((-2, 3, "wave"), "cap"),
        ((True, 3, "wave"), "cap"),
        ((8, 0, "wave"), "stop_after"),
        ((8, 3, "x"), "gate"),
    ],
)
def test_a_cap_of_zero_and_other_settings_are_refused(given, field):
    with pytest.raises(InputError) as told:
        read_settings(*given)
    assert told.value.field == field
