"""Text from outside is shown for what it is: nothing in it hides, reorders a line or steers a terminal."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddmkit.cleaning import clean, clean_line, json_text
from ddmkit.errors import DDMKitError

# Default_Ignorable_Code_Point of Unicode 16, DerivedCoreProperties.txt.
IGNORABLE = [
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010)),
    *(*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0),
    *(*range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000)),
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ddm-shop", "ddm-shop"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("\x9b31mred", "<U+009B>31mred"),
        ("abc\u202edcba", "abc<U+202E>dcba"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("soft\xadhyphen", "soft<U+00AD>hyphen"),
        ("filler\u3164", "filler<U+3164>"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("blank\u2800", "blank<U+2800>"),
        ("star\u2605\ufe0f", "star\u2605<U+FE0F>"),
        ("own\ue000", "own<U+E000>"),
        ("broken\ud800", "broken<U+D800>"),
        ("a\u2028b\x00", "a<U+2028>b<U+0000>"),
        ("🦊 名前\u3000👩\u200d💻", "🦊 名前\u3000👩\u200d💻"),
        ("a\u200db 👩\u200d", "a<U+200D>b 👩<U+200D>"),
        (7, "7"),
    ],
)
def test_characters_that_mislead_are_shown_by_number(text, shown):
    assert clean(text) == shown


def test_every_character_that_is_drawn_as_nothing_or_steers_is_shown_by_number():
    steering = [one for one in range(sys.maxunicode + 1) if unicodedata.category(chr(one)) in {"Cc", "Cf", "Cs", "Co"}]
    passed = [hex(one) for one in {*IGNORABLE, *steering} - {ord("\n")} if clean(chr(one)) != f"<U+{one:04X}>"]
    assert passed == []


def test_a_line_break_in_a_name_is_no_line_of_its_own():
    assert clean_line("ddm\nTARGET: other") == "ddm TARGET: other"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_is_printable_ascii_and_holds_the_same(value):
    text = json_text(value)
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text) == value


def test_an_error_shows_what_its_message_holds():
    assert str(DDMKitError("instance a\u3164\x1b[2K is gone")) == "instance a<U+3164><U+001B>[2K is gone"
