"""One self-contained page of HTML around fragments: no script, nothing from another host, for dark rooms and for paper."""

from __future__ import annotations

from ddmkit.display.html import Fragment, Html, clean, join, tag

__all__ = ["build_page"]

# The policy keeps the promise even for a fragment that broke it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; margin: 2em auto; padding: 0 1.2em;
  max-width: 78em; color: #1c1e21; background: #ffffff; }
h1 { font-size: 1.5em; overflow-wrap: anywhere; } h2 { font-size: 1.15em; margin: 1.4em 0 0.3em; }
pre { padding: 0.6em; border: 1px solid rgba(128, 128, 128, 0.45); font-size: 0.9em; }
p, li, footer, summary { overflow-wrap: anywhere; }
figure { margin: 0.6em 0; } figure img { height: auto; }
footer { margin-top: 2em; font-size: 0.9em; border-top: 1px solid rgba(128, 128, 128, 0.45); padding-top: 0.4em; }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #16181b; } }
@page { margin: 14mm; }
@media print {
  body { color: #000000; background: #ffffff; margin: 0; padding: 0; max-width: none; font-size: 10pt; }
  tr, li, figure { break-inside: avoid; } h2, section > div { break-after: avoid; }
  div[role="region"] { overflow: visible !important; }
  table { font-size: 7.5pt !important; } th, td { padding-right: 0.9em !important; }
}
@media (max-width: 40em) {
  body { margin: 1em auto; padding: 0 0.8em; } figure img { min-width: 38em; }
  table, tbody, tr, th, td { display: block; width: auto !important; } thead { display: none; }
  tr { padding: 0.4em 0; border-bottom: 1px solid rgba(128, 128, 128, 0.45); }
  th, td { border: none !important; padding: 0.05em 0 !important; white-space: normal !important; overflow-wrap: anywhere; }
  th { font-weight: bold !important; } td[data-label]::before { content: attr(data-label) ": "; }
}
"""


def build_page(title: str, *parts: object, foot: str = "") -> Html:
    """Return a whole document: a heading, the parts in order, a last line. Parts that are no HTML are escaped."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(_STYLE)),
    )
    main = tag("main", tag("h1", title), *(part.html if isinstance(part, Fragment) else part for part in parts))
    body = tag("body", main, tag("footer", clean(foot)) if foot else "")
    return join([Html("<!DOCTYPE html>\n"), tag("html", head, body, lang="en"), Html("\n")])
