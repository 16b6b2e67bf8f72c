"""Scan for known secrets before writing.

The scan finds a secret in plain text and in all encodings of ``encodings``. It returns names of secrets, never values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from ddmkit.secrecy.encodings import encodings_of

__all__ = ["find_secrets"]

# A shorter secret occurs by chance in ids and names, and would block every record.
_SHORTEST = 6


def find_secrets(data: bytes | str, secrets: Iterable[str] | Mapping[str, str]) -> list[str]:
    """Return the names of the secrets in the data, plain or encoded; an empty list means none.

    The names are the keys of a mapping, or ``secret 1``, ``secret 2`` in the given order. Secrets below six characters are
    ignored.
    """
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    named = secrets.items() if isinstance(secrets, Mapping) else ((f"secret {n}", s) for n, s in enumerate(secrets, 1))
    return [name for name, secret in named if len(secret) >= _SHORTEST and _holds(content, secret)]


def _holds(content: bytes, secret: str) -> bool:
    return any(form in content for form in _searched_forms(secret))


@lru_cache(maxsize=64)
def _searched_forms(secret: str) -> tuple[bytes, ...]:
    """Return the encodings to search for: where one holds another, the other alone decides."""
    forms = [form.encode("utf-8", "surrogatepass") for form in reversed(encodings_of(secret))]  # the shortest first
    kept: list[bytes] = []
    for form in forms:
        if not any(shorter in form for shorter in kept):
            kept.append(form)
    return tuple(kept)
