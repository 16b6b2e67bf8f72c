"""The course of one restore as a small picture: a bar for each part over one time axis, drawn without any library."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ddmkit.display.html import Fragment, Html, tag
from ddmkit.display.images import picture_html
from ddmkit.display.record_narrative import describe_took
from ddmkit.records.reader import RunReader
from ddmkit.records.runs import RunData
from ddmkit.times import Span, format_utc

__all__ = ["show_course"]

_LEFT, _WIDTH, _RIGHT = 170, 560, 110
_ROW, _TOP, _AXIS = 26, 8, 34
_THINNEST = 3.0
_COLOURS = {"the service's job": "#2a9249", "request to known end": "#858c94"}


def show_course(run: RunData) -> Fragment:
    """Draw from when to when each part of a run went; as text the same in lines, empty when there is nothing to draw."""
    spans = RunReader(run).spans()
    if not spans:
        return Fragment(Html(""), "")
    lines = [
        f"{name + ':':<22}{format_utc(span.start)}, {describe_took(span.end - span.start)}" for name, span in spans.items()
    ]
    said = "Course of the restore: " + "; ".join(lines)
    # On a narrow page it keeps its size and scrolls, so it has to be reached by keyboard.
    frame = {"tabindex": "0", "role": "region", "aria_label": "Course of the restore", "style": "overflow-x:auto"}
    picture = tag("div", picture_html(_draw(spans), said), **frame)
    return Fragment(picture, "\n".join(["Course:", *(f"  {line}" for line in lines)]))


def _draw(spans: Mapping[str, Span]) -> Html:
    begin, end = min(span.start for span in spans.values()), max(span.end for span in spans.values())
    height = _TOP + len(spans) * _ROW
    width, whole = _LEFT + _WIDTH + _RIGHT, height + _AXIS
    rows = [_draw_row(name, span, index, begin, end) for index, (name, span) in enumerate(spans.items())]
    return tag(
        "svg",
        # An image knows nothing of the page around it: it brings its paper along, for dark pages too.
        tag("rect", width=width, height=whole, fill="#ffffff"),
        *rows,
        *_draw_axis(begin, end, height),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {whole}",
        width=width,
        height=whole,
        style="font:12px system-ui,sans-serif;color:#1c1e21",
    )


def _draw_row(name: str, span: Span, index: int, begin: datetime, end: datetime) -> Html:
    top = _TOP + index * _ROW
    left, right = _across(span.start, begin, end), _across(span.end, begin, end)
    wide = max(_THINNEST, right - left)
    colour = _COLOURS.get(name, "#3d85d1")
    bar = tag("rect", x=f"{left:.1f}", y=top, width=f"{wide:.1f}", height=_ROW - 10, rx="2", fill=colour)
    label = tag("text", name, x=_LEFT - 8, y=top + 12, text_anchor="end", fill="currentColor")
    took = tag("text", describe_took(span.end - span.start), x=f"{left + wide + 6:.1f}", y=top + 12, fill="currentColor")
    return tag("g", bar, label, took)


def _draw_axis(begin: datetime, end: datetime, top: int) -> list[Html]:
    line = tag("line", x1=_LEFT, x2=_LEFT + _WIDTH, y1=top, y2=top, stroke="currentColor", stroke_opacity="0.5")
    first = tag("text", format_utc(begin), x=_LEFT, y=top + 18, fill="currentColor")
    last = tag("text", f"{end:%H:%M:%S}", x=_LEFT + _WIDTH, y=top + 18, text_anchor="end", fill="currentColor")
    return [line, first, last] if end - begin >= timedelta(seconds=1) else [line, first]


def _across(instant: datetime, begin: datetime, end: datetime) -> float:
    whole = (end - begin) / timedelta(microseconds=1)
    return _LEFT + (_WIDTH * ((instant - begin) / timedelta(microseconds=1)) / whole if whole else 0)
