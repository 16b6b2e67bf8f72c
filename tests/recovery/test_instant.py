"""The one instant of a recovery: a whole second, never after what was typed, never before a backup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddmkit.recovery.instant import RecoveryInstant, at_or_after, cut_to_second

WHOLE = datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC)
instants = st.datetimes(datetime(1970, 1, 1), datetime(8999, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("given_instant", "ms"),
    [
        (WHOLE, 1673852043000),
        (WHOLE + timedelta(milliseconds=1), 1673852043000),
        (WHOLE + timedelta(milliseconds=999), 1673852043000),
        (WHOLE - timedelta(microseconds=1), 1673852042000),
    ],
)
def test_a_fraction_is_cut_to_the_earlier_second(given_instant, ms):
    assert cut_to_second(given_instant).ms == ms


def test_the_instant_after_a_backup_is_the_next_whole_second():
    assert at_or_after(WHOLE).ms == 1673852043000
    assert at_or_after(WHOLE + timedelta(microseconds=1)).ms == 1673852044000


def test_a_change_is_told_in_words_and_none_in_silence():
    cut = cut_to_second(WHOLE + timedelta(milliseconds=500))
    assert "2023-01-16T06:54:03.500000Z was cut to the whole second 2023-01-16 06:54:03 UTC" in cut.change_words
    assert "was raised to the whole second" in at_or_after(WHOLE + timedelta(milliseconds=1)).change_words
    assert cut_to_second(WHOLE).change_words == ""


@given(instants)
def test_a_recovery_never_reaches_past_the_instant_that_was_typed_nor_before_a_backup(instant):
    earlier, later = cut_to_second(instant), at_or_after(instant)
    assert earlier.ms % 1000 == later.ms % 1000 == 0
    assert earlier.moment <= instant < earlier.moment + timedelta(seconds=1)
    assert instant <= later.moment < instant + timedelta(seconds=1)


@given(instants)
def test_an_instant_keeps_its_integer_on_the_record(instant):
    one = cut_to_second(instant)
    assert RecoveryInstant.model_validate_json(one.model_dump_json()) == one
