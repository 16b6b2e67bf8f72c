"""The timeline of a form as a person meets it: pointed at, clicked, moved along by keys, and read."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import Locator, expect

from tests.browser.form_page import FormPage
from tests.browser.page_session import OpenedForm
from tests.browser.servers import until

__all__ = ["TimelinePage"]

_NAMES, _EDGE = 150, 8  # the widths left and right of the plot, on a wide page
_OVERVIEW, _RANGES = 16, 70
_SHOWN = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) UTC")


class TimelinePage:
    """The timeline on the page of a form that shows UTC."""

    def __init__(self, opened: OpenedForm) -> None:
        self.opened = opened
        self.form: FormPage = opened.form
        self.root = self.form.root.locator(".ddmkit-timeline").first
        self.plot = self.root.locator(".ddmkit-timeline-plot")
        self.when = self.root.locator(".ddmkit-timeline-when")
        self.facts = self.root.locator(".ddmkit-timeline-facts")
        self.marks = self.root.locator("[data-mark], [data-marks]")

    def button(self, words: str) -> Locator:
        """Return a button of the bar."""
        return self.root.get_by_role("button", name=words, exact=True)

    def point_at(self, share: float, *, y: float = _RANGES) -> datetime:
        """Move the mouse to a place between the left edge (0) and the right edge (1); return the instant that is shown."""
        self.move_to(share, y=y)
        return self.read_shown()

    def move_to(self, share: float, *, y: float = _RANGES) -> None:
        """Move the mouse to a place of the plot."""
        self.opened.page.mouse.move(*self.place(share, y=y))

    def place(self, share: float, *, y: float = _RANGES) -> tuple[float, float]:
        """Return a place of the plot as the page counts it."""
        self.plot.scroll_into_view_if_needed()
        box = self.plot.bounding_box()
        assert box is not None
        return box["x"] + _NAMES + share * (box["width"] - _NAMES - _EDGE), box["y"] + y

    def move_in_overview(self, share: float) -> None:
        """Move the mouse to a place of the whole period."""
        self.move_to(share, y=_OVERVIEW)

    def read_shown(self) -> datetime:
        """Return the instant that is shown, once everything about it is described."""
        expect(self.facts).not_to_have_text("…")
        expect(self.facts).not_to_be_empty()
        found = _SHOWN.search(self.when.inner_text())
        assert found is not None
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC)

    def window(self) -> tuple[datetime, datetime]:
        """Return the visible part, as the kernel knows it."""
        first, last = self.opened.kernel.ask("form.point.timeline.window")
        return datetime.fromtimestamp(first / 1000, UTC), datetime.fromtimestamp(last / 1000, UTC)

    def hours_shown(self) -> float:
        """Return how many hours are visible."""
        first, last = self.window()
        return (last - first).total_seconds() / 3600

    def expect_hours(self, least: float, most: float) -> None:
        """Wait until so many hours are visible."""
        until(lambda: least <= self.hours_shown() <= most, f"{least} to {most} hours", 15)

    def chosen(self) -> str:
        """Return the chosen instant or backup, as the kernel knows it."""
        return str(self.opened.kernel.ask("form.point.backup_id or str(form.point.restore_time)"))

    def expect_chosen(self, instant: datetime) -> None:
        """Wait until exactly this instant is chosen."""
        until(lambda: self.chosen() == str(instant), f"{instant} chosen", 15)
