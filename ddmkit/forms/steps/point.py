"""The form for the point in time: a backup or an instant, chosen by timeline, list or text, which always agree."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ddmkit.display.charts import timeline_text
from ddmkit.display.html import Fragment, clean_line, join, tag, text_block
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError, NotFoundError
from ddmkit.forms.logic.point_options import (
    POINT_COLUMNS,
    ChosenPoint,
    PointOptions,
    describe_gaps,
    describe_point,
    list_points,
    point_of_key,
    read_point,
    write_instant,
)
from ddmkit.forms.logic.suggestions import Suggestion, suggest_points
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.fields import TextField
from ddmkit.forms.widgets.table import Table
from ddmkit.inputs import read_incident
from ddmkit.kit import Kit
from ddmkit.models import Instance
from ddmkit.times import format_instant
from ddmkit.typed_times import find_time_zone

if TYPE_CHECKING:
    from ddmkit.forms.widgets.timeline import Timeline

__all__ = ["PointForm"]

_ZONES = ("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Mexico_City")
_MORE_ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Dubai", "Asia/Riyadh", "Africa/Johannesburg")

_CHOSEN = ("✓ ", ": chosen")


class PointForm(Form):
    """Asks for the point in time to restore to; ``value`` is a ``ChosenPoint``.

    From Python set ``source`` first, then ``backup_id`` or ``restore_time``. ``time_zone`` is used for times without an
    offset. ``incident`` is when the damage happened; suggestions depend on it.
    """

    title = "Point in time"

    def __init__(
        self,
        kit: Kit,
        *,
        source: str | Instance = "",
        time_zone: str = "",
        incident: datetime | str | int = "",
        run: Runner = run_at_once,
    ) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._source_id = ""
        self._options = PointOptions()
        self._value: ChosenPoint | None = None
        self._incident: datetime | None = None
        self._timeline: Timeline | None = None
        self._drawing = threading.Lock()
        self._wanted = self._drawn = object()
        self._is_stale = False
        self._build(time_zone or kit.settings.time_zone)
        if incident:
            self.incident = incident
        if source:
            self.source = source if isinstance(source, str) else source.id
            self.read_if_needed()

    def _build(self, zone: str) -> None:
        self.zone_field = TextField(
            "Time zone",
            "The time zone for times without an offset, as an IANA name",
            self._change_zone,
            "ddmkit-zone",
            options=_ZONES + _MORE_ZONES,
        )
        self.zone_field.value = self._zone = find_time_zone(zone).key
        self.zone_field.message.show(f"Times without an offset are read in {self._zone}.")
        self.incident_field = TextField(
            "When did it happen?",
            "When the damage happened, as well as you know; used for suggestions",
            self._change_incident,
            "ddmkit-incident",
            placeholder="2026-05-20 10:47, if you know it",
        )
        self.text_field = TextField(
            "Backup id or time",
            "A backup id, or the time to restore to: 2026-05-20 10:12:32, with or without an offset, or epoch milliseconds",
            self._read_text,
            "ddmkit-point",
            placeholder="2026-05-20 10:12:32 or a backup id",
        )
        self.list = Table(
            "Ends of the restorable ranges, and backups, newest first",
            POINT_COLUMNS,
            "ddmkit-points",
            on_choose=self._choose_row,
            empty="no backups and no restorable ranges",
        )
        self.suggested = style.html(
            "ddmkit-suggested", tag("b", "Suggestions, the most likely first; click one to select it")
        )
        self.suggestions = style.column(css="ddmkit-suggestions ddmkit-rows")
        self._by_key: dict[str, widgets.VBox] = {}
        self.chart = style.column(css="ddmkit-chart")
        self.gaps = style.html("ddmkit-gaps")
        self.details = style.html("ddmkit-point-said")
        words = "Which point in time do you want to restore to? Click a suggestion, or use the chart, the list or the field."
        self._lay_out(
            style.html(value=style.heading("Point in time", words)),
            self.zone_field.widget,
            self.incident_field.widget,
            self.suggested,
            self.suggestions,
            self.chart,
            self.gaps,
            self.list,
            self.text_field.widget,
            self.details,
        )

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def value(self) -> ChosenPoint | None:
        """The chosen point."""
        return self._value

    @property
    def problem(self) -> str:
        """Why the typed point cannot be restored to, or why the typed incident is not a time."""
        if self._incident is None and self.incident_field.value.strip():
            return self.incident_field.message.text
        return self.text_field.message.text if self._value is None and self.text_field.value.strip() else ""

    @property
    def source(self) -> str:
        """The id of the source whose points are shown."""
        return self._source_id

    @source.setter
    def source(self, source_id: str) -> None:
        if source_id != self._source_id:
            self._source_id = source_id
            self._is_stale = True
            self._value = None
            self._show_choice()
            self._notify()

    @property
    def backup_id(self) -> str:
        """The id of the chosen backup, or an empty string."""
        return self._value.backup.id if self._value and self._value.backup else ""

    @backup_id.setter
    def backup_id(self, backup_id: str) -> None:
        self._type(backup_id)

    @property
    def restore_time(self) -> datetime | None:
        """The chosen instant; ``None`` if a backup was chosen."""
        return self._value.instant if self._value and self._value.backup is None else None

    @restore_time.setter
    def restore_time(self, instant: datetime | str | int) -> None:
        self._type(write_instant(instant, self._zone) if isinstance(instant, datetime) else str(instant))

    @property
    def time_zone(self) -> str:
        """The time zone for times without an offset."""
        return self._zone

    @time_zone.setter
    def time_zone(self, name: str) -> None:
        self.zone_field.value = name
        self._change_zone(name)

    @property
    def incident(self) -> datetime | None:
        """When the damage happened, or ``None``."""
        return self._incident

    @incident.setter
    def incident(self, when: datetime | str | int) -> None:
        self.incident_field.value = write_instant(when, self._zone) if isinstance(when, datetime) else str(when)
        self._change_incident(self.incident_field.value)

    @property
    def needs_reading(self) -> bool:
        """Whether backups and ranges of the source have not been read yet."""
        return self._is_stale

    def read_if_needed(self) -> None:
        """Read backups and ranges of the source, unless they have been read."""
        if self.needs_reading:
            self.refresh()

    def refresh(self) -> None:
        """Read backups and ranges of the source, then check the typed text again."""
        self._is_stale = False
        options = self._options if self._source_id else PointOptions()
        if self._source_id:
            with self._reading("backups and restorable ranges"):
                options = self._read_options()
        with FORM_LOCK:
            self._options = options
            self._draw_options()
            self._check_text(self.text_field.value)
        self._draw_chart()

    def summary(self) -> Fragment:
        """Return the chosen point as static HTML and text."""
        if self._value is None:
            return describe_facts(self.title, [("Chosen", "nothing yet"), ("Problem", self.problem)])
        return describe_facts(self.title, [*self.facts(), ("Zone", f"times without an offset are read in {self._zone}")])

    def facts(self) -> list[tuple[str, str]]:
        """Describe the chosen point, as names and texts; empty while none is chosen."""
        return describe_point(self._value, self._zone, self._kit.now()) if self._value else []

    # Reading and drawing -----------------------------------------------------------------------------------------

    def _read_options(self) -> PointOptions:
        backups = tuple(self._kit.backups(self._source_id))
        try:
            return PointOptions(backups, tuple(self._kit.restorable_ranges(self._source_id)))
        except NotFoundError:
            return PointOptions(backups, ranges_problem="the source is deleted.")
        except DDMKitError as error:
            return PointOptions(backups, ranges_problem=str(error))

    def _draw_options(self) -> None:
        now = self._kit.now()
        self.list.set_rows(list_points(self._options, self._zone, now))
        self.gaps.value = join(tag("div", line) for line in describe_gaps(self._options)) if self._source_id else ""
        self._suggest()

    def _draw_chart(self) -> None:
        """Draw the chart again.

        One thread draws at a time; a thread that comes meanwhile does not wait, and the chart is drawn once more. The first
        drawing imports Altair, which takes seconds; a person who types must not wait for it.
        """
        self._wanted = object()
        while self._drawn is not self._wanted and self._drawing.acquire(blocking=False):
            try:
                self._drawn = self._wanted
                self._draw_chart_now(self._kit.now())
            finally:
                self._drawing.release()

    def _draw_chart_now(self, now: datetime) -> None:
        if not self._source_id:
            return
        if not self.chart.children:
            style.fill(self.chart, [style.html(value=tag("div", "Drawing the timeline ...", role="status"))])
        chosen = self._value.instant if self._value else None
        try:
            from ddmkit.forms.widgets.timeline import Timeline  # noqa: PLC0415  # loads altair, which only a timeline needs

            self._timeline = self._timeline or Timeline(self._choose_clicked)
            self._timeline.draw(self._options, now, zone=self._zone, incident=self._incident, chosen=chosen)
            self._timeline.mark(self._value.instant if self._value else None)  # another point may be chosen by now
            style.fill(self.chart, [self._timeline.widget])
        except ImportError:  # vl-convert contains the script; without vl-convert the timeline is shown in words
            words = timeline_text(
                self._options.ranges, self._options.backups, now, point=chosen, incident=self._incident, zone=self._zone
            )
            style.fill(self.chart, [style.html("ddmkit-timeline-words", text_block(words))])

    def _suggest(self) -> None:
        """Show the current suggestions. A suggestion that stays keeps its button, so that a click on it is not lost."""
        found = suggest_points(self._incident, self._options.backups, self._options.spans, self._kit.now())
        keyed = {ChosenPoint(one.instant, one.backup).key: one for one in found}
        self._by_key = {key: self._by_key.get(key) or self._make_suggestion(one) for key, one in keyed.items()}
        for place, (key, one) in enumerate(keyed.items(), 1):
            self._write_suggestion(self._by_key[key], place, one)
        style.fill(self.suggestions, self._by_key.values())
        self._mark_suggestion()
        style.show(self.suggested, bool(found))
        style.show(self.suggestions, bool(found))

    def _make_suggestion(self, one: Suggestion) -> widgets.VBox:
        press, reason = style.button("", "", "ddmkit-suggestion"), style.html()
        chosen = one.backup_id or one.instant
        press.on_click(lambda _button: self._choose_clicked(chosen))
        return style.column(press, reason)

    def _write_suggestion(self, row: widgets.VBox, place: int, one: Suggestion) -> None:
        press, reason = row.children
        press.description, press.tooltip = f"{place}. {one.title}", f"Choose this point: {one.reason}"
        when = format_instant(one.instant, find_time_zone(self._zone), self._kit.now())
        reason.value = tag("div", tag("div", clean_line(one.reason)), tag("small", when))

    def _mark_suggestion(self) -> None:
        """Mark the suggestion that is the current choice."""
        chosen = self._value.key if self._value else ""
        for key, row in self._by_key.items():
            press = row.children[0]
            words = press.description.removeprefix(_CHOSEN[0]).removesuffix(_CHOSEN[1])
            press.description = words.join(_CHOSEN) if key == chosen else words

    # Choosing ----------------------------------------------------------------------------------------------------

    def _choose_row(self, key: str) -> None:
        if key:
            self._choose_clicked(point_of_key(key))
        else:
            self._type("")

    def _choose_clicked(self, chosen: str | datetime) -> None:
        self._type(chosen if isinstance(chosen, str) else write_instant(chosen, self._zone))

    def _type(self, text: str) -> None:
        """Write a choice into the text field, as a person would, so that text, list and chart show the same."""
        with FORM_LOCK:
            self.text_field.value = text
            self._read_text(text)

    def _read_text(self, text: str) -> None:
        self.read_if_needed()
        with FORM_LOCK:
            self._check_text(text)

    def _check_text(self, text: str) -> None:
        self._value = None
        message = self.text_field.message
        message.clear()
        if text.strip() and self._source_id:
            try:
                self._value = read_point(text, self._options, self._zone, self._kit.now())
            except InputError as error:
                message.show_error(f"{error.problem} {error.fix}".strip())
            else:
                kind = "backup chosen" if self._value.backup else f"time read in {self._zone} unless it has an offset"
                message.show(kind, tone=Tone.GOOD)
        self._show_choice()
        self._notify()

    def _show_choice(self) -> None:
        chosen = self._value
        self.list.choose(chosen.key if chosen else "")
        if self._timeline is not None:
            self._timeline.mark(chosen.instant if chosen else None)
        self._mark_suggestion()
        facts = self.facts()
        self.details.value = describe_facts("Chosen", facts).html if facts else ""

    def _change_zone(self, name: str) -> None:
        try:
            self._zone = find_time_zone(name.strip()).key
        except InputError as error:
            self.zone_field.message.show_error(
                f"{error.problem} {error.fix} Until then, times without an offset are read in {self._zone}."
            )
            return
        self.zone_field.message.show(f"Times without an offset are read in {self._zone}.")
        self._change_incident(self.incident_field.value)
        self._draw_options()
        self._check_text(self.text_field.value)
        self._draw_chart()

    def _change_incident(self, text: str) -> None:
        message = self.incident_field.message
        message.clear()
        self._incident = None
        if text.strip():
            try:
                self._incident = read_incident(text, self._zone, now=self._kit.now(), field="When did it happen?")
            except InputError as error:
                message.show_error(f"{error.problem} {error.fix}".strip())
            else:
                message.show(format_instant(self._incident, find_time_zone(self._zone), self._kit.now()), tone=Tone.GOOD)
        self._suggest()
        self._notify()
        self._draw_chart()
