"""The form for a whole recovery as a person meets it on a page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.form_page import FormPage

__all__ = ["PASSWORD", "RecoveryPage"]

PASSWORD = "Canary-7-ofTheNodes"  # for simulated nodes


class RecoveryPage(FormPage):
    """A page with ``RecoveryForm`` on the scenario ``whole-incident``."""

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return what a person does in each step before going on."""
        return {
            "source": self.choose_source,
            "point": self.choose_point,
            "target": lambda: self.expect_words("nodes-count", "2 of 2 data nodes are recovered"),
            "check": lambda: self.expect_state("check", "done"),
            "review": lambda: None,
        }

    def words(self, name: str = "ddm-orders-prod") -> dict[str, str]:
        """Return what has to be typed in the step Confirm, by field."""
        digest = re.search(r"Plan digest ([0-9a-f]+)", self.place("operator").inner_text())
        assert digest is not None
        return {"node-password": PASSWORD, "confirm": name, "digest": digest[1][:6], "new-count": "3"}

    def confirm(self, name: str = "ddm-orders-prod") -> None:
        """Type everything that the step asks for."""
        for field, text in self.words(name).items():
            self.type(field, text)
        expect(self.button("submit")).to_be_enabled()

    def submit(self) -> None:
        """Confirm, click on the button, and wait until the recovery has completed."""
        super().submit()
        self.expect_completed()

    def expect_completed(self) -> None:
        """Wait until the recovery has completed."""
        expect(self.place("run-state")).to_contain_text("8 of 8 steps completed", timeout=120_000)
