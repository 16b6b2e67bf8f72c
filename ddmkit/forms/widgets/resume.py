"""The offer to go on with restores that were begun earlier, in this kernel or another, and may still be going on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ddmkit.display.html import clean_line, tag
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style as look
from ddmkit.times import format_ago

__all__ = ["ResumeOffer"]

_MOST = 5


class ResumeOffer:
    """Lists the restores of this service that are open; ``take_up`` is called with the id of the chosen one's record."""

    def __init__(self, kit: Any, take_up: Callable[[str], None]) -> None:
        self._kit = kit
        self._take_up = take_up
        self.widget = look.column(css="ddmkit-resume ddmkit-rows")
        self.record_ids: tuple[str, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Look into the records for open restores."""
        try:
            rows = list(self._kit.open_restores())
        except DDMKitError as error:
            look.fill(self.widget, [look.html(value=look.hint("records not readable", Tone.WARNING, error))])
            return
        self.record_ids = tuple(row.id for row in rows)
        words = f"{len(rows)} restores are open; the newest {_MOST}:" if len(rows) > _MOST else "A restore is open:"
        look.fill(self.widget, [look.html(value=tag("b", words)), *map(self._offer, rows[:_MOST])] if rows else [])
        look.show(self.widget, bool(rows))

    def hide(self) -> None:
        """Take the offer away, because one is being watched."""
        look.hide(self.widget)

    def _offer(self, row: Any) -> Any:
        named = clean_line(f"{row.source_name} \N{RIGHTWARDS ARROW} {row.target_name}")
        press = look.button(f"Continue: {named}", f"Watch the restore of record {row.id}", "ddmkit-continue")
        press.on_click(lambda button: self._press(button, row.id))
        begun = f"{row.state}, begun {format_ago(row.created, self._kit.now())} by {row.operator}"
        return look.line(press, look.html(value=tag("div", clean_line(begun))))

    def _press(self, button: Any, record_id: str) -> None:
        button.disabled = True
        self._take_up(record_id)
