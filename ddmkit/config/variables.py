"""Reads environment variables without the quotes and blanks that env files, shells and copying leave around values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from ddmkit.errors import InputError

__all__ = ["Variables", "is_placeholder", "read_variable", "without_quotes"]

_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .-]*>|\$\{\w+\}")


class Variables(Mapping[str, str]):
    """The variables of an environment; reading a variable removes surrounding quotes and blanks.

    Raises ``InputError``, without showing the value, for a placeholder such as ``<your-token>``.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __getitem__(self, name: str) -> str:
        value = without_quotes(self._environment[name])
        if is_placeholder(value):
            raise InputError(
                "holds a placeholder instead of a value.",
                field=name,
                fix="Set the variable to the value itself, or remove it.",
            )
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)

    def __repr__(self) -> str:
        return f"<{len(self)} variables>"


def read_variable(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Return an environment variable without surrounding quotes; empty if it is not set. Default: this process's own."""
    return Variables(os.environ if environment is None else environment).get(name, "")


def without_quotes(text: str) -> str:
    """Return a text without surrounding blanks, line ends and one pair of quotes."""
    bare = text.strip("\ufeff \t\r\n\f\v")
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        return bare[1:-1].strip()
    return bare


def is_placeholder(value: str) -> bool:
    """Return whether a value is a placeholder such as ``<your-ak>`` or ``${NAME}``."""
    return _PLACEHOLDER.fullmatch(value) is not None
