"""The encodings of a secret: plain, escaped as in texts, URLs and HTML pages, and encoded as in headers.

``scan`` and ``redaction`` use the same list, so that whatever the scan finds, the redaction can remove.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

__all__ = ["encodings_of"]

# A shorter piece of base64 occurs by chance.
_SHORTEST_PIECE = 6


@lru_cache(maxsize=64)
def encodings_of(secret: str) -> tuple[str, ...]:
    """Return every encoding of a secret, the longest first.

    These are JSON (also twice, for JSON text inside JSON), percent escapes, HTML escapes, Python escapes, hexadecimal and
    base64 (also within a longer encoded text, as in a ``Basic`` header).
    """
    escaped = set(_escapes(secret))
    found = escaped.union(*map(_encodings, escaped))  # escaped first, then encoded
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _escapes(secret: str) -> Iterator[str]:
    texts = (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        json.dumps(json.dumps(secret, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1],
        html.escape(secret),
        repr(secret)[1:-1],
    )
    for text in texts:
        yield text
        yield text.replace("/", "\\/")
    raw = secret.encode("utf-8", "surrogatepass")
    for percent in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield percent
        yield _lower_escapes(percent)


def _lower_escapes(percent: str) -> str:
    first, *rest = percent.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _encodings(text: str) -> Iterator[str]:
    raw = text.encode("utf-8", "surrogatepass")
    yield raw.hex()
    yield raw.hex().upper()
    for before in range(3):
        # Only complete groups of three bytes have the same base64 whatever is before and after them.
        skip = -before % 3
        whole = raw[skip : skip + (len(raw) - skip) // 3 * 3]
        if len(whole) >= _SHORTEST_PIECE:
            yield base64.b64encode(whole).decode()
            yield base64.urlsafe_b64encode(whole).decode()
