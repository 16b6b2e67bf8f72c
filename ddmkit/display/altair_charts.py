"""Altair, and nothing but Altair: rows that are already worked out become a chart.

Loaded only when a chart is asked for. The chart shows itself without another host: as Vega-Lite in the version that the
front ends of Jupyter carry, as a picture where they do not, and as words everywhere.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import altair as alt

__all__ = ["DescribedChart", "describe", "draw_jobs", "draw_timeline", "render_png", "render_svg"]

# Altair 6 writes a type that JupyterLab 4 does not know; these charts are valid in both versions of the grammar.
_MIME_TYPE = "application/vnd.vegalite.v5+json"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.6.1.json"
_WIDTH = 720
_ROW_HEIGHT = 30
_JOB_HEIGHT = 20
_AXIS_LABELS = (
    "utchours(datum.value) || utcminutes(datum.value) || utcseconds(datum.value)"
    " ? utcFormat(datum.value, utcseconds(datum.value) ? '%H:%M:%S' : '%H:%M') : utcFormat(datum.value, '%d %b')"
)
_MOMENTS = ("incident", "chosen point", "now")
_MOMENT_COLOURS = ("#b3261e", "#1a5fb4", "#333333")
_MOMENT_DASHES = ([6, 3], [1, 0], [2, 2])
_MOMENT_SHAPES = ("cross", "triangle-down", "square")
# Sorted so that the two documented types keep shape and colour whatever else appears.
_TYPES = ("auto_metadata", "metadata")
_TYPE_SHAPES = ("circle", "diamond", "triangle-up")
_TYPE_COLOURS = ("#2f6fa7", "#c2570c", "#6b4fa0")
_INK = "#222222"
_RANGE_COLOUR = "#2a9249"
_TONES = {"good": "#2a9249", "bad": "#c62f26", "busy": "#3d85d1", "quiet": "#858c94", "warning": "#b87a00"}


class DescribedChart(alt.LayerChart):
    """A layered chart that shows itself offline and always has its ``description`` as text beside it."""

    def _repr_mimebundle_(self, *_args: Any, **_kwds: Any) -> dict[str, Any]:
        spec = {**self.to_dict(), "$schema": _SCHEMA}
        bundle = {_MIME_TYPE: spec, "text/plain": describe(self)}
        picture = render_png(self)
        return bundle if picture is None else {**bundle, "image/png": base64.b64encode(picture).decode("ascii")}


def describe(chart: alt.LayerChart) -> str:
    """Return the words that a chart carries."""
    said = chart.to_dict(validate=False).get("description", "")
    return str(said)


def draw_timeline(
    *,
    bars: Sequence[dict[str, Any]],
    marks: Sequence[dict[str, Any]],
    rules: Sequence[dict[str, Any]],
    domain: tuple[int, int],
    title: str,
    notes: Sequence[str],
    description: str,
) -> DescribedChart:
    """Draw bars, marks and rules over one time axis; every row of the chart is named at its left."""
    present = {rule["row"] for rule in rules}
    rows = [name for name in _MOMENTS if name in present]
    rows += ["can be restored to", *sorted({mark["row"] for mark in marks})]
    across = _Across(domain, rows)
    layers = [_draw_bars(bars, across), _draw_gaps(bars, across), _draw_gap_labels(bars, across)]
    layers += [_draw_rules(rules, across), _draw_marks(marks, across), *_draw_moments(rules, across)]
    return _finish(layers, title, notes, description, height=_ROW_HEIGHT * len(rows))


def draw_jobs(
    rows: Sequence[dict[str, Any]],
    *,
    domain: tuple[int, int] | None,
    title: str,
    notes: Sequence[str],
    description: str,
) -> DescribedChart:
    """Draw one bar for each job, newest on top, with its state written beside it."""
    across = _Across(domain, list(dict.fromkeys(row["row"] for row in rows)) or ["no jobs"])
    base = alt.Chart(_data(rows)).encode(y=across.y())
    tones = alt.Scale(domain=list(_TONES), range=list(_TONES.values()))
    bars = base.mark_bar(height=_JOB_HEIGHT - 8, minBandSize=2).encode(
        x=across.x("start"), x2="end:T", color=alt.Color("tone:N", scale=tones, legend=None), tooltip=_JOB_TOOLTIP
    )
    # A job of minutes is a hair's breadth on an axis of days, so that each has a mark where it began.
    marks = base.mark_point(size=45, filled=True, opacity=1).encode(
        x=across.x("start", sets_domain=True), color=alt.Color("tone:N", scale=tones, legend=None), tooltip=_JOB_TOOLTIP
    )
    return _finish(
        [bars, marks, *_draw_states(rows, across)], title, notes, description, height=_JOB_HEIGHT * len(across.rows)
    )


def _draw_states(rows: Sequence[dict[str, Any]], across: _Across) -> list[alt.Chart]:
    """Write each job's state after its end; where that is late on the axis, before its start, so that it stays inside."""
    layers = []
    for is_late in (False, True):
        base = alt.Chart(_data([row for row in rows if row["late"] is is_late])).encode(y=across.y())
        words = base.mark_text(align="right" if is_late else "left", dx=-8 if is_late else 8, color="#333333", limit=160)
        layers.append(words.encode(x=across.x("start" if is_late else "end"), text="status:N"))
    return layers


