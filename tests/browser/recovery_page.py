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

    def confirm(self, name: str = "ddm-orders-prod") -> None:
        """Type everything that the step asks for."""
        digest = re.search(r"Plan digest ([0-9a-f]+)", self.place("operator").inner_text())
        assert digest is not None
        self.type("confirm", name)
        self.type("digest", digest[1][:6])
        self.type("new-count", "3")
        self.type("node-password", PASSWORD)
        expect(self.button("submit")).to_be_enabled()
