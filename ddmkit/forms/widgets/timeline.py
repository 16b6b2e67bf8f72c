"""The timeline that a person clicks on: the static one of the display floor, with places to click and a line for the choice.

Loaded only when a form shows one, because it loads Altair. Its script comes with vl-convert, so that nothing is fetched from
another host; where vl-convert is not installed ``make_timeline`` raises ``ImportError`` and the form shows words instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import altair as alt

from ddmkit.display.charts import timeline_chart
from ddmkit.forms.logic.point_options import PointOffer
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.models import Backup
from ddmkit.times import Span, format_utc, from_ms, is_within, to_ms

__all__ = ["Timeline", "slots_of", "thin_backups"]

_MOST_MARKS = 600
_SLOTS = 240
# With its labels it fits a page of 800 pixels; a width of "container" is taken before the chart is on the page, as 0.
_WIDTH = 500
_MINUTE_MS = 60_000
_BACKUP, _INSTANT, _CHOSEN = "backup", "instant", "chosen"


class _OfflineChart(alt.JupyterChart):
    """A live chart whose script is a bundle of its own; other charts of the kernel are left as they are."""


class Timeline:
    """A live chart of what a source offers; ``tell`` hears a backup's id or an instant that was clicked on."""

    def __init__(self, tell: Callable[[str | datetime], None]) -> None:
        _OfflineChart.enable_offline()
        self._tell = tell
        self.widget: Any = None

    def draw(
        self, offer: PointOffer, now: datetime, *, zone: str, incident: datetime | None, chosen: datetime | None
    ) -> None:
        """Draw what is offered; afterwards ``mark`` moves the line of the choice without drawing anew."""
        chart = _draw(offer, now, zone, incident, chosen)
        if self.widget is None:
            self.widget = _OfflineChart(chart, embed_options={"actions": False})
            self.widget.add_class("ddmkit-timeline")
        else:
            self.widget.chart = chart
        for name in (_BACKUP, _INSTANT):
            self.widget.selections.observe(self._hear, names=name)

    def mark(self, chosen: datetime | None) -> None:
        """Move the line of the choice."""
        if self.widget is not None:
            self.widget.params.chosen = float(to_ms(chosen)) if chosen else 0.0

    def _hear(self, change: Any) -> None:
        picked = change["new"].value
        row = picked[0] if picked else {}
        with FORM_LOCK:
            if "id" in row:
                self._tell(str(row["id"]))
            elif "instant" in row:
                self._tell(from_ms(int(row["instant"])))


def thin_backups(backups: Sequence[Backup], most: int = _MOST_MARKS) -> Sequence[Backup]:
    """Keep at most so many backups, evenly spread, the newest and all made before an operation first."""
    if len(backups) <= most:
        return backups
    special = [one for one in backups if one.backup_type == "metadata"][: most // 2]
    others = [one for one in backups if one.backup_type != "metadata"]
    wanted = most - len(special)
    step = max(1.0, len(others) / wanted)
    return [*special, *(others[int(place * step)] for place in range(min(wanted, len(others))))]


def slots_of(spans: Sequence[Span], first: datetime, last: datetime) -> list[dict[str, Any]]:
    """Cut the ranges into places to click on, each standing for one instant inside its range: a whole minute if it can."""
    width = max(1_000, (to_ms(last) - to_ms(first)) // _SLOTS)
    rows = []
    for span in spans:
        start, end = to_ms(span.start), to_ms(span.end)
        for left in range(start, end, width):
            right = min(left + width, end)
            middle = (left + right) // 2
            whole = middle // _MINUTE_MS * _MINUTE_MS
            instant = end if right == end else whole if is_within(from_ms(whole), [span]) else middle
            rows.append({"start": left, "end": right, "instant": instant, "utc": f"choose {format_utc(from_ms(instant))}"})
    return rows


def _draw(offer: PointOffer, now: datetime, zone: str, incident: datetime | None, chosen: datetime | None) -> Any:
    drawn = thin_backups(offer.backups)
    cut = (
        f" ({len(drawn):,} of {len(offer.backups):,} backups drawn, the list has all)"
        if len(drawn) < len(offer.backups)
        else ""
    )
    title = f"Click a mark, or the green bar; the blue line is your choice{cut}"
    base = timeline_chart(offer.ranges, drawn, now, incident=incident, zone=zone, title=title)
    instants = [now, *(end for span in offer.spans for end in span), *(one.created for one in drawn)]
    slots = slots_of(offer.spans, min(instants), max(instants))
    layers = [*base.layer, _line_of_choice(), _places_on_ranges(slots), *_places_on_marks(base)]
    made = alt.LayerChart(layer=layers)
    for name in ("background", "description", "height", "title", "resolve", "config"):
        setattr(made, name, getattr(base, name))
    made.width = _WIDTH
    return made.add_params(alt.param(name=_CHOSEN, value=float(to_ms(chosen)) if chosen else 0.0))


def _x(field: str) -> alt.X:
    return alt.X(field, title="time (UTC)", scale=alt.Scale(type="utc", nice=False))


def _line_of_choice() -> alt.Chart:
    base = alt.Chart(alt.InlineData(values=[{"n": 1}])).transform_calculate(at=_CHOSEN).transform_filter(f"{_CHOSEN} > 0")
    drawn: alt.Chart = base.mark_rule(color="#1a5fb4", strokeWidth=3, aria=False).encode(x=_x("at:T"))
    return drawn


def _places_on_ranges(slots: Sequence[dict[str, Any]]) -> alt.Chart:
    rows = [{**slot, "row": "can be restored to"} for slot in slots]
    pick = alt.selection_point(name=_INSTANT, fields=["instant"], on="click", clear="mouseout", toggle=False)
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(height=22, opacity=0.01, cursor="pointer", aria=False)
        .encode(x=_x("start:T"), x2="end:T", y=alt.Y("row:N"), tooltip=[alt.Tooltip("utc:N", title="instant")])
        .add_params(pick)
    )
    return drawn


def _places_on_marks(base: Any) -> list[alt.Chart]:
    """Lay larger places to click over the marks of the backups, which are small."""
    marks = next((layer for layer in base.layer if _has_backups(layer)), None)
    if marks is None:
        return []
    pick = alt.selection_point(name=_BACKUP, fields=["id"], on="click", clear="mouseout", toggle=False)
    shown = [alt.Tooltip(f"{name}:N", title=name) for name in ("name", "type", "status", "utc", "local")]
    return [
        alt.Chart(marks.data)
        .mark_point(size=260, filled=True, opacity=0.01, cursor="pointer", aria=False)
        .encode(x=_x("at:T"), y=alt.Y("row:N"), tooltip=shown)
        .add_params(pick)
    ]


def _has_backups(layer: Any) -> bool:
    rows: Any = getattr(layer.data, "values", ())
    return bool(rows) and "usable" in rows[0]
