"""HTML that cannot be broken by what the service says: everything is escaped unless it was built here.

A tiny builder (``tag``, ``join``), the cleaning of text that would mislead an eye or a terminal, and ``Fragment``, a piece
of display that always carries plain text beside its HTML. It knows neither models nor states; other files of this floor do.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Fragment", "Html", "clean", "clean_line", "join", "tag", "text_block", "text_width"]

# Marks that reorder or hide the characters around them: a name may hold them, and would then read as another name.
_MISLEADING = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u061c")
_VOID_ELEMENTS = frozenset({"br", "hr", "img", "meta"})


class Html(str):
    """Text that is HTML already; ``tag`` and ``join`` let it through and escape everything else."""

    __slots__ = ()


@dataclass(frozen=True)
class Fragment:
    """A piece of display: static HTML without script for pages, and plain text that says the same."""

    html: Html
    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def clean(value: object) -> str:
    """Give a value as text that shows what it holds: control, reordering and broken characters become ``<U+202E>``."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"<U+{ord(character):04X}>" if _is_misleading(character) else character for character in text)


def clean_line(value: object) -> str:
    """Give a value as ``clean`` does, on one line: a name with a line break must not read as a line of our own."""
    return clean(value).replace("\n", " ")


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Build one element; children and attribute values are cleaned and escaped, ``Html`` children pass as they are.

    Attribute names are the program's own: ``class_`` stands for ``class`` and ``aria_label`` for ``aria-label``; an
    attribute whose value is ``None`` is left out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(clean(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID_ELEMENTS:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Html:
    """Put pieces beside each other, escaping each that is not ``Html``."""
    return Html("".join(child if isinstance(child, Html) else html.escape(clean(child), quote=False) for child in children))


def text_block(*lines: object) -> Html:
    """Set lines of text as they are, in a block that wraps."""
    # JupyterLab would break a block of lines within its words.
    style = "white-space:pre-wrap;overflow-wrap:anywhere;word-break:normal;color:inherit;background:none;margin:0.4em 0"
    return tag("pre", join("\n".join(map(clean, lines))), style=style)


def text_width(text: str) -> int:
    """Count the columns a text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or character in "\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _is_misleading(character: str) -> bool:
    if character == "\n":
        return False
    return character in _MISLEADING or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
