"""HTML that no text of the service can break: everything is escaped unless this program built it.

``tag`` and ``join`` build HTML, ``scroll_region`` and ``text_block`` build common pieces. ``Fragment`` is a piece of display
that always has plain text beside its HTML. This module knows neither models nor states.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ddmkit.cleaning import clean, clean_line
from ddmkit.display.stylesheet import style

__all__ = [
    "Fragment",
    "Html",
    "apart",
    "as_written",
    "clean",
    "clean_line",
    "join",
    "scroll_region",
    "tag",
    "text_block",
    "text_width",
    "whole_times",
]

_VOID_ELEMENTS = frozenset({"br", "hr", "img", "meta"})
# The classes by which MathJax 3 (JupyterLab, Notebook, Voila) and MathJax 2 (exported pages) skip an element.
_NOT_MATHEMATICS = "mathjax_ignore tex2jax_ignore"
_ELEMENT = re.compile(r"(<[^>]*>)")
_MARK = re.compile(r"[$\\]")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?: UTC)?)")


class Html(str):
    """Text that is HTML already; ``tag`` and ``join`` keep it unchanged and escape everything else."""

    __slots__ = ()


@dataclass(frozen=True)
class Fragment:
    """A piece of display: static HTML without script, and plain text with the same content, cleaned here."""

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
    """Return escaped text with each ``$`` and backslash as a numeric reference in a ``span`` of its own.

    A typesetter then finds no pair of marks that begins and ends mathematics, whether it reads the source or the built page.
    """
    return _MARK.sub(lambda found: f"<span>&#{ord(found[0])};</span>", text)


def as_written(fragment: Html) -> Html:
    """Return a fragment for a notebook, where ``$x$`` in a name would be shown as mathematics and read as another name.

    The fragment has the classes that switch mathematics off; its marks also stand ``apart``, for pages that drop classes.
    """
    parts = _ELEMENT.split(fragment)
    parts[::2] = map(apart, parts[::2])
    return tag("div", Html("".join(parts)), class_=_NOT_MATHEMATICS)


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Build one element; clean and escape its attribute values and all children that are not ``Html``.

    Attribute names are the program's own: ``class_`` stands for ``class`` and ``aria_label`` for ``aria-label``. An
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
    """Concatenate pieces; escape each that is not ``Html``."""
    return Html("".join(child if isinstance(child, Html) else html.escape(clean(child), quote=False) for child in children))


def scroll_region(title: str, *children: object, rule: str = "region") -> Html:
    """Build a region that scrolls sideways; it has a name and a place in the tab order, so that a keyboard reaches it."""
    return tag("div", *children, style=style(rule), tabindex="0", role="region", aria_label=title)


def text_block(*lines: object) -> Html:
    """Build a block of preformatted lines that wraps."""
    return tag("pre", join("\n".join(map(clean, lines))), style=style("text-block"))


def whole_times(text: str) -> Html:
    """Return a text whose times stay on one line each; a browser would break them at their hyphens."""
    parts: list[object] = list(_TIME.split(text))
    parts[1::2] = [tag("span", part, style=style("unbroken")) for part in parts[1::2]]
    return join(parts)


def text_width(text: str) -> int:
    """Count the columns that a text takes in a terminal: wide characters take two, combining characters none."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or character in "\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
