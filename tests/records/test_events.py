from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from ddmkit.errors import RecordError
from ddmkit.records.events import (
    Event,
    canonical_json,
    chain_event,
    event_sha256,
    hash_plain,
    plain_text,
    write_moment,
)

NOON = datetime(2025, 5, 20, 12, 0, tzinfo=UTC)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def make_event(**changes):
    return chain_event(
        **{"seq": 1, "at": NOON, "kind": "checked", "data": {"b": 1, "a": [True]}, "prev_sha256": "0", **changes}
    )


def test_canonical_json_sorts_keys_and_leaves_no_blanks():
    assert canonical_json({"b": [1, None], "a": "ü", "c": (False,)}) == '{"a":"ü","b":[1,null],"c":[false]}'


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (2**53 - 1, "9007199254740991"),
        (2**53, '"9007199254740992"'),
        (-(2**60), '"-1152921504606846976"'),
        (1e16, '"1e+16"'),
        (1.0, "1"),
        (-0.0, "0"),
        (1e-7, "1e-7"),
        (0.1, "0.1"),
        (True, "true"),
    ],
)
def test_numbers_are_written_as_doubles_and_those_too_large_for_that_as_text(number, written):
    assert canonical_json({"n": number}) == f'{{"n":{written}}}'


def test_keys_are_sorted_as_rfc_8785_wants_it_by_utf_16():
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2, "a": 3}) == '{"a":3,"\U0001f600":2,"\ufb33":1}'


@pytest.mark.parametrize("value", [2**53, 1e16, "a\0", "a\ud800", float("nan"), [float("inf")]])
def test_what_was_never_written_so_has_no_hash(value):
    with pytest.raises(RecordError):
        hash_plain({"value": value})


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1, 1) | st.floats(-(2**53) + 1, 2**53 - 1)
TREES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=12
)


@given(TREES)
@example({"\ue000": 1, "\U00010000": 2, "\ud7ff": 3, "\x7f\u2028": "\x1f\x7f\u2028"})
@example([1e-5, -1.5e-7, 1e-6, 0.0001, 5e-324, -0.0, 1.0, 2.0**53 - 1, 4503599627370495.5])
@example(1e-7)
@example({"a": 1e-7, "b": "x:1e-7,", "c": [-2.5e-9]})
def test_canonical_json_is_that_of_the_library_written_for_it(value):
    assert canonical_json(value) == rfc8785.dumps(value).decode("utf-8")


def test_canonical_json_writes_aware_times_in_utc():
    berlin = timezone(timedelta(hours=2))
    assert canonical_json(datetime(2025, 5, 20, 12, 0, 1, 500, tzinfo=berlin)) == '"2025-05-20T10:00:01.000500Z"'


def test_canonical_json_writes_what_an_enumeration_stands_for():
    assert canonical_json({"colour": Enum("Colour", {"RED": "red"}).RED}) == '{"colour":"red"}'


def test_lone_surrogates_and_nul_are_spelled_out_rather_than_lost():
    assert plain_text("a\ud800b\0c") == "a\\ud800b\\x00c"
    assert canonical_json({"\ud800": "\udfff"}) == '{"\\\\ud800":"\\\\udfff"}'


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        datetime(2025, 5, 20),
        {1: "a"},
        {"a": {1, 2}},
        object(),
        b"bytes",
        [10**5000],
    ],
)
def test_what_has_no_plain_json_is_refused(value):
    with pytest.raises(RecordError, match="no plain JSON"):
        canonical_json({"value": value})


def test_nesting_without_end_is_refused():
    value = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(RecordError, match="deeper than 100"):
        canonical_json(value)


def test_a_refusal_names_the_type_and_never_the_value():
    with pytest.raises(RecordError) as caught:
        canonical_json({"token": SecretStr("hunter2-hunter2")})
    assert "SecretStr" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@given(PLAIN)
def test_what_was_written_reads_back_and_has_the_same_text_again(value):
    event = make_event(data={"value": value})
    assert canonical_json(event.data) == canonical_json({"value": value})
    assert event_sha256(Event.model_validate(event.model_dump(mode="json"))) == event.sha256


@pytest.mark.parametrize(
    "change",
    [{"seq": 2}, {"at": NOON + timedelta(milliseconds=1)}, {"kind": "planned"}, {"data": {}}, {"prev_sha256": "1"}],
)
def test_each_field_counts_in_the_hash(change):
    assert make_event(**change).sha256 != make_event().sha256


def test_the_hash_can_be_worked_out_with_any_other_tool():
    import hashlib

    text = '{"at":"2025-05-20T12:00:00.000Z","data":{"a":[true],"b":1},"kind":"checked","prev_sha256":"0","seq":1}'
    assert make_event().sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("kind", ["", "Checked", "two words", "-x", "x" * 41, "drop;table"])
def test_a_kind_is_a_short_word(kind):
    with pytest.raises(ValueError, match="no kind of event"):
        make_event(kind=kind)


@pytest.mark.parametrize(
    "written", ["2025-05-20T12:00:00Z", "2025-05-20T12:00:00.000+00:00", "2025-05-20T12:00:00.0001Z", 1]
)
def test_a_time_has_only_one_spelling_in_a_file(written):
    plain = make_event().model_dump(mode="json")
    assert plain["at"] == write_moment(NOON) == "2025-05-20T12:00:00.000Z"
    with pytest.raises(ValidationError, match="time is written as"):
        Event.model_validate({**plain, "at": written})
