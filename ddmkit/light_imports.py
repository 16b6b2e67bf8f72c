"""Imports libraries that use ``jsonschema`` without waiting for its grammar, which takes seconds and is rarely needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

__all__ = ["defer_grammar"]

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def defer_grammar() -> Iterator[None]:
    """Let ``jsonschema`` load the grammar of internationalised addresses when it checks one, not when it is imported.

    altair and nbformat import ``jsonschema``. JupyterLab installs the grammar's package, which compiles the grammar for
    seconds when it is imported.
    """
    if {_GRAMMAR, "jsonschema"} & sys.modules.keys() or find_spec(_GRAMMAR) is None:
        yield
        return
    stand_in = ModuleType(_GRAMMAR)
    vars(stand_in)["is_valid_syntax"] = _is_valid_syntax
    sys.modules[_GRAMMAR] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(_GRAMMAR) is stand_in:
            del sys.modules[_GRAMMAR]


def _is_valid_syntax(term: str, value: str) -> Any:
    return import_module(_GRAMMAR).is_valid_syntax(term, value)
