"""Remove secrets from texts: replace known secrets, escape and shorten foreign text, keep headers out of logs.

Every text from outside passes through here before it becomes part of an error. The debug log of the HTTP library prints all
headers, including tokens; ``silence_header_logs`` removes them for the whole process.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from pydantic import SecretStr

from ddmkit.errors import DDMKitError, ServiceError
from ddmkit.secrecy.encodings import encodings_of

__all__ = ["hide_secrets", "quote_text", "scrub_answer", "scrub_error", "scrub_text", "silence_header_logs"]

_HIDDEN = "[secret]"
# Replacing a shorter secret would damage ordinary words; the identity service requires at least six characters.
_SHORTEST = 4
# Access keys have 20 characters, secret keys 40, tokens hundreds.
_SHORTEST_KEY = 16
# A key that ends in "password" and its text, also within JSON text inside JSON, where the quotation marks are escaped;
# the number of backslashes has a limit, so that a hostile answer cannot make the search slow.
_PASSWORD_VALUE = re.compile(
    rb'((?P<quote>\\{0,7}")(?:\w|-)*[Pp]assword *(?P=quote) *: *(?P=quote))(.*?)((?<!\\)(?P=quote))', re.DOTALL
)
# The loggers of httpcore that can print headers, and the one of httpx that prints addresses.
_WIRE_LOGGERS = ("httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks", "httpx")


def scrub_text(text: str, secrets: Iterable[SecretStr]) -> str:
    """Return the text with every known secret replaced, in all its encodings."""
    for secret in secrets:
        plain = secret.get_secret_value()
        for form in encodings_of(plain) if len(plain) >= _SHORTEST else ():
            if form in text:
                text = text.replace(form, _HIDDEN)
    return text


def scrub_answer(content: bytes, secrets: Iterable[SecretStr]) -> bytes:
    """Return an answer's body without the client's own keys and tokens, in case the service repeats them.

    A password may be an ordinary word that is part of a name, so only long secrets are removed here.
    """
    for secret in secrets:
        plain = secret.get_secret_value()
        for form in encodings_of(plain) if len(plain) >= _SHORTEST_KEY else ():
            if form.encode() in content:
                content = content.replace(form.encode(), _HIDDEN.encode())
    return content


def hide_secrets(content: bytes, secrets: Iterable[SecretStr]) -> bytes:
    """Return an answer's body without the secrets of its request, and without the values of all keys that name a password.

    Some services repeat the password of a new instance, in an answer or later in a text within an audit trace.
    """
    for secret in secrets:
        plain = secret.get_secret_value()
        for form in encodings_of(plain) if len(plain) >= _SHORTEST else ():
            content = content.replace(form.encode(), _HIDDEN.encode())
    return _PASSWORD_VALUE.sub(rb"\1" + _HIDDEN.encode() + rb"\4", content) if b"assword" in content else content


def quote_text(text: str, limit: int = 300) -> str:
    """Return foreign text for a message: one line, control characters escaped, shortened to ``limit`` with its length."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text[:limit])
    return shown if len(text) <= limit else f"{shown} ... ({len(text)} characters)"


def scrub_error(error: DDMKitError, secrets: Iterable[SecretStr]) -> None:
    """Replace every known secret in the error's message and texts, in place."""
    known = tuple(secrets)
    error.args = tuple(scrub_text(part, known) if isinstance(part, str) else part for part in error.args)
    if isinstance(error, ServiceError):
        for name in ("code", "service_message", "request_id", "cause"):
            setattr(error, name, scrub_text(getattr(error, name), known))


class _WithholdHeaders(logging.Filter):
    """Empties log records that could contain headers; protocol errors quote headers, so they are emptied too."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "headers" in message or ".failed" in message:
            record.msg, record.args = f"{message.split(' ', 1)[0]} (withheld: could hold credentials)", None
        return True


_FILTER = _WithholdHeaders()


def silence_header_logs() -> None:
    """Remove headers from the logs of httpx and httpcore, at every level, permanently; repeated calls change nothing."""
    for name in _WIRE_LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
