"""A restore form as a person meets it on a page: found by its classes, pressed and typed into, and waited for."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

__all__ = ["STEPS", "FormPage"]

STEPS = ("source", "point", "target", "check", "review", "confirm", "watch", "results")
# From the key to the frame in which the browser has drawn what changed.
_WATCH_REDRAWING = """element => {
  globalThis.ddmkitRedrawn = new Promise((tell, fail) => {
    setTimeout(() => fail(new Error('nothing was drawn anew within 30 s')), 30_000);
    let pressed = 0;
    window.addEventListener('keydown', () => { pressed = performance.now(); }, {capture: true, once: true});
    const seen = new MutationObserver(() => {
      seen.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => tell(performance.now() - pressed)));
    });
    seen.observe(element, {subtree: true, childList: true, characterData: true});
  });
}"""
_CONTROLS = ":is(input, select, textarea)"


class FormPage:
    """The form of a page. A control is named by its class without ``ddmkit-``: ``source``, ``next``, ``confirm``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".ddmkit-restore")

    # Finding -----------------------------------------------------------------------------------------------------

    def place(self, name: str) -> Locator:
        """Return a part of the form."""
        return self.root.locator(f".ddmkit-{name}")

    def button(self, name: str) -> Locator:
        """Return a button."""
        return self.root.locator(f"button.ddmkit-{name}")

    def field(self, name: str) -> Locator:
        """Return the input or box of a field; of a table its search."""
        return self.root.locator(f".ddmkit-{name} {_CONTROLS}")

    def table(self, name: str) -> Locator:
        """Return the grid of a table."""
        return self.root.locator(f".ddmkit-{name} table")

    def rows(self, name: str, words: str = "") -> Locator:
        """Return the rows of a table that are on the page and hold the words."""
        return self.table(name).locator("tbody", has_text=words)

    def chosen(self, name: str) -> Locator:
        """Return the chosen rows of a table that are on the page."""
        return self.table(name).locator("tbody[aria-selected=true]")

    def step_button(self, step: str) -> Locator:
        """Return the button of a step, whose words say how it stands."""
        return self.button(f"step-{step}")

    # Waiting -----------------------------------------------------------------------------------------------------

    def expect_step(self, step: str) -> None:
        """Wait until a step is on the page."""
        expect(self.step_button(step)).to_have_class(re.compile(r"\bddmkit-current\b"))

    def expect_state(self, step: str, state: str) -> None:
        """Wait until a step stands so."""
        expect(self.step_button(step)).to_contain_text(f": {state}")

    def expect_words(self, name: str, words: str | re.Pattern[str]) -> None:
        """Wait until a part of the form says so."""
        expect(self.place(name)).to_contain_text(words)

    def expect_count(self, name: str, words: str | re.Pattern[str]) -> None:
        """Wait until a table says this about how many rows it shows."""
        expect(self.place(name).locator(".ddmkit-table-count")).to_contain_text(words)

    def warnings(self) -> list[Locator]:
        """Return the boxes of the warnings, as soon as the checks are there; where every proof passes there is none."""
        expect(self.root.locator("section[aria-label=checks]").first).to_be_visible()
        return self.field("accept").all()

    # Acting, by mouse --------------------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        """Click on a button as soon as it is enabled."""
        self.button(name).click()

    def choose(self, name: str, words: str) -> None:
        """Click on the first cell of the row of a table that holds the words."""
        self.rows(name, words).first.locator("td").first.click()

    def search(self, name: str, words: str) -> None:
        """Type into the search of a table, and wait until it says how many rows match."""
        self.field(name).fill(words)
        self.expect_count(name, "match")

    def type(self, name: str, text: str) -> None:
        """Click into a field, type, and leave it."""
        field = self.field(name)
        field.click()
        field.fill("")
        field.press_sequentially(text)
        field.press("Tab")

    def time_key(self, name: str, key: str) -> float:
        """Press a key in the search of a table, and give the seconds until its rows have been drawn anew by it."""
        self.field(name).focus()
        self.table(name).evaluate(_WATCH_REDRAWING)
        self.page.keyboard.press(key)
        return float(self.page.evaluate("globalThis.ddmkitRedrawn")) / 1_000

    def go_on(self, to: str) -> None:
        """Click on Next, and wait for the step after it."""
        self.press("next")
        self.expect_step(to)

    def accept_all(self) -> None:
        """Tick each warning."""
        for box in self.warnings():
            box.click()

    # The whole way -----------------------------------------------------------------------------------------------

    def choose_source(self, words: str = "ddm-orders-prod") -> None:
        """Click on the source."""
        self.choose("source", words)

    def choose_point(self) -> None:
        """Click on the first suggestion: the backup made just before."""
        self.button("suggestion").first.click()

    def choose_target(self, words: str = "ddm-restore-target") -> None:
        """Click on the target, and take the suggested data nodes."""
        self.choose("target", words)
        self.press("take-suggestions")

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return what a person does in each step before going on."""
        return {
            "source": self.choose_source,
            "point": self.choose_point,
            "target": self.choose_target,
            "check": self.accept_all,
            "review": lambda: None,
        }

    def reach(self, step: str) -> FormPage:
        """Go on from the step on the page to another by what a restore of the scenario needs."""
        acts = self.acts()
        here = self.current()
        for now, after in zip(STEPS[STEPS.index(here) :], STEPS[STEPS.index(here) + 1 :], strict=False):
            if now == step:
                break
            acts[now]()
            self.go_on(after)
        return self

    def current(self) -> str:
        """Return the step on the page."""
        classes = self.root.locator("button.ddmkit-current").get_attribute("class") or ""
        return next(step for step in STEPS if f"ddmkit-step-{step}" in classes.split())

    def confirm(self, name: str = "ddm-restore-target") -> None:
        """Type the target's name."""
        self.type("confirm", name)
        expect(self.button("submit")).to_be_enabled()

    def submit(self) -> None:
        """Type the target's name, and click on the button."""
        self.confirm()
        self.press("submit")
