"""A timeline as a static picture: an overview of the whole period, and the part that matters below, drawn without a library.

The picture stands where no script runs: on a saved page, on a code host, on paper. It follows the dark theme of a browser,
and has a background of its own, because an image does not know the colours of its page. What it shows is also told in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from ddmkit.display.charts import timeline_text
from ddmkit.display.html import Fragment, Html, clean_line, tag
from ddmkit.display.images import picture_html
from ddmkit.display.stylesheet import read_css
from ddmkit.display.timeline.facts import TimelineFacts, row_name
from ddmkit.display.timeline.scale import LETTER, Scale, group_marks, make_ticks, place_labels
from ddmkit.models import Backup, RestorableRange
from ddmkit.times import Span, format_duration
from ddmkit.typed_times import find_time_zone

__all__ = ["draw_timeline", "timeline_picture"]

_WIDTH, _LEFT, _RIGHT = 960, 170, 14
_TITLE, _OVERVIEW, _LANE, _ROW, _AXIS = 26, 22, 17, 30, 24
_LEGEND = 22
_MOMENTS = {"incident": "incident", "latest": "latest restorable", "now": "now", "point": "chosen"}


def timeline_picture(facts: TimelineFacts, *, zone: str = "UTC", title: str = "Restorable ranges and backups") -> Fragment:
    """Return a timeline as a figure, with the same in words."""
    ranges = [RestorableRange(start_time=span.start, end_time=span.end) for span in facts.spans]
    words = timeline_text(ranges, facts.backups, facts.now, point=facts.point, incident=facts.incident, zone=zone)
    return Fragment(picture_html(draw_timeline(facts, zone=zone, title=title), words), words)


def draw_timeline(facts: TimelineFacts, *, zone: str = "UTC", title: str = "Restorable ranges and backups") -> Html:
    """Return a timeline as an SVG document: the part around the incident and the chosen point, below the whole period."""
    plate = _Plate(facts, find_time_zone(zone), _part_of(facts))
    first, last = (f"{edge.astimezone(plate.zone):%Y-%m-%d %H:%M}" for edge in plate.part)
    heading = f"{clean_line(title)[:60]}: {first} to {last}"
    return tag(
        "svg",
        tag("style", Html(read_css("timeline.css"))),
        _hatching(),
        tag("rect", class_="paper", width=_WIDTH, height=plate.height),
        _text(f"{heading} ({plate.zone.key})", 10, 17, class_="title"),
        *plate.draw_overview(),
        *plate.draw_rows(),
        *plate.draw_moments(),
        _text(plate.legend, 10, plate.height - 8),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {plate.height}",
        width=_WIDTH,
        height=plate.height,
    )


def _part_of(facts: TimelineFacts) -> Span:
    """Return the part that is drawn large: the part that is looked at first, stretched to the chosen point."""
    part, point = facts.opening, facts.point
    if point is None or part.start <= point <= part.end:
        return part
    margin = timedelta(hours=1)
    return facts.fit(Span(min(part.start, point - margin), max(part.end, point + margin)))


@dataclass(frozen=True)
class _Plate:
    """The places of everything on one picture."""

    facts: TimelineFacts
    zone: ZoneInfo
    part: Span

    @cached_property
    def detail(self) -> Scale:
        return Scale(self.part, _LEFT, _WIDTH - _RIGHT)

    @cached_property
    def overview(self) -> Scale:
        return Scale(self.facts.domain, _LEFT, _WIDTH - _RIGHT)

    @cached_property
    def moments(self) -> dict[str, datetime]:
        facts = self.facts
        named = {"incident": facts.incident, "latest": facts.latest, "now": facts.now, "point": facts.point}
        if facts.latest is not None and facts.now - facts.latest < timedelta(seconds=1):
            del named["latest"]
        return {kind: at for kind, at in named.items() if at is not None and self.detail.shows(at)}

    @cached_property
    def labels(self) -> list[tuple[str, float, float, int]]:
        clock = {kind: f"{at.astimezone(self.zone):%H:%M:%S}" for kind, at in self.moments.items()}
        words = {kind: f"{_MOMENTS[kind]} {clock[kind]}" for kind in self.moments}
        named = [(words[kind], self.detail.x(at)) for kind, at in self.moments.items()]
        return [(one.words, one.x, one.left, one.lane) for one in place_labels(named, _LEFT, _WIDTH - _RIGHT)]

    @property
    def top(self) -> int:
        """The upper edge of the rows."""
        lanes = 1 + max((lane for *_, lane in self.labels), default=0)
        return _TITLE + _OVERVIEW + 10 + lanes * _LANE + 4

    @property
    def bottom(self) -> int:
        """The lower edge of the rows."""
        return self.top + _ROW * (1 + len(self.facts.backup_types))

    @property
    def height(self) -> int:
        return self.bottom + _AXIS + _LEGEND

    @property
    def legend(self) -> str:
        words = "Filled: can be restored from. Hollow: cannot. A number counts backups that lie close together."
        parts = [words if self.facts.backups else "No backups are known."]
        outside = self.facts.outside()
        if outside:
            parts.append(f"{outside:,} of {len(self.facts.backups):,} backups are older than this period.")
        return " ".join(parts)

    def draw_overview(self) -> list[Html]:
        """Draw the whole period: ranges, backups, moments, and a frame around the part that is drawn below."""
        top, scale = _TITLE, self.overview
        drawn = [_frame(scale, top, _OVERVIEW), _text("whole period", _LEFT - 8, top + 15, text_anchor="end")]
        drawn += [_bar(scale.clip(span), top + 4, 9, "range") for span in self.facts.spans]
        ticks = sorted({round(scale.x(one.created)) for one in self.facts.backups if scale.shows(one.created)})
        drawn.append(tag("path", class_="tick", d="".join(f"M{x} {top + 14}v6" for x in ticks)))
        drawn += [_line(scale.x(at), top, top + _OVERVIEW, kind) for kind, at in self.moments.items() if kind != "latest"]
        return [*drawn, _bar(scale.clip(self.part), top, _OVERVIEW, "brush")]

    def draw_rows(self) -> list[Html]:
        """Draw the part that matters: the grid, the ranges with their gaps, and a row for each type of backup."""
        scale, top = self.detail, self.top
        drawn = [_frame(scale, top, self.bottom - top), _text("can be restored to", _LEFT - 8, top + 19, text_anchor="end")]
        for tick in make_ticks(scale, self.zone):
            drawn.append(_line(tick.x, top, self.bottom, "day" if tick.is_day else "grid"))
            drawn.append(_text(tick.words, tick.x, self.bottom + 16, text_anchor="middle"))
        drawn += [_bar(scale.clip(span), top + 5, _ROW - 10, "range") for span in self.facts.spans]
        if not self.facts.spans:
            drawn.append(_text("no restorable range is known", _LEFT + 8, top + 19))
        for gap in self.facts.gaps:
            drawn += _draw_gap(gap, scale.clip(gap), top)
        for number, kind in enumerate(self.facts.backup_types, 1):
            backups = [one for one in self.facts.backups if one.backup_type == kind and scale.shows(one.created)]
            drawn.append(_text(row_name(kind), _LEFT - 8, top + number * _ROW + 19, text_anchor="end"))
            drawn += _draw_backups(backups, scale, top + number * _ROW + _ROW // 2)
        return drawn

    def draw_moments(self) -> list[Html]:
        """Draw incident, now, the latest restorable instant and the chosen point, as lines with labels above."""
        first = _TITLE + _OVERVIEW + 10
        lines = [_line(self.detail.x(at), self.top - 4, self.bottom, kind) for kind, at in self.moments.items()]
        return [*lines, *(_text(words, left, first + lane * _LANE + 12) for words, _, left, lane in self.labels)]


def _draw_gap(gap: Span, clipped: tuple[float, float] | None, top: int) -> Iterable[Html]:
    if clipped is None:
        return
    yield _bar(clipped, top + 5, _ROW - 10, "gap")
    words, room = f"gap {format_duration(gap.end - gap.start)}", clipped[1] - clipped[0]
    shown = next((one for one in (words, "gap") if len(one) * LETTER + 8 <= room), "")
    if shown:
        yield _text(shown, round(sum(clipped) / 2, 1), top + 19, class_="over", text_anchor="middle")


def _draw_backups(backups: list[Backup], scale: Scale, y: int) -> Iterable[Html]:
    places = [scale.x(one.created) for one in backups]
    for group in group_marks(places):
        x = round((places[group[0]] + places[group[-1]]) / 2, 1)
        usable = all(backups[index].is_usable for index in group)
        css = "mark" if usable else "mark hollow"
        if len(group) == 1:
            yield tag("path", class_=css, d=f"M{x} {y - 8}l6 8l-6 8l-6 -8z")
        else:
            width = 10 + 7 * len(str(len(group)))
            yield tag("rect", class_=css, x=round(x - width / 2, 1), y=y - 9, width=width, height=18, rx=9)
            yield _text(str(len(group)), x, y + 4, class_="count" if usable else "", text_anchor="middle")


def _hatching() -> Html:
    stripes = tag("path", d="M0 6L6 0", class_="stripe")
    return tag("defs", tag("pattern", stripes, id="gap", width=6, height=6, patternUnits="userSpaceOnUse"))


def _frame(scale: Scale, top: int, height: int) -> Html:
    return tag("rect", class_="frame", x=scale.left, y=top, width=scale.right - scale.left, height=height)


def _bar(clipped: tuple[float, float] | None, top: int, height: int, css: str) -> Html:
    if clipped is None:
        return Html("")
    left, right = clipped
    return tag("rect", class_=css, x=left, y=top, width=round(max(2.0, right - left), 1), height=height)


def _line(x: float, top: int, bottom: int, css: str) -> Html:
    return tag("line", class_=css, x1=x, x2=x, y1=top, y2=bottom)


def _text(words: str, x: float, y: float, **attributes: str) -> Html:
    return tag("text", words, x=x, y=y, **{name: value for name, value in attributes.items() if value})
