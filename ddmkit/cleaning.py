"""Makes text from outside safe to show: control characters and invisible characters are spelled out, as in ``<U+202E>``.

Such characters could control a terminal, reorder a line or hide text. This module imports nothing of the package, so every
layer may use it. Escaping for HTML or Markdown is a separate step.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

__all__ = ["clean", "clean_line", "decoded", "json_text"]

# Code points that renderers do not draw (Default_Ignorable_Code_Point in Unicode's DerivedCoreProperties.txt) and that no
# general category covers: fillers, variation selectors, tags, and the ranges reserved for more of them.
_IGNORABLE = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2065, 0x2065),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),
)
# Invisible, although Unicode calls them symbols.
_BLANK = frozenset("\u2800\U0001d159")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Everything but what is most of all text, and shown as it is.
_OTHER_THAN_PLAIN = re.compile("[^\n -~]")
_JOINS_EMOJI = re.compile("(?<=[\U0001f000-\U0001faff])\u200d(?=[\U0001f000-\U0001faff])")


def clean(value: object) -> str:
    """Return a value as text in which every character is visible; line breaks stay.

    Control, format, private-use, unassigned, broken and invisible characters are spelled out. The joiner between two emoji
    stays.
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "\u200d".join(_OTHER_THAN_PLAIN.sub(_spell, part) for part in _JOINS_EMOJI.split(text))


def clean_line(value: object) -> str:
    """Return a value as ``clean`` does, on one line: a line break in a name must not look like a line of ddmkit's output."""
    return clean(value).replace("\n", " ")


def decoded(text: str) -> str:
    """Return text from the system (an argument, a variable) with bytes that were not UTF-8 replaced by U+FFFD."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON in printable ASCII: valid in every encoding, and unable to control a terminal."""
    return json.dumps(value, ensure_ascii=True, indent=indent).replace("\x7f", "\\u007f")


def _spell(found: re.Match[str]) -> str:
    character = found[0]
    return f"<U+{ord(character):04X}>" if _is_misleading(character) else character


def _is_misleading(character: str) -> bool:
    if not character.isprintable() and unicodedata.category(character) != "Zs":
        return True
    number = ord(character)
    return character in _BLANK or any(first <= number <= last for first, last in _IGNORABLE)
