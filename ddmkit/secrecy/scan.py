"""The last look before something is written: whether it holds a secret that we know.

Secrets are looked for as they are and in the disguises in which they travel: JSON, percent and HTML escapes, base64
(inside a longer text too, as in a ``Basic`` header) and hexadecimal. What is found is told by name, never by value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ddmkit.secrecy.encodings import encodings_of

__all__ = ["find_secrets"]

# Shorter ones turn up by chance in ids and names, and would make every record unwritable.
_SHORTEST = 6


def find_secrets(data: bytes | str, secrets: Iterable[str] | Mapping[str, str]) -> list[str]:
    """Return the names of the secrets that the data holds, plain or disguised; an empty list means none.

    Names are the keys of a mapping, or ``secret 1``, ``secret 2`` in the order given. Below six characters a secret is
    not looked for.
    """
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    named = secrets.items() if isinstance(secrets, Mapping) else ((f"secret {n}", s) for n, s in enumerate(secrets, 1))
    return [name for name, secret in named if len(secret) >= _SHORTEST and _holds(content, secret)]


def _holds(content: bytes, secret: str) -> bool:
    return any(form.encode("utf-8", "surrogatepass") in content for form in encodings_of(secret))
