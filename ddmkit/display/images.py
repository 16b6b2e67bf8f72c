"""A drawing as an image within the page: no file beside it, no other host, and words in its place where none is shown.

JupyterLab takes the elements of a drawing out of a page that it does not trust, as one that a colleague sent, and leaves
its letters in a heap. An image whose address holds the drawing itself stays whole: there, on code hosts, and on paper.
"""

from __future__ import annotations

from urllib.parse import quote

from ddmkit.display.html import Html, tag

__all__ = ["picture_html"]

# Readable, and still found by whoever looks for a word in it; what would end an attribute or an address is encoded.
_AS_IT_IS = "/:=;,()!*+@$?"


def picture_html(svg: str, said: str) -> Html:
    """Return an SVG document as a figure; ``said`` is the same in words."""
    address = "data:image/svg+xml," + quote(svg, safe=_AS_IT_IS)
    return tag("figure", tag("img", src=address, alt=said, style="max-width:100%"))
