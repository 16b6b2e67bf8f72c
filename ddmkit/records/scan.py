"""The last look before something is written: whether it holds a secret that we know.

Secrets are looked for as they are and in the disguises in which they travel: JSON, percent and HTML escapes, base64
(inside a longer text too, as in a ``Basic`` header) and hexadecimal. What is found is told by name, never by value.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

__all__ = ["find_secrets"]

# Shorter ones turn up by chance in ids and names, and would make every record unwritable.
_SHORTEST = 6


def find_secrets(data: bytes | str, secrets: Iterable[str] | Mapping[str, str]) -> list[str]:
    """Give the names of the secrets that the data holds, plain or disguised; an empty list means none.

    Names are the keys of a mapping, or ``secret 1``, ``secret 2`` in the order given. Below six characters a secret is
    not looked for.
    """
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    named = secrets.items() if isinstance(secrets, Mapping) else ((f"secret {n}", s) for n, s in enumerate(secrets, 1))
    return [name for name, secret in named if len(secret) >= _SHORTEST and _holds(content, secret)]


def _holds(content: bytes, secret: str) -> bool:
    return any(form in content for form in set(_text_forms(secret)) | set(_byte_forms(secret)))


def _text_forms(secret: str) -> Iterator[bytes]:
    escaped = (
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        # JSON kept as text inside JSON is escaped twice.
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        json.dumps(json.dumps(secret, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1],
        html.escape(secret),
        repr(secret)[1:-1],
    )
    for text in (secret, *escaped):
        yield text.encode("utf-8", "surrogatepass")
        yield text.replace("/", "\\/").encode("utf-8", "surrogatepass")
    raw = secret.encode("utf-8", "surrogatepass")
    for percent in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield percent.encode()
        yield _lower_escapes(percent).encode()


def _lower_escapes(percent: str) -> str:
    first, *rest = percent.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _byte_forms(secret: str) -> Iterator[bytes]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for before in range(3):
        # Only whole groups of three bytes look the same whatever stands before and after them.
        skip = -before % 3
        whole = raw[skip : skip + (len(raw) - skip) // 3 * 3]
        if len(whole) >= _SHORTEST:
            yield base64.b64encode(whole)
            yield base64.urlsafe_b64encode(whole)
