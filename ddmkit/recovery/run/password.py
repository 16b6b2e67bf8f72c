"""The password of new data nodes: held in memory while a node is still to be requested, and nowhere else.

The service wants one password for each new node; one serves for all of them. It comes from an argument, from a function that
returns it, or from ``DDMKIT_NODE_PASSWORD``. Nothing derived from it is kept: no hash and no length.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Never

from pydantic import SecretStr

from ddmkit.config.variables import read_variable
from ddmkit.errors import InputError
from ddmkit.recovery_models.requests import require_node_password

__all__ = ["VARIABLE", "GivenPassword", "NodePassword"]

VARIABLE = "DDMKIT_NODE_PASSWORD"

GivenPassword = str | SecretStr | Callable[[], str | SecretStr | None]
"""A password, or a function that returns one when it is needed."""


class NodePassword:
    """Holds the password until it is dropped. It cannot be pickled, and its text shows nothing."""

    def __init__(self, given: GivenPassword | None = None) -> None:
        self._lock = threading.Lock()
        self._given: GivenPassword | None = given
        self._held: SecretStr | None = None
        if given is not None and not callable(given):
            self._held = _checked(given)
            self._given = None

    def __repr__(self) -> str:
        return "<node password: hidden>"

    def __reduce__(self) -> Never:
        raise TypeError("A password is not pickled: a pickled secret is clear text.")

    def get(self) -> SecretStr | None:
        """Return the password, or ``None`` when none was given.

        Raises ``InputError`` when the service's rules refuse it; the text is never shown.
        """
        with self._lock:
            if self._held is None:
                given = self._given() if callable(self._given) else read_variable(VARIABLE) or None
                self._held = None if given is None else _checked(given)
            return self._held

    def known(self) -> tuple[str, ...]:
        """Return the password in clear text if it is held, to search for it in what is written or shown."""
        held = self._held
        return () if held is None else (held.get_secret_value(),)

    def drop(self) -> None:
        """Forget the password: no node is to be requested any more."""
        with self._lock:
            self._given = None
            self._held = None


def _checked(given: str | SecretStr) -> SecretStr:
    if not isinstance(given, str | SecretStr):
        raise InputError(
            "is no text.", field="node_password", fix="Give the password as text, or a function that returns it."
        )
    secret = given if isinstance(given, SecretStr) else SecretStr(given)
    require_node_password(secret)
    return secret
