"""A person with a keyboard and no mouse: Tab to a control, press, type; and the way that the focus took over the page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playwright.sync_api import expect

from tests.browser.form_page import FormPage

__all__ = ["Focus", "Keyboard"]

_FOCUSED = """() => {
  const element = document.activeElement;
  const named = [...(element?.closest('[class*=ddmkit-]')?.classList ?? [])].find(one => one.startsWith('ddmkit-'));
  const box = element.getBoundingClientRect();
  return {
    name: element?.closest('.ddmkit-restore') ? (named ?? element.tagName) : '',
    words: (element.innerText || element.getAttribute('aria-label') || element.tagName).slice(0, 60),
    top: box.top + document.scrollingElement.scrollTop + scrolledBy(element), left: box.left, bottom: box.bottom,
  };
  function scrolledBy(one) {
    let sum = 0;
    for (let at = one.parentElement; at; at = at.parentElement) sum += at.scrollTop;
    return sum;
  }
}"""
_MOST_TABS = 80


@dataclass(frozen=True)
class Focus:
    """Where the focus is; outside the form it has no name."""

    name: str
    words: str
    top: float
    left: float


class Keyboard:
    """Keys pressed on a page with a form."""

    def __init__(self, form: FormPage) -> None:
        self.form = form
        self.jumps: list[str] = []

    def where(self) -> Focus:
        """Return where the focus is."""
        told: dict[str, Any] = self.form.page.evaluate(_FOCUSED)
        return Focus(told["name"], told["words"], told["top"], told["left"])

    def tab_to(self, name: str) -> None:
        """Press Tab until the focus is on a control; ``jumps`` keeps where it did not follow the page on its way."""
        walked = [self.where()]
        for _ in range(_MOST_TABS):
            self.press("Tab")
            walked.append(self.where())
            if self._is_at(name):
                self.jumps += _find_jumps([one for one in walked if one.name])
                return
        raise AssertionError(f"{name} is not reached by Tab; passed {[one.name or one.words for one in walked]}")

    def tab_to_rows(self, name: str) -> None:
        """Wait until a table has rows, and press Tab until the focus is in its grid."""
        expect(self.form.rows(name).first).to_be_visible()
        self.tab_to(f"{name} table")

    def go_on(self, to: str) -> None:
        """Go to Next, press it as soon as it is enabled, and wait until the focus is at the top of the step after it."""
        expect(self.form.button("next")).to_be_enabled()
        self.tab_to("next")
        self.press("Enter")
        self.form.expect_step(to)
        expect(self.form.step_button(to)).to_be_focused()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.form.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.form.page.keyboard.type(text)

    def _is_at(self, name: str) -> bool:
        script = "name => document.activeElement.closest('.ddmkit-' + name) !== null"
        return bool(self.form.page.evaluate(script, name))


def _find_jumps(walked: list[Focus]) -> list[str]:
    """Return where the focus went up, or back to the left on the same line."""
    jumps = []
    for before, after in pairwise(walked):
        is_same_line = abs(after.top - before.top) < 8
        if (is_same_line and after.left < before.left) or (not is_same_line and after.top < before.top):
            jumps.append(f"{before.words} -> {after.words}")
    return jumps
