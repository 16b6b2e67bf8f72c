from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddmkit.records import find_secrets

SECRET = 'pa/ss "wörd"<&+%\\'
RAW = SECRET.encode()


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps({"a": SECRET}),
        json.dumps({"a": SECRET}, ensure_ascii=False),
        json.dumps({"body": json.dumps({"a": SECRET})}),
        json.dumps({"body": json.dumps({"a": SECRET}, ensure_ascii=False)}, ensure_ascii=False),
        json.dumps({"a": SECRET}).replace("/", "\\/"),
        f"?password={quote(SECRET, safe='')}",
        f"?password={quote(SECRET)}",
        f"password={quote_plus(SECRET)}",
        quote(SECRET, safe="").replace("%2F", "%2f").replace("%C3", "%c3").replace("%B6", "%b6").replace("%3C", "%3c")
        .replace("%2B", "%2b").replace("%5C", "%5c"),
        html.escape(SECRET),
        base64.b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode(),
        RAW.hex(),
        RAW.hex().upper(),
        repr({"a": SECRET}),
    ],
)  # fmt: skip
def test_a_secret_is_found_in_each_disguise(written):
    assert find_secrets(f"before {written} after", {"password": SECRET}) == ["password"]
    assert find_secrets(f"before {written} after".encode(), {"password": SECRET}) == ["password"]


@given(user=st.text(min_size=0, max_size=7), secret=st.text(st.characters(codec="ascii"), min_size=12, max_size=40))
def test_a_secret_is_found_inside_longer_base64_wherever_it_begins(user, secret):
    credentials = base64.b64encode(f"{user}:{secret}@host".encode()).decode()
    assert find_secrets(f"Basic {credentials}", [secret]) == ["secret 1"]


def test_names_are_told_and_values_are_not():
    assert find_secrets("x-token: abcdefgh", {"iam token": "abcdefgh", "secret key": "not-there"}) == ["iam token"]


def test_secrets_without_a_name_get_a_number():
    assert find_secrets("abcdefgh", ["not-there", "abcdefgh"]) == ["secret 2"]


def test_what_is_too_short_to_be_told_from_chance_is_not_looked_for():
    assert find_secrets("the demo of an admin", ["demo", ""]) == []


def test_a_clean_text_is_clean():
    assert find_secrets(json.dumps({"a": "b" * 1000}), [SECRET, "another-secret"]) == []
