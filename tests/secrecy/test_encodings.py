"""Every form a secret travels in is known, in texts that are escaped once, twice, or encoded as a whole."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest

from ddmkit.secrecy.encodings import encodings_of

SECRET = 'k/+"<&>\\%41=é☃ and some more'


@pytest.mark.parametrize(
    "travelling",
    [
        SECRET,
        json.dumps({"key": SECRET}),
        json.dumps({"key": SECRET}, ensure_ascii=False),
        json.dumps(json.dumps([SECRET])),
        json.dumps(SECRET).replace("/", "\\/"),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        html.escape(SECRET),
        repr([SECRET]),
        SECRET.encode().hex(),
        base64.b64encode(f"ada:{SECRET}".encode()).decode(),
        base64.urlsafe_b64encode(json.dumps([SECRET]).encode()).decode(),
        base64.b64encode(f"x{quote(SECRET)}".encode()).decode(),
    ],
)
def test_a_secret_is_recognised_however_it_travels(travelling):
    assert any(form in travelling for form in encodings_of(SECRET))


def test_the_longest_form_comes_first_so_that_none_is_left_in_half():
    lengths = [len(form) for form in encodings_of(SECRET)]

    assert lengths == sorted(lengths, reverse=True)


def test_a_short_secret_is_not_looked_for_in_pieces_of_base64():
    assert min(len(form) for form in encodings_of("abcdef")) >= 6
