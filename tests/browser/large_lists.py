"""A source with thousands of backups, and the search among them on the page."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.form_page import FormPage
from tests.browser.page_session import OpenedForm

__all__ = ["BACKUPS", "press_key_in_search", "search_among_backups"]

BACKUPS = 5_000
_MAKE = f"""
from datetime import timedelta
for _part in range(50):
    kit.simulator.world.add_backups({BACKUPS} // 50, kit.scenario.source, created=kit.now() - timedelta(hours=12 * _part + 6))
"""
_MANY_LEFT = re.compile(r"^[12],\d{3} of 5,0\d\d match; rows 1 to 25 shown")


def search_among_backups(opened: OpenedForm) -> FormPage:
    """Go to the list of points and type into its search what thousands of backups match."""
    opened.kernel.run(_MAKE)
    form = opened.form.reach("point")
    form.expect_count("points", f"rows 1 to 25 of {BACKUPS // 1_000},0")
    form.unfold("points").field("points").fill("2026-05-1")
    form.expect_count("points", _MANY_LEFT)
    return form


def press_key_in_search(form: FormPage, key: str) -> float:
    """Press a key in the search, and give the seconds until the 25 rows were drawn anew."""
    seconds = form.time_key("points", key)
    expect(form.rows("points")).to_have_count(25)
    return seconds
