"""The styles of everything that is shown: CSS files beside the code, read once.

A page of its own carries ``page.css`` as its style sheet. Pieces of a notebook cannot rely on a style sheet, because mail
clients and JupyterLab remove it: ``style`` writes rules of ``fragments.css`` as the value of a ``style`` attribute.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["read_css", "style"]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"\.([\w-]+)\s*\{([^}]*)\}")
_DECLARATION = re.compile(r"\s*([\w-]+)\s*:\s*([^;]+);")


@cache
def read_css(name: str) -> str:
    """Return the text of a CSS file of this package."""
    return files(__package__).joinpath("assets", name).read_text("utf-8")


@lru_cache(maxsize=1024)
def style(*rules: str, **more: str) -> str:
    """Return the declarations of these rules as the value of a ``style`` attribute; a later one replaces an earlier one.

    ``more`` are declarations that depend on what is shown; ``min_width`` stands for ``min-width``.
    """
    declared: dict[str, str] = {}
    for rule in rules:
        declared |= _fragment_rules()[rule]
    declared |= {name.replace("_", "-"): value for name, value in more.items()}
    return ";".join(f"{name}:{value}" for name, value in declared.items())


@cache
def _fragment_rules() -> dict[str, dict[str, str]]:
    found = _RULE.findall(_COMMENT.sub("", read_css("fragments.css")))
    return {rule: {name: value.replace(", ", ",") for name, value in _DECLARATION.findall(body)} for rule, body in found}
