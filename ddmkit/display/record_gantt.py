"""The course of one restore as a small picture: a bar for each part over one time axis, drawn without a library."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ddmkit.display.html import Fragment, Html, scroll_region, tag
from ddmkit.display.images import picture_html
from ddmkit.display.record_narrative import format_elapsed
from ddmkit.display.stylesheet import style
from ddmkit.records.reader import RunReader
from ddmkit.records.runs import RunData
from ddmkit.times import Span, format_utc

__all__ = ["show_course"]

_LEFT, _WIDTH, _RIGHT = 170, 560, 110
_ROW, _TOP, _AXIS = 26, 8, 34
_THINNEST = 3.0
_COLOURS = {"the service's job": "#2a9249", "request to known end": "#858c94"}


def show_course(run: RunData) -> Fragment:
    """Draw when each part of a run began and ended; as text the same in lines, empty when there is nothing to draw."""
    spans = RunReader(run).spans()
    if not spans:
        return Fragment(Html(""), "")
    lines = [
        f"{name + ':':<22}{format_utc(span.start)}, {format_elapsed(span.end - span.start)}" for name, span in spans.items()
    ]
    title = "Course of the restore"
    # On a narrow page the picture keeps its size and the region around it scrolls.
    picture = scroll_region(title, picture_html(_draw(spans), f"{title}: {'; '.join(lines)}"))
    return Fragment(picture, "\n".join(["Course:", *(f"  {line}" for line in lines)]))


def _draw(spans: Mapping[str, Span]) -> Html:
    begin, end = min(span.start for span in spans.values()), max(span.end for span in spans.values())
    height = _TOP + len(spans) * _ROW
    width, whole = _LEFT + _WIDTH + _RIGHT, height + _AXIS
    rows = [_draw_row(name, span, index, begin, end) for index, (name, span) in enumerate(spans.items())]
    return tag(
        "svg",
        # An image does not know the colours of its page, so it has a white background, on dark pages too.
        tag("rect", width=width, height=whole, fill="#ffffff"),
        *rows,
        *_draw_axis(begin, end, height),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {whole}",
        width=width,
        height=whole,
        style=style("drawing"),
    )


def _draw_row(name: str, span: Span, index: int, begin: datetime, end: datetime) -> Html:
    top = _TOP + index * _ROW
    left, right = _x_of(span.start, begin, end), _x_of(span.end, begin, end)
    width = max(_THINNEST, right - left)
    colour = _COLOURS.get(name, "#3d85d1")
    bar = tag("rect", x=f"{left:.1f}", y=top, width=f"{width:.1f}", height=_ROW - 10, rx="2", fill=colour)
    label = _draw_text(name, _LEFT - 8, top + 12, text_anchor="end")
    return tag("g", bar, label, _draw_text(format_elapsed(span.end - span.start), f"{left + width + 6:.1f}", top + 12))


def _draw_axis(begin: datetime, end: datetime, top: int) -> list[Html]:
    line = tag("line", x1=_LEFT, x2=_LEFT + _WIDTH, y1=top, y2=top, stroke="currentColor", stroke_opacity="0.5")
    first = _draw_text(format_utc(begin), _LEFT, top + 18)
    last = _draw_text(f"{end:%H:%M:%S}", _LEFT + _WIDTH, top + 18, text_anchor="end")
    return [line, first, last] if end - begin >= timedelta(seconds=1) else [line, first]


def _draw_text(text: str, x: float | str, y: int, **attributes: str) -> Html:
    return tag("text", text, x=x, y=y, **attributes, fill="currentColor")


def _x_of(instant: datetime, begin: datetime, end: datetime) -> float:
    return _LEFT + (_WIDTH * ((instant - begin) / (end - begin)) if end > begin else 0)
