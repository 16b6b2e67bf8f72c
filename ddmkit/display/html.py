"""HTML that cannot be broken by what the service says: everything is escaped unless it was built here.

A tiny builder (``tag``, ``join``), the cleaning of text that would mislead an eye or a terminal, and ``Fragment``, a piece
of display that always carries plain text beside its HTML. It knows neither models nor states; other files of this floor do.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ddmkit.cleaning import clean, clean_line

__all__ = ["Fragment", "Html", "apart", "as_written", "clean", "clean_line", "join", "tag", "text_block", "text_width"]

_VOID_ELEMENTS = frozenset({"br", "hr", "img", "meta"})
# The names by which MathJax 3 (JupyterLab, Notebook, Voila) and MathJax 2 (exported pages) skip an element.
_NOT_MATHEMATICS = "mathjax_ignore tex2jax_ignore"
_ELEMENT = re.compile(r"(<[^>]*>)")
_MARK = re.compile(r"[$\\]")


class Html(str):
    """Text that is HTML already; ``tag`` and ``join`` let it through and escape everything else."""

    __slots__ = ()


@dataclass(frozen=True)
class Fragment:
    """A piece of display: static HTML without script for pages, and plain text that says the same, cleaned here."""

    html: Html
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return as_written(self.html)

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": as_written(self.html)}


def apart(text: str) -> str:
    """Return HTML in which each ``$`` and backslash of a text stands in an element of its own, named by its number.

    So no reader finds a pair of them that would begin and end mathematics, whether it looks before or after the page is
    built. The rest of the text has to be escaped already.
    """
    return _MARK.sub(lambda found: f"<span>&#{ord(found[0])};</span>", text)


def as_written(fragment: Html) -> Html:
    """Return a fragment for a notebook, where ``$x$`` in a name would be typeset as mathematics and read as another name.

    It is marked as none, and the marks of mathematics stand ``apart`` for a page that drops the marking.
    """
    parts = _ELEMENT.split(fragment)
    parts[::2] = map(apart, parts[::2])
    return tag("div", Html("".join(parts)), class_=_NOT_MATHEMATICS)


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