def render_svg(chart: alt.LayerChart) -> str | None:
    """Return the chart as SVG, or ``None`` where vl-convert is not installed or cannot draw it."""
    drawn = _render(chart, "vegalite_to_svg")
    return None if drawn is None else str(drawn)


def render_png(chart: alt.LayerChart) -> bytes | None:
    """Return the chart as PNG at double size, or ``None`` where vl-convert is not installed or cannot draw it."""
    drawn = _render(chart, "vegalite_to_png", scale=2)
    return None if drawn is None else bytes(drawn)


def _render(chart: alt.LayerChart, function: str, **options: Any) -> Any:
    try:
        import vl_convert  # noqa: PLC0415  # an extra: pages say their charts in words without it
    except ImportError:
        return None
    try:
        return getattr(vl_convert, function)(chart.to_dict(), allowed_base_urls=[], **options)
    except ValueError:
        return None  # a picture is never worth losing a page for: the words are there


class _Across:
    """The two axes that all layers of a chart share."""

    def __init__(self, domain: tuple[int, int] | None, rows: list[str]) -> None:
        self.rows = rows
        self._domain = domain

    def x(self, field: str, *, sets_domain: bool = False) -> alt.X:
        """Place by time; the axis is in UTC and says so. One layer without an ``x2`` sets the domain for all.

        Vega-Lite warns on the page when two layers set it, or one that has both ends of a bar.
        """
        axis = alt.Axis(title="time (UTC)", labelExpr=_AXIS_LABELS, labelOverlap=True, tickCount=10, grid=True)
        edges = list(self._domain) if self._domain and sets_domain else alt.Undefined
        return alt.X(f"{field}:T", scale=alt.Scale(type="utc", domain=edges, nice=False), axis=axis)

    def y(self) -> alt.Y:
        """Place by row, in the order given."""
        axis = alt.Axis(title=None, labelLimit=300, ticks=False, domain=False)
        return alt.Y("row:N", scale=alt.Scale(domain=self.rows), sort=None, axis=axis)


_BAR_TOOLTIP = [alt.Tooltip(f"{name}:N", title=name) for name in ("kind", "length", "utc", "local")]
_BACKUP_TOOLTIP = [alt.Tooltip(f"{name}:N", title=name) for name in ("name", "id", "type", "status", "utc", "local")]
_JOB_TOOLTIP = [
    alt.Tooltip(f"{name}:N", title=name) for name in ("id", "status", "took", "instance", "reason", "utc", "local")
]


def _data(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))


def _draw_bars(bars: Sequence[dict[str, Any]], across: _Across) -> alt.Chart:
    ranges = [bar for bar in bars if bar["kind"] == "range"]
    drawn: alt.Chart = (
        alt.Chart(_data(ranges))
        .mark_bar(height=16, color=_RANGE_COLOUR, minBandSize=2)
        .encode(x=across.x("start"), x2="end:T", y=across.y(), tooltip=_BAR_TOOLTIP)
    )
    return drawn


