"""A timeline to click on: the static chart of ``display``, with clickable areas and a line that marks the choice.

Imported only when a form shows one, because it loads Altair. Its script comes with vl-convert, so nothing is fetched from
another host. Without vl-convert ``Timeline()`` raises ``ImportError``, and the form shows words instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import altair as alt

from ddmkit.display.charts import timeline_chart
from ddmkit.forms.logic.point_options import PointOptions
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.models import Backup
from ddmkit.times import Span, format_utc, from_ms, is_within, to_ms

__all__ = ["Timeline", "slots_of", "thin_backups"]

_MOST_MARKS = 600
_SLOTS = 240
# With its labels the chart fits a page of 800 pixels. The width "container" is measured too early, as 0.
_WIDTH = 500
_MINUTE_MS = 60_000
_BACKUP, _INSTANT, _CHOSEN = "backup", "instant", "chosen"


class _OfflineChart(alt.JupyterChart):
    """A live chart with a script bundle of its own; other charts of the kernel are not affected."""


class Timeline:
    """A live chart of a source's backups and ranges; ``on_choose`` gets the backup id or instant that was clicked."""

    def __init__(self, on_choose: Callable[[str | datetime], None]) -> None:
        _OfflineChart.enable_offline()
        self._on_choose = on_choose
        self.widget: Any = None

    def draw(
        self, options: PointOptions, now: datetime, *, zone: str, incident: datetime | None, chosen: datetime | None
    ) -> None:
        """Draw backups and ranges; after that ``mark`` moves the line without drawing the chart again.

        Args:
            options: The backups and restorable ranges of the source.
            now: The end of the chart.
            zone: The time zone for local times, as an IANA name.
            incident: When the damage happened, if known.
            chosen: The chosen instant, if any.
        """
        chart = _draw(options, now, zone, incident, chosen)
        if self.widget is None:
            self.widget = _OfflineChart(chart, embed_options={"actions": False})
            self.widget.add_class("ddmkit-timeline")
        else:
            self.widget.chart = chart
        for name in (_BACKUP, _INSTANT):
            self.widget.selections.observe(self._on_event, names=name)

    def mark(self, chosen: datetime | None) -> None:
        """Move the line that marks the choice."""
        if self.widget is not None:
            self.widget.params.chosen = float(to_ms(chosen)) if chosen else 0.0

    def _on_event(self, change: Any) -> None:
        picked = change["new"].value
        row = picked[0] if picked else {}
        with FORM_LOCK:
            if "id" in row:
                self._on_choose(str(row["id"]))
            elif "instant" in row:
                self._on_choose(from_ms(int(row["instant"])))


def thin_backups(backups: Sequence[Backup], most: int = _MOST_MARKS) -> Sequence[Backup]:
    """Return at most ``most`` backups, evenly spread; backups made before an operation come first, up to half of them."""
    if len(backups) <= most:
        return backups
    special = [one for one in backups if one.backup_type == "metadata"][: most // 2]
    others = [one for one in backups if one.backup_type != "metadata"]
    wanted = most - len(special)
    step = max(1.0, len(others) / wanted)
    return [*special, *(others[int(place * step)] for place in range(min(wanted, len(others))))]


def slots_of(spans: Sequence[Span], first: datetime, last: datetime) -> list[dict[str, Any]]:
    """Divide the ranges into clickable slots; each slot stands for one instant in its range, a whole minute if possible."""
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


def _draw(options: PointOptions, now: datetime, zone: str, incident: datetime | None, chosen: datetime | None) -> Any:
    drawn = thin_backups(options.backups)
    cut = (
        f" ({len(drawn):,} of {len(options.backups):,} backups drawn; the list has all)"
        if len(drawn) < len(options.backups)
        else ""
    )
    title = f"Click a mark, or the green bar; the blue line is your choice{cut}"
    base = timeline_chart(options.ranges, drawn, now, incident=incident, zone=zone, title=title)
    instants = [now, *(end for span in options.spans for end in span), *(one.created for one in drawn)]
    slots = slots_of(options.spans, min(instants), max(instants))
    layers = [*base.layer, _choice_line(), _clickable_ranges(slots), *_clickable_marks(base)]
    made = alt.LayerChart(layer=layers)
    for name in ("background", "description", "height", "title", "resolve", "config"):
        setattr(made, name, getattr(base, name))
    made.width = _WIDTH
    return made.add_params(alt.param(name=_CHOSEN, value=float(to_ms(chosen)) if chosen else 0.0))


def _x(field: str) -> alt.X:
    return alt.X(field, title="time (UTC)", scale=alt.Scale(type="utc", nice=False))


def _choice_line() -> alt.Chart:
    base = alt.Chart(alt.InlineData(values=[{"n": 1}])).transform_calculate(at=_CHOSEN).transform_filter(f"{_CHOSEN} > 0")
    drawn: alt.Chart = base.mark_rule(color="#1a5fb4", strokeWidth=3, aria=False).encode(x=_x("at:T"))
    return drawn


def _clickable_ranges(slots: Sequence[dict[str, Any]]) -> alt.Chart:
    rows = [{**slot, "row": "can be restored to"} for slot in slots]
    pick = alt.selection_point(name=_INSTANT, fields=["instant"], on="click", clear="mouseout", toggle=False)
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(height=22, opacity=0.01, cursor="pointer", aria=False)
        .encode(x=_x("start:T"), x2="end:T", y=alt.Y("row:N"), tooltip=[alt.Tooltip("utc:N", title="instant")])
        .add_params(pick)
    )
    return drawn


def _clickable_marks(base: Any) -> list[alt.Chart]:
    """Return larger clickable areas over the marks of the backups, which are small."""
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
