"""Charts in Altair from rows that another module prepared.

Loaded only when a chart is needed. A chart shows itself without another host: as Vega-Lite in the version that Jupyter's
front ends include, as a picture elsewhere, and as words everywhere.

A chart sets no background, and no colour for axes and grid: the theme of the front end gives them. The colours of marks keep
a contrast of 3 to 1 on white and on the background of the dark theme.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from ddmkit.light_imports import defer_grammar

with defer_grammar():
    import altair as alt

__all__ = ["DescribedChart", "describe", "draw_jobs", "draw_timeline", "render_png"]

_Row = dict[str, Any]

# Altair 6 writes a MIME type that JupyterLab 4 does not know; these charts are valid in both versions of Vega-Lite.
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
_MOMENT_COLOURS = ("#ea5a4f", "#4a8fe0", "#7f868d")
_MOMENT_DASHES = ([6, 3], [1, 0], [2, 2])
_MOMENT_SHAPES = ("cross", "triangle-down", "square")
# The two documented types keep shape and colour whatever other types appear.
_TYPES = ("auto_metadata", "metadata")
_TYPE_SHAPES = ("circle", "diamond", "triangle-up")
_TYPE_COLOURS = ("#4d8fc7", "#d9741f", "#9579cf")
# A theme colours the words at an axis and no others: these follow the background that it gives.
_INK = {"expr": "luminance(background) < 0.4 ? '#f2f2f2' : '#222222'"}
_GAP_COLOUR = "#858c94"
_RANGE_COLOUR = "#2a9249"
_TONES = {"good": "#2a9249", "bad": "#dd4a40", "busy": "#3d85d1", "quiet": "#858c94", "warning": "#b87a00"}


class DescribedChart(alt.LayerChart):
    """A layered chart that shows itself offline, with its ``description`` as text beside it."""

    def _repr_mimebundle_(self, *_args: Any, **_kwds: Any) -> dict[str, Any]:
        spec = {**self.to_dict(), "$schema": _SCHEMA}
        bundle = {_MIME_TYPE: spec, "text/plain": describe(self)}
        picture = render_png(self)
        return bundle if picture is None else {**bundle, "image/png": base64.b64encode(picture).decode("ascii")}


def describe(chart: alt.LayerChart) -> str:
    """Return the description of a chart: its content in words."""
    return str(chart.to_dict(validate=False).get("description", ""))


def draw_timeline(
    *,
    bars: Sequence[_Row],
    marks: Sequence[_Row],
    rules: Sequence[_Row],
    domain: tuple[int, int],
    title: str,
    notes: Sequence[str],
    description: str,
) -> DescribedChart:
    """Draw bars, marks and rules over one time axis; each row of the chart has its name at the left.

    Args:
        bars: Ranges and gaps, from ``start`` to ``end``.
        marks: Backups, each ``at`` an instant.
        rules: Instants that cross all rows, such as now.
        domain: The first and the last instant of the axis, in epoch milliseconds.
        title: The title of the chart.
        notes: Lines below the title.
        description: The content of the chart in words.

    """
    present = {rule["row"] for rule in rules}
    rows = [name for name in _MOMENTS if name in present]
    rows += ["can be restored to", *sorted({mark["row"] for mark in marks})]
    axes = _Axes(domain, rows)
    layers = [*_draw_bars(bars, axes), _draw_rules(rules, axes), _draw_marks(marks, axes), *_draw_moments(rules, axes)]
    return _finish(layers, title, notes, description, height=_ROW_HEIGHT * len(rows))


def draw_jobs(
    rows: Sequence[_Row], *, domain: tuple[int, int] | None, title: str, notes: Sequence[str], description: str
) -> DescribedChart:
    """Draw one bar for each job, newest on top, with its state beside it; parameters as for ``draw_timeline``."""
    axes = _Axes(domain, list(dict.fromkeys(row["row"] for row in rows)) or ["no jobs"])
    base = _chart(rows).encode(y=axes.y(), color=_category("tone", _TONES.keys(), _TONES.values()), tooltip=_JOB_TOOLTIP)
    bars = base.mark_bar(height=_JOB_HEIGHT - 8, minBandSize=2).encode(x=axes.x("start"), x2="end:T")
    # A job of minutes is invisible on an axis of days, so each job has a mark at its start.
    marks = base.mark_point(size=45, filled=True, opacity=1).encode(x=axes.x("start", sets_domain=True))
    layers = [bars, marks]
    # The state stands after the job's end; for a job late on the axis before its start, so that it stays inside the chart.
    for is_late in (False, True):
        x = axes.x("start" if is_late else "end")
        words = _chart([row for row in rows if row["late"] is is_late]).encode(x=x, y=axes.y(), text="words:N")
        layers.append(words.mark_text(**_beside(8, is_late=is_late), color=_INK, limit=300))
    return _finish(layers, title, notes, description, height=_JOB_HEIGHT * len(axes.rows))


def render_png(chart: alt.LayerChart) -> bytes | None:
    """Return the chart as PNG at double size, or ``None`` where vl-convert is not installed or cannot draw it."""
    drawn = _render(chart, "vegalite_to_png", scale=2)
    return None if drawn is None else bytes(drawn)


def _render(chart: alt.LayerChart, function: str, **options: Any) -> Any:
    try:
        import vl_convert  # noqa: PLC0415  # an optional package: without it pages show charts in words
    except ImportError:
        return None
    try:
        # A picture does not know the colours of its page, so it has a background of its own.
        drawn = {**chart.to_dict(), "background": "white"}
        return getattr(vl_convert, function)(drawn, allowed_base_urls=[], **options)
    except ValueError:
        return None  # the page shows the words instead of the picture


class _Axes:
    """The two axes that all layers of a chart share."""

    def __init__(self, domain: tuple[int, int] | None, rows: list[str]) -> None:
        self.rows = rows
        self._domain = domain

    def x(self, field: str, *, sets_domain: bool = False) -> alt.X:
        """Place by time; the axis is in UTC and says so. One layer without an ``x2`` sets the domain for all layers.

        Vega-Lite warns on the page when two layers set the domain, or one that has both ends of a bar.
        """
        axis = alt.Axis(title="time (UTC)", labelExpr=_AXIS_LABELS, labelOverlap=True, tickCount=10, grid=True)
        edges = list(self._domain) if self._domain and sets_domain else alt.Undefined
        return alt.X(f"{field}:T", scale=alt.Scale(type="utc", domain=edges, nice=False), axis=axis)

    def y(self) -> alt.Y:
        """Place by row, in the order given."""
        axis = alt.Axis(title=None, labelLimit=300, ticks=False, domain=False)
        return alt.Y("row:N", scale=alt.Scale(domain=self.rows), sort=None, axis=axis)


def _tooltip(*names: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:N", title=name) for name in names]


_BAR_TOOLTIP = _tooltip("kind", "length", "utc", "local")
_BACKUP_TOOLTIP = _tooltip("name", "id", "type", "status", "utc", "local")
_JOB_TOOLTIP = _tooltip("id", "status", "took", "instance", "reason", "utc", "local")


def _chart(rows: Sequence[_Row]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))


def _category(field: str, names: Iterable[str], values: Iterable[Any], channel: type[alt.SchemaBase] = alt.Color) -> Any:
    """Return a channel without a legend that shows each name of a field as the value at the same place."""
    return channel(f"{field}:N", scale=alt.Scale(domain=list(names), range=list(values)), legend=None)


def _beside(distance: int, *, is_late: bool) -> dict[str, Any]:
    return {"align": "right" if is_late else "left", "dx": -distance if is_late else distance}


def _draw_bars(bars: Sequence[_Row], axes: _Axes) -> list[alt.Chart]:
    ranges, gaps = ([bar for bar in bars if (bar["kind"] == "range") is is_range] for is_range in (True, False))
    ends: dict[str, Any] = {"x": axes.x("start"), "x2": "end:T", "y": axes.y(), "tooltip": _BAR_TOOLTIP}
    dashed: dict[str, Any] = {"color": _GAP_COLOUR, "fillOpacity": 0.2, "stroke": _GAP_COLOUR, "strokeDash": [3, 3]}
    labels = _chart([bar for bar in bars if bar.get("label")]).mark_text(color=_INK, fontSize=10)
    return [
        _chart(ranges).mark_bar(height=16, color=_RANGE_COLOUR, minBandSize=2).encode(**ends),
        _chart(gaps).mark_bar(height=16, **dashed).encode(**ends),
        labels.encode(x=axes.x("middle"), y=axes.y(), text="label:N", tooltip=_BAR_TOOLTIP),
    ]


def _draw_marks(marks: Sequence[_Row], axes: _Axes) -> alt.Chart:
    types = [*_TYPES, *sorted({mark["type"] for mark in marks} - set(_TYPES))]
    shapes, colours = ([values[min(index, 2)] for index in range(len(types))] for values in (_TYPE_SHAPES, _TYPE_COLOURS))
    usable = alt.Scale(domain=[True, False], range=[0.9, 0.25])
    drawn: alt.Chart = (
        _chart(marks)
        .mark_point(size=70, filled=True)
        .encode(
            x=axes.x("at"),
            y=axes.y(),
            shape=_category("type", types, shapes, alt.Shape),
            color=_category("type", types, colours),
            opacity=alt.Opacity("usable:O", scale=usable, legend=None),
            tooltip=_BACKUP_TOOLTIP,
        )
    )
    return drawn


def _draw_rules(rules: Sequence[_Row], axes: _Axes) -> alt.Chart:
    drawn: alt.Chart = (
        _chart(rules)
        .mark_rule(strokeWidth=1.5, opacity=0.8)
        .encode(
            x=axes.x("at", sets_domain=True),
            color=_category("row", _MOMENTS, _MOMENT_COLOURS),
            strokeDash=_category("row", _MOMENTS, _MOMENT_DASHES, alt.StrokeDash),
        )
    )
    return drawn


def _draw_moments(rules: Sequence[_Row], axes: _Axes) -> list[alt.Chart]:
    layers = []
    for is_late in (False, True):
        text = _chart([rule for rule in rules if rule["late"] is is_late]).mark_text(
            **_beside(9, is_late=is_late), color=_INK
        )
        layers.append(text.encode(x=axes.x("at"), y=axes.y(), text="label:N"))
    points = _chart(rules).mark_point(size=60, filled=True, opacity=1)
    shape, colour = _category("row", _MOMENTS, _MOMENT_SHAPES, alt.Shape), _category("row", _MOMENTS, _MOMENT_COLOURS)
    return [*layers, points.encode(x=axes.x("at"), y=axes.y(), shape=shape, color=colour)]


def _finish(
    layers: Sequence[alt.Chart], title: str, notes: Sequence[str], description: str, *, height: int
) -> DescribedChart:
    heading = alt.TitleParams(text=title, subtitle=list(notes), anchor="start")
    finished: DescribedChart = (
        DescribedChart(layer=list(layers), description=description)
        .properties(width=_WIDTH, height=height, title=heading)
        .resolve_scale(color="independent", shape="independent", opacity="independent", strokeDash="independent")
    )
    return finished
