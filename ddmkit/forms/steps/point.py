"""The form that asks for the point to go back to: a backup or an instant, by timeline, list or text, all kept in step."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import ipywidgets as widgets

from ddmkit.display.charts import timeline_text
from ddmkit.display.html import Fragment, clean_line, join, tag, text_block
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError, NotFoundError
from ddmkit.forms.logic.point_options import (
    ChosenPoint,
    PointOffer,
    describe_gaps,
    describe_point,
    list_points,
    point_of_key,
    read_point,
    write_instant,
)
from ddmkit.forms.logic.suggestions import Suggestion, suggest_points
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.base import Form, describe_facts
from ddmkit.forms.widgets.fields import TextField
from ddmkit.forms.widgets.search_list import SearchList
from ddmkit.inputs import read_incident
from ddmkit.models import Instance
from ddmkit.times import format_instant
from ddmkit.typed_times import find_time_zone

__all__ = ["PointForm"]

_ZONES = ("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Mexico_City")
_MORE_ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Dubai", "Asia/Riyadh", "Africa/Johannesburg")

_CHOSEN = ("✓ ", ": chosen")


class PointForm(Form):
    """Asks for the point to go back to; ``value`` is a ``ChosenPoint``.

    From Python set ``source`` first, then ``backup_id`` or ``restore_time``; ``time_zone`` is the zone in which times
    without an offset are read, ``incident`` when it happened, for suggestions.
    """

    title = "Point in time"

    def __init__(
        self, kit: Any, *, source: str | Instance = "", time_zone: str = "", incident: Any = "", run: Runner = run_at_once
    ) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._source_id = ""
        self._offer = PointOffer()
        self._value: ChosenPoint | None = None
        self._incident: datetime | None = None
        self._timeline: Any = None
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
            "The zone in which times without an offset are read, as an IANA name",
            self._change_zone,
            "ddmkit-zone",
            options=_ZONES + _MORE_ZONES,
        )
        self.zone_field.value = self._zone = find_time_zone(zone).key
        self.zone_field.message.say(f"Times without an offset are read in {self._zone}.")
        self.incident_field = TextField(
            "When did it happen?",
            "When the damage was done, as well as you know; suggestions follow from it",
            self._change_incident,
            "ddmkit-incident",
            placeholder="2026-05-20 10:47, if you know it",
        )
        self.text_field = TextField(
            "Backup id or time",
            "A backup's id, or the instant to go back to: 2026-05-20 10:12:32, with an offset, or epoch milliseconds",
            self._read_text,
            "ddmkit-point",
            placeholder="2026-05-20 10:12:32 or a backup's id",
        )
        self.list = SearchList(
            "Points",
            "Every backup, newest first, after the ends of the restorable ranges.",
            self._choose_row,
            "ddmkit-points",
        )
        self.suggested = look.html("ddmkit-suggested", tag("b", "Suggested, the likeliest first; click one to select it"))
        self.suggestions = look.column(css="ddmkit-suggestions ddmkit-rows")
        self._by_key: dict[str, widgets.VBox] = {}
        self.chart = look.column(css="ddmkit-chart")
        self.gaps = look.html("ddmkit-gaps")
        self.said = look.html("ddmkit-point-said")
        words = "Which point in time do you want to restore to? Click a suggestion, or use the chart, the list or the field."
        self._place(
            look.html(value=look.heading("Point in time", words)),
            self.zone_field.widget,
            self.incident_field.widget,
            self.suggested,
            self.suggestions,
            self.chart,
            self.gaps,
            self.list.widget,
            self.text_field.widget,
            self.said,
        )

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def value(self) -> ChosenPoint | None:
        """The chosen point."""
        return self._value

    @property
    def problem(self) -> str:
        """Why the point that was typed cannot be restored to, or why the incident that was typed is not a time."""
        if self._incident is None and self.incident_field.value.strip():
            return self.incident_field.message.text
        return self.text_field.message.text if self._value is None and self.text_field.value.strip() else ""

    @property
    def source(self) -> str:
        """The id of the source whose points are offered."""
        return self._source_id

    @source.setter
    def source(self, source_id: str) -> None:
        if source_id != self._source_id:
            self._source_id = source_id
            self._is_stale = True
            self._value = None
            self._show_choice()
            self._tell()

    @property
    def backup_id(self) -> str:
        """The id of the chosen backup, or nothing."""
        return self._value.backup.id if self._value and self._value.backup else ""

    @backup_id.setter
    def backup_id(self, backup_id: str) -> None:
        self._type(backup_id)

    @property
    def restore_time(self) -> datetime | None:
        """The chosen instant, or ``None`` when a backup was chosen."""
        return self._value.instant if self._value and self._value.backup is None else None

    @restore_time.setter
    def restore_time(self, instant: datetime | str | int) -> None:
        self._type(write_instant(instant, self._zone) if isinstance(instant, datetime) else str(instant))

    @property
    def time_zone(self) -> str:
        """The zone in which times without an offset are read."""
        return self._zone

    @time_zone.setter
    def time_zone(self, name: str) -> None:
        self.zone_field.value = name
        self._change_zone(name)

    @property
    def incident(self) -> datetime | None:
        """When it happened, or ``None``."""
        return self._incident

    @incident.setter
    def incident(self, when: datetime | str | int) -> None:
        self.incident_field.value = write_instant(when, self._zone) if isinstance(when, datetime) else str(when)
        self._change_incident(self.incident_field.value)

    @property
    def needs_reading(self) -> bool:
        """What the source offers has not been read yet."""
        return self._is_stale

    def read_if_needed(self) -> None:
        """Read what the source offers, unless that has been read."""
        if self.needs_reading:
            self.refresh()

    def refresh(self) -> None:
        """Read what the source offers, and judge what was typed anew."""
        self._is_stale = False
        offer = self._offer if self._source_id else PointOffer()
        if self._source_id:
            with self._asking("backups and restorable ranges"):
                offer = self._read_offer()
        with FORM_LOCK:
            self._offer = offer
            self._draw_offer()
            self._judge(self.text_field.value)
        self._draw_chart()

    def summary(self) -> Fragment:
        """Return the chosen point as static HTML and text."""
        if self._value is None:
            return describe_facts(self.title, [("Chosen", "nothing yet"), ("Problem", self.problem)])
        return describe_facts(self.title, [*self.facts(), ("Zone", f"times without an offset are read in {self._zone}")])

    def facts(self) -> list[tuple[str, str]]:
        """Describe the chosen point as names and sentences; nothing while none is chosen."""
        return describe_point(self._value, self._zone, self._kit.now()) if self._value else []

    # Reading and drawing -----------------------------------------------------------------------------------------

    def _read_offer(self) -> PointOffer:
        backups = tuple(self._kit.backups(self._source_id))
        try:
            return PointOffer(backups, tuple(self._kit.restorable_ranges(self._source_id)))
        except NotFoundError:
            return PointOffer(backups, ranges_problem="the source is deleted.")
        except DDMKitError as error:
            return PointOffer(backups, ranges_problem=str(error))

    def _draw_offer(self) -> None:
        now = self._kit.now()
        self.list.set_rows(list_points(self._offer, self._zone, now))
        self.gaps.value = join(tag("div", said) for said in describe_gaps(self._offer)) if self._source_id else ""
        self._suggest()

    def _draw_chart(self) -> None:
        """Draw the chart anew. One thread draws at a time: whoever comes meanwhile goes on, and it is drawn once more.

        Drawing for the first time loads Altair, which takes seconds; a person who types must not wait for that.
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
            look.fill(self.chart, [look.html(value=tag("div", "The timeline is being drawn ...", role="status"))])
        chosen = self._value.instant if self._value else None
        try:
            from ddmkit.forms.widgets.timeline import Timeline  # noqa: PLC0415  # loads altair, which only a timeline needs

            self._timeline = self._timeline or Timeline(self._choose_clicked)
            self._timeline.draw(self._offer, now, zone=self._zone, incident=self._incident, chosen=chosen)
            self._timeline.mark(self._value.instant if self._value else None)  # another may be chosen by now
            look.fill(self.chart, [self._timeline.widget])
        except ImportError:  # vl-convert brings the script; without it the words say the same, and the list is there
            words = timeline_text(
                self._offer.ranges, self._offer.backups, now, point=chosen, incident=self._incident, zone=self._zone
            )
            look.fill(self.chart, [look.html("ddmkit-timeline-words", text_block(words))])

    def _suggest(self) -> None:
        """Show what is suggested now. What was suggested before keeps its button, so that a press on it is not lost."""
        found = suggest_points(self._incident, self._offer.backups, self._offer.spans, self._kit.now())
        keyed = {ChosenPoint(one.instant, one.backup).key: one for one in found}
        self._by_key = {key: self._by_key.get(key) or self._make_suggestion(one) for key, one in keyed.items()}
        for place, (key, one) in enumerate(keyed.items(), 1):
            self._write_suggestion(self._by_key[key], place, one)
        look.fill(self.suggestions, self._by_key.values())
        self._mark_suggestion()
        look.show(self.suggested, bool(found))
        look.show(self.suggestions, bool(found))

    def _make_suggestion(self, one: Suggestion) -> widgets.VBox:
        press, reason = look.button("", "", "ddmkit-suggestion"), look.html()
        chosen = one.backup_id or one.instant
        press.on_click(lambda _button: self._choose_clicked(chosen))
        return look.column(press, reason)

    def _write_suggestion(self, row: widgets.VBox, place: int, one: Suggestion) -> None:
        press, reason = row.children
        press.description, press.tooltip = f"{place}. {one.title}", f"Choose this point: {one.reason}"
        when = format_instant(one.instant, find_time_zone(self._zone), self._kit.now())
        reason.value = tag("div", tag("div", clean_line(one.reason)), tag("small", when))

    def _mark_suggestion(self) -> None:
        """Describe on its button that a suggestion is the choice."""
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
        """Write a choice into the text field as a person would, so that text, list and chart say the same."""
        with FORM_LOCK:
            self.text_field.value = text
            self._read_text(text)

    def _read_text(self, text: str) -> None:
        self.read_if_needed()
        with FORM_LOCK:
            self._judge(text)

    def _judge(self, text: str) -> None:
        self._value = None
        message = self.text_field.message
        message.clear()
        if text.strip() and self._source_id:
            try:
                self._value = read_point(text, self._offer, self._zone, self._kit.now())
            except InputError as error:
                message.refuse(f"{error.problem} {error.fix}".strip())
            else:
                kind = "backup chosen" if self._value.backup else f"time read in {self._zone} unless it has an offset"
                message.say(kind, tone=Tone.GOOD)
        self._show_choice()
        self._tell()

    def _show_choice(self) -> None:
        chosen = self._value
        self.list.choose(chosen.key if chosen else "")
        if self._timeline is not None:
            self._timeline.mark(chosen.instant if chosen else None)
        self._mark_suggestion()
        facts = self.facts()
        self.said.value = describe_facts("Chosen", facts).html if facts else ""

    def _change_zone(self, name: str) -> None:
        try:
            self._zone = find_time_zone(name.strip()).key
        except InputError as error:
            self.zone_field.message.refuse(f"{error.problem} {error.fix} Until then times are read in {self._zone}.")
            return
        self.zone_field.message.say(f"Times without an offset are read in {self._zone}.")
        self._change_incident(self.incident_field.value)
        self._draw_offer()
        self._judge(self.text_field.value)
        self._draw_chart()

    def _change_incident(self, text: str) -> None:
        message = self.incident_field.message
        message.clear()
        self._incident = None
        if text.strip():
            try:
                self._incident = read_incident(text, self._zone, now=self._kit.now(), field="When did it happen?")
            except InputError as error:
                message.refuse(f"{error.problem} {error.fix}".strip())
            else:
                message.say(format_instant(self._incident, find_time_zone(self._zone), self._kit.now()), tone=Tone.GOOD)
        self._suggest()
        self._tell()
        self._draw_chart()
