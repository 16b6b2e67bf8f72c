"""A drawing as an image inside the page: no separate file, no other host, and words where no image is shown.

JupyterLab removes the elements of an SVG drawing from a page that it does not trust, for example one that a colleague sent,
and leaves its letters in a heap. An image whose address holds the drawing stays whole: there, on code hosts, and on paper.
"""

from __future__ import annotations

from urllib.parse import quote

from ddmkit.display.html import Html, tag
from ddmkit.display.stylesheet import style

__all__ = ["picture_html"]

# These characters stay readable and searchable; characters that would end an attribute or an address are encoded.
_UNENCODED = "/:=;,()!*+@$?"


def picture_html(svg: str, description: str) -> Html:
    """Return an SVG document as a figure; ``description`` is the same in words."""
    address = "data:image/svg+xml," + quote(svg, safe=_UNENCODED)
    return tag("figure", tag("img", src=address, alt=description, style=style("picture")))
