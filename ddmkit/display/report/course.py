"""When each part of a restore began and ended, as bars over one time axis that need no image.

A bar is the upper edge of an empty element: it has the width of its page, the colours of both themes, and is printed where
a browser leaves out backgrounds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ddmkit.display.html import Fragment, Html, join, tag
from ddmkit.display.record_narrative import format_elapsed, format_second
from ddmkit.display.status import Tone
from ddmkit.display.stylesheet import style
from ddmkit.records.recovery_reader import spans_of
from ddmkit.records.runs import RunData, RunState
from ddmkit.times import Span

__all__ = ["show_course"]

_JOB = "the service's job"
_TONES = {"request to known end": Tone.QUIET}


def show_course(run: RunData) -> Fragment:
    """Draw when each part of a run began and ended; as text the same in lines, empty when there is nothing to draw."""
    spans = spans_of(run)
    if not spans:
        return Fragment(Html(""), "")
    begin, end = min(span.start for span in spans.values()), max(span.end for span in spans.values())
    what = "restore" if run.header.kind == "restore" else "recovery"
    title = f"Course of the {what}, {format_second(begin)} to {end:%H:%M:%S} UTC"
    tones = {**_TONES, _JOB: Tone.BAD if run.state is RunState.FAILED else Tone.GOOD}
    rows = [_draw_row(name, span, begin, end, tones.get(name, Tone.BUSY)) for name, span in spans.items()]
    html = join([tag("h2", title), tag("table", tag("tbody", *rows), style=style("page-table"), aria_label=title)])
    width = max(22, *(len(name) + 2 for name in spans))
    lines = [
        f"  {name + ':':<{width}}{format_second(span.start)}, {format_elapsed(span.end - span.start)}"
        for name, span in spans.items()
    ]
    return Fragment(html, "\n".join(["Course:", *lines]))


def _draw_row(name: str, span: Span, begin: datetime, end: datetime, tone: Tone) -> Html:
    whole = max(end - begin, timedelta(milliseconds=1))
    # A bar at the right end has room for its least width.
    left, width = min(99.4, 100 * ((span.start - begin) / whole)), 100 * ((span.end - span.start) / whole)
    placed = {"margin_left": f"{left:.2f}%", "width": f"{width:.2f}%"}
    bar = tag("div", aria_hidden="true", style=style("bar", **placed, border_top=f"0.7em solid {tone.colour}"))
    cell = ("cell", "page-cell")
    return tag(
        "tr",
        tag("th", name, scope="row", style=style(*cell, "unbroken", "row-heading")),
        tag("td", format_elapsed(span.end - span.start), style=style(*cell, "unbroken", "number")),
        tag("td", bar, style=style(*cell, "track")),
        style=style("row"),
    )
