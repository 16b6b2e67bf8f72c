"""How a state is shown: always a symbol and a word, with a colour that only repeats them.

The service has many vocabularies of states; this module sorts their words into a few tones. What a state allows is decided
elsewhere.
"""

from __future__ import annotations

from enum import Enum

from ddmkit.display.html import Html, clean_line, tag
from ddmkit.display.stylesheet import style

__all__ = ["Tone", "describe_count", "describe_status", "framed", "status_html", "tone_of", "tone_of_run"]

_BAD_WORDS = frozenset({"fail", "failed", "error", "abnormal", "frozen", "deleted", "unavailable", "storage full"})
# The last three are the healthy ones of ``models.is_healthy``, which is not imported: a list of records needs no model.
_GOOD_WORDS = frozenset({"pass", "completed", "available", "normal", "running", "active"})
_WARNING_WORDS = frozenset({"warn", "unknown", "stopped", "waiting"})  # a run of several steps that needs a person
_QUIET_WORDS = frozenset({"skip", "rollbacksuccess", "cancelsuccess"})


class Tone(Enum):
    """What a state means to the reader; the value is its symbol and the colour of its frame.

    The colours keep a contrast of at least 3 to 1 on white and on the dark theme's background; the words are never coloured.
    """

    GOOD = ("✓", "#2a9249")
    WARNING = ("!", "#b87a00")
    BAD = ("✗", "#dd4a40")
    BUSY = ("…", "#3d85d1")
    QUIET = ("○", "#858c94")

    @property
    def symbol(self) -> str:
        """The symbol before the word."""
        return self.value[0]

    @property
    def colour(self) -> str:
        """The colour of the frame."""
        return self.value[1]


def tone_of(word: str) -> Tone:
    """Return the tone of a state's word; an unknown word is busy when it ends in ``ing``, otherwise quiet."""
    plain = word.strip().casefold()
    if plain in _BAD_WORDS or "fail" in plain:
        return Tone.BAD
    if plain in _GOOD_WORDS:
        return Tone.GOOD
    if plain in _WARNING_WORDS:
        return Tone.WARNING
    if plain in _QUIET_WORDS or not plain:
        return Tone.QUIET
    return Tone.BUSY if plain.endswith("ing") else Tone.QUIET


def tone_of_run(state: str) -> Tone:
    """Return the tone of the state of a run, a step or a job: one that is running has not succeeded yet."""
    return Tone.BUSY if state.strip().casefold() == "running" else tone_of(state)


def describe_status(word: str, tone: Tone | None = None) -> str:
    """Return a state as symbol and word, such as ``✓ normal``."""
    return f"{(tone or tone_of(word)).symbol} {clean_line(word) or 'not given'}"


def describe_count(number: int, noun: str) -> str:
    """Return a number with its noun, such as ``1 data node`` or ``2 data nodes``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def status_html(word: str, tone: Tone | None = None) -> Html:
    """Build a state as symbol and word in a small frame that is readable in the dark theme, in grey and in print."""
    chosen = tone or tone_of(word)
    return framed(describe_status(word, chosen), chosen)


def framed(words: str, tone: Tone) -> Html:
    """Build the small frame of a state around words that have their symbol already."""
    return tag("span", words, style=style("framed", border=f"1.5px solid {tone.colour}"))
