"""Values of environment variables as they were meant: without what env files, shells and copying leave around them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from ddmkit.errors import InputError

__all__ = ["Variables", "is_placeholder", "read_variable", "without_quotes"]

_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .-]*>|\$\{\w+\}")


class Variables(Mapping[str, str]):
    """The variables of an environment, each read as ``without_quotes`` does when it is asked for.

    Raises ``InputError``, without showing the value, for a placeholder such as ``<your-token>`` that nobody filled in.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __getitem__(self, name: str) -> str:
        value = without_quotes(self._environment[name])
        if is_placeholder(value):
            raise InputError(
                "holds a placeholder instead of a value.",
                field=name,
                fix="Put the value itself there, or remove the variable.",
            )
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)

    def __repr__(self) -> str:
        return f"<{len(self)} variables>"


def read_variable(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Return a variable of the environment (by default this process's own) as it was meant; empty when it is not set."""
    return Variables(os.environ if environment is None else environment).get(name, "")


def without_quotes(text: str) -> str:
    """Return a text without the blanks, line ends and one pair of quotes around it."""
    bare = text.strip("\ufeff \t\r\n\f\v")
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        return bare[1:-1].strip()
    return bare


def is_placeholder(value: str) -> bool:
    """Describe whether a value is only the place for one: ``<your-ak>`` or ``${NAME}``."""
    return _PLACEHOLDER.fullmatch(value) is not None