def _draw_gaps(bars: Sequence[dict[str, Any]], across: _Across) -> alt.Chart:
    gaps = [bar for bar in bars if bar["kind"] != "range"]
    drawn: alt.Chart = (
        alt.Chart(_data(gaps))
        .mark_bar(height=16, color="#e4e4e4", stroke="#666666", strokeDash=[3, 3], strokeWidth=1)
        .encode(x=across.x("start"), x2="end:T", y=across.y(), tooltip=_BAR_TOOLTIP)
    )
    return drawn


def _draw_gap_labels(bars: Sequence[dict[str, Any]], across: _Across) -> alt.Chart:
    labels = [bar for bar in bars if bar.get("label")]
    drawn: alt.Chart = (
        alt.Chart(_data(labels))
        .mark_text(color="#333333", fontSize=10)
        .encode(x=across.x("middle"), y=across.y(), text="label:N", tooltip=_BAR_TOOLTIP)
    )
    return drawn


def _draw_marks(marks: Sequence[dict[str, Any]], across: _Across) -> alt.Chart:
    others = sorted({mark["type"] for mark in marks} - set(_TYPES))
    types = [*_TYPES, *others]
    shapes = [_TYPE_SHAPES[min(index, 2)] for index in range(len(types))]
    colours = [_TYPE_COLOURS[min(index, 2)] for index in range(len(types))]
    usable = alt.Scale(domain=[True, False], range=[0.9, 0.25])
    drawn: alt.Chart = (
        alt.Chart(_data(marks))
        .mark_point(size=70, filled=True)
        .encode(
            x=across.x("at"),
            y=across.y(),
            shape=alt.Shape("type:N", scale=alt.Scale(domain=types, range=shapes), legend=None),
            color=alt.Color("type:N", scale=alt.Scale(domain=types, range=colours), legend=None),
            opacity=alt.Opacity("usable:O", scale=usable, legend=None),
            tooltip=_BACKUP_TOOLTIP,
        )
    )
    return drawn


def _draw_rules(rules: Sequence[dict[str, Any]], across: _Across) -> alt.Chart:
    dashes = alt.Scale(domain=list(_MOMENTS), range=list(_MOMENT_DASHES))
    drawn: alt.Chart = (
        alt.Chart(_data(rules))
        .mark_rule(strokeWidth=1.5, opacity=0.8)
        .encode(
            x=across.x("at", sets_domain=True),
            color=_moment_colour(),
            strokeDash=alt.StrokeDash("row:N", scale=dashes, legend=None),
        )
    )
    return drawn


def _draw_moments(rules: Sequence[dict[str, Any]], across: _Across) -> list[alt.Chart]:
    layers = []
    for is_late in (False, True):
        base = alt.Chart(_data([rule for rule in rules if rule["late"] is is_late])).encode(x=across.x("at"), y=across.y())
        text = base.mark_text(align="right" if is_late else "left", dx=-9 if is_late else 9, color=_INK)
        layers.append(text.encode(text="label:N"))
    shapes = alt.Scale(domain=list(_MOMENTS), range=list(_MOMENT_SHAPES))
    base = alt.Chart(_data(rules)).mark_point(size=60, filled=True, opacity=1)
    shape = alt.Shape("row:N", scale=shapes, legend=None)
    return [*layers, base.encode(x=across.x("at"), y=across.y(), shape=shape, color=_moment_colour())]


def _moment_colour() -> alt.Color:
    return alt.Color("row:N", scale=alt.Scale(domain=list(_MOMENTS), range=list(_MOMENT_COLOURS)), legend=None)


def _finish(
    layers: Sequence[alt.Chart], title: str, notes: Sequence[str], description: str, *, height: int
) -> DescribedChart:
    heading = alt.TitleParams(text=title, subtitle=list(notes), anchor="start")
    finished: DescribedChart = (
        DescribedChart(layer=list(layers), background="white", description=description)
        .properties(width=_WIDTH, height=height, title=heading)
        .resolve_scale(color="independent", shape="independent", opacity="independent", strokeDash="independent")
        .configure_view(stroke="#cccccc")
        # Named one by one, because a dark theme of the front end would else paint them white on our white.
        .configure_axis(labelColor=_INK, titleColor=_INK, gridColor="#dddddd", domainColor="#888888", tickColor="#888888")
        .configure_title(color=_INK, subtitleColor="#8a4b00")
    )
    return finished
