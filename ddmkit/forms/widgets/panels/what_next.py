"""What to do after a restore or a recovery: the next steps of the operator, and a text for the application team."""

from __future__ import annotations

from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.record_narrative import next_steps
from ddmkit.display.report.notice import write_notice
from ddmkit.forms.logic.summary import describe_lines
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.copy_text import CopyText
from ddmkit.records.runs import RunData

__all__ = ["WhatNext", "describe_next"]

_TITLE = "What to do next"
_LETTER = "A text for the team whose application uses the instance"


class WhatNext:
    """Shows what a record says is to be done; nothing before ``show`` was called."""

    def __init__(self) -> None:
        self.steps = style.html("ddmkit-next-steps")
        self.title = style.html("ddmkit-letter-title", tag("b", _LETTER))
        self.letter = CopyText(_LETTER, "Copy this text")
        self.widget = style.column(self.steps, self.title, self.letter, css="ddmkit-what-next")
        self.show(None)

    def show(self, run: RunData | None) -> None:
        """Show what to do after a run; the text only if the run completed."""
        style.show(self.widget, run is not None)
        self.steps.value = _list_steps(run).html if run is not None else ""
        self.letter.text = write_notice(run) if run is not None else ""
        style.show(self.letter, bool(self.letter.text))
        style.show(self.title, bool(self.letter.text))


def describe_next(run: RunData) -> Fragment:
    """Return the same as static HTML and text, for a saved page."""
    steps, letter = _list_steps(run), write_notice(run)
    if not letter:
        return steps
    title = tag("b", _LETTER)
    return Fragment(join([steps.html, title, describe_lines(letter).html]), f"{steps.text}\n\n{_LETTER}:\n{letter}")


def _list_steps(run: RunData) -> Fragment:
    steps = [clean_line(one) for one in next_steps(run, in_form=True)]
    listed = tag("ol", *(tag("li", one) for one in steps))
    text = "\n".join([f"{_TITLE}:", *(f"  {number}. {one}" for number, one in enumerate(steps, 1))])
    return Fragment(join([tag("b", _TITLE), listed]), text)
