"""Keeps secrets out of texts: known ones are replaced, foreign text is escaped and cut, header dumps leave the logs.

Every text that came from outside passes through here before it goes into an error. The HTTP library's own debug log prints
whole header blocks, tokens included; ``silence_header_logs`` takes those out for the whole process.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from pydantic import SecretStr

from ddmkit.errors import DDMKitError, ServiceError
from ddmkit.secrecy.encodings import encodings_of

__all__ = ["quote_text", "scrub_answer", "scrub_error", "scrub_text", "silence_header_logs"]

_HIDDEN = "[secret]"
# A shorter secret would tear holes into ordinary words; the identity service wants at least six characters.
_SHORTEST = 4
# Access keys have 20 characters, secret keys 40, tokens hundreds.
_SURELY_RANDOM = 16
# httpcore's loggers that can name headers, httpx's that names addresses.
_WIRE_LOGGERS = ("httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks", "httpx")


def scrub_text(text: str, secrets: Iterable[SecretStr]) -> str:
    """Return the text with every known secret replaced, in whatever disguise it stands there."""
    for secret in secrets:
        plain = secret.get_secret_value()
        for form in encodings_of(plain) if len(plain) >= _SHORTEST else ():
            if form in text:
                text = text.replace(form, _HIDDEN)
    return text


def scrub_answer(content: bytes, secrets: Iterable[SecretStr]) -> bytes:
    """Return an answer's body without our own keys and tokens, should the service repeat them in what it shows as names.

    A password may be an ordinary word that a name rightly holds, so only long secrets are taken out here.
    """
    for secret in secrets:
        plain = secret.get_secret_value()
        for form in encodings_of(plain) if len(plain) >= _SURELY_RANDOM else ():
            if form.encode() in content:
                content = content.replace(form.encode(), _HIDDEN.encode())
    return content


def quote_text(text: str, limit: int = 300) -> str:
    """Return foreign text fit for a message: one line, control characters escaped, cut with its full length said."""
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
    """Empties records that could hold headers; errors of the wire protocol quote them, so those go as well."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "headers" in message or ".failed" in message:
            record.msg, record.args = f"{message.split(' ', 1)[0]} (withheld: could hold credentials)", None
        return True


_FILTER = _WithholdHeaders()


def silence_header_logs() -> None:
    """Take headers out of what httpx and httpcore log, at every level, for good; calling it again changes nothing."""
    for name in _WIRE_LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
