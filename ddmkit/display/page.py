"""One self-contained page of HTML around fragments: no script, nothing from another host, for dark rooms and for paper."""

from __future__ import annotations

from ddmkit.display.html import Fragment, Html, clean, join, tag
from ddmkit.display.stylesheet import read_css

__all__ = ["build_page"]

# The policy keeps the promise of this module even if a fragment breaks it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def build_page(title: str, *parts: object, foot: str = "") -> Html:
    """Return a whole document: a heading, the parts in order, a last line. Parts that are not HTML are escaped."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(read_css("page.css"))),
    )
    main = tag("main", tag("h1", title), *(part.html if isinstance(part, Fragment) else part for part in parts))
    body = tag("body", main, tag("footer", clean(foot)) if foot else "")
    return join([Html("<!DOCTYPE html>\n"), tag("html", head, body, lang="en"), Html("\n")])
