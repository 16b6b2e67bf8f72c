from __future__ import annotations

import re
from html.parser import HTMLParser

from ddmkit.display.html import Fragment, Html, tag
from ddmkit.display.page import build_page

VOID = {"meta", "br", "hr"}


class Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, name: str, attributes: object) -> None:
        self.seen.add(name)
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


def test_a_page_is_whole_and_balanced() -> None:
    page = build_page("Restore", tag("p", "x"), Fragment(Html("<b>y</b>"), "y"), "plain <text>", foot="made <now>")
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "plain &lt;text&gt;" in page
    assert "made &lt;now&gt;" in page


def test_a_page_has_no_script_and_asks_no_host() -> None:
    page = build_page("<script>", "https://example.com/x.js")
    assert "<script" not in page
    assert not re.search(r" (src|href)=|url\(", page)
    assert "default-src 'none'" in page


def test_a_page_knows_dark_rooms_and_paper() -> None:
    page = build_page("t")
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_a_page_can_be_written_as_utf8_whatever_names_hold() -> None:
    assert build_page("🦊 \ud800", "\x00").encode("utf-8")
