"""Offer to continue restores that were started earlier, in this kernel or another, and may still be running."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ddmkit.display.html import clean_line, tag
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style
from ddmkit.kit import Kit
from ddmkit.times import format_ago

__all__ = ["ResumeOffer"]

_MOST = 5


class ResumeOffer:
    """Lists what is open on this service; ``resume`` is called with the record id of the chosen one.

    ``kinds`` are the kinds of records that the form can continue.
    """

    def __init__(self, kit: Kit, resume: Callable[[str], None], *, kinds: Collection[str] = ("restore",)) -> None:
        self._kit = kit
        self._kinds = kinds
        self._resume = resume
        self.widget = style.column(css="ddmkit-resume")
        self.record_ids: tuple[str, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Read the open restores from the records."""
        try:
            rows = [row for row in self._kit.open_restores() if row.kind in self._kinds]
        except DDMKitError as error:
            style.fill(self.widget, [style.html(value=style.hint("records not readable", Tone.WARNING, error))])
            return
        self.record_ids = tuple(row.id for row in rows)
        kind = rows[0].kind if rows else ""
        words = f"{len(rows)} are open; the newest {_MOST}:" if len(rows) > _MOST else f"A {kind} is open:"
        style.fill(self.widget, [style.html(value=tag("b", words)), *map(self._offer, rows[:_MOST])] if rows else [])
        style.show(self.widget, bool(rows))

    def hide(self) -> None:
        """Hide the offer, because a restore is being watched."""
        style.hide(self.widget)

    def _offer(self, row: Any) -> Any:
        named = clean_line(f"{row.source_name} \N{RIGHTWARDS ARROW} {row.target_name}")
        press = style.button(
            f"Continue: {named}", f"Watch the {row.kind} of record {row.id}", "ddmkit-continue ddmkit-primary"
        )
        press.on_click(lambda button: self._on_click(button, row.id))
        started = f"{row.state}, started {format_ago(row.created, self._kit.now())} by {row.operator}"
        return style.line(press, style.html(value=tag("div", clean_line(started))))

    def _on_click(self, button: Any, record_id: str) -> None:
        button.disabled = True
        self._resume(record_id)
