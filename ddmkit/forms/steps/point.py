"""The form for the point in time: a backup or an instant, chosen by timeline, list, text or picker, which always agree.

Text of a person may be relative to now (``yesterday 18:05``). The form shows the absolute instant that it means, writes this
instant into the field, and passes on nothing else. Values set from Python have to be whole times or ids.
"""

from __future__ import annotations

from datetime import datetime

from ddmkit.display.html import Fragment, Html, join, tag
from ddmkit.display.status import describe_count
from ddmkit.display.timeline.facts import TimelineFacts, read_facts
from ddmkit.display.timeline.svg import timeline_picture
from ddmkit.errors import InputError
from ddmkit.forms.logic.point_options import (
    POINT_COLUMNS,
    ChosenPoint,
    PointOptions,
    describe_gaps,
    describe_point,
    format_local,
    list_points,
    point_of_key,
    read_point,
    require_point,
    write_instant,
)
from ddmkit.forms.logic.suggestions import suggest_points
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.logic.typed_notations import describe_reading, read_typed_time
from ddmkit.forms.readers.points import read_point_options
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.instants.entry import TimeEntry
from ddmkit.forms.widgets.instants.picker import Picker
from ddmkit.forms.widgets.instants.suggestions import SuggestionList
from ddmkit.forms.widgets.instants.zone import ZoneField
from ddmkit.forms.widgets.table import Table
from ddmkit.forms.widgets.timeline import Timeline
from ddmkit.inputs import read_incident
from ddmkit.kit import Kit
from ddmkit.models import Backup, Instance
from ddmkit.times import format_instant
from ddmkit.typed_times import find_time_zone

__all__ = ["PointForm"]

_INCIDENT, _POINT = "When did it happen?", "Point"
_EXPLANATION = "Which point in time do you want to restore to? Click a suggestion, or use the parts below it."


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
        self._latest: datetime | None = None
        self._pictured: tuple[object, Fragment] = (None, Fragment(Html(""), ""))
        self._is_typed = False
        self._is_stale = False
        self._read_at = kit.now()
        self._build(time_zone or kit.settings.time_zone)
        if incident:
            self.incident = incident
        if source:
            self.source = source if isinstance(source, str) else source.id
            self.read_if_needed()

    def _build(self, zone: str) -> None:
        self.zone_field = ZoneField(zone, self._use_zone)
        self._zone = self.zone_field.zone
        self.incident_entry = TimeEntry(
            _INCIDENT,
            "When the damage happened, as well as you know: a time, yesterday 18:05, or 2 h ago; used for suggestions",
            "ddmkit-incident",
            placeholder="optional, for better suggestions: 10:47, yesterday 18:05, 2 h ago",
            on_change=lambda text: self._change_incident(text, is_typed=True),
            on_pick=self._pick_incident,
        )
        self.text_entry = TimeEntry(
            "Backup id or time",
            "A backup id, or the time to restore to, typed or pasted",
            "ddmkit-point",
            placeholder="2026-05-20 10:12:32, 18:05, 1 h ago, or a backup id",
            on_change=lambda text: self._read_text(text, is_typed=True),
            on_pick=self._choose_clicked,
        )
        self.incident_field, self.text_field = self.incident_entry.field, self.text_entry.field
        self.list = Table(
            "Ends of the restorable ranges, and backups, newest first",
            POINT_COLUMNS,
            "ddmkit-points",
            on_choose=self._choose_row,
            empty="no backups and no restorable ranges",
            is_newest_first=True,
        )
        self.suggestions = SuggestionList(self._choose_clicked)
        self.timeline = Timeline(self._choose_clicked, self._kit.now)
        self.gaps, self.details = style.html(), style.html()
        words = ("Latest restorable", "Choose this instant", "ddmkit-latest")
        self.latest = style.button(*words, act=lambda: self._choose_clicked(self._latest) if self._latest else None)
        self.again = style.button("Read again", "Read it all again", "ddmkit-reread", act=lambda: self._run(self.refresh))
        self.picker = Picker(self._read_picked, self.zone_field.offer_browsers)
        self.picker.zones = list(dict.fromkeys((self._zone, "UTC")))
        self._lay_out(
            style.html(value=style.heading("Point in time", _EXPLANATION)),
            self.zone_field.widget,
            self.incident_entry.widget,
            self.suggestions.widget,
            self.timeline,
            self.gaps,
            style.line(self.latest, self.again),
            self.text_entry.widget,
            self.picker,
            self.list,
            self.details,
        )
        self._draw_timeline()

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
            style.hide(self.timeline)  # it shows another source
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
        self.zone_field.field.value = name
        self.zone_field.take(name)

    @property
    def incident(self) -> datetime | None:
        """When the damage happened, or ``None``."""
        return self._incident

    @incident.setter
    def incident(self, when: datetime | str | int) -> None:
        self.incident_field.value = write_instant(when, self._zone) if isinstance(when, datetime) else str(when)
        self._change_incident(self.incident_field.value, is_typed=False)

    @property
    def backups(self) -> tuple[Backup, ...]:
        """The backups of the source, as they were read last."""
        return self._options.backups

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
                options = read_point_options(self._kit, self._source_id)
        with FORM_LOCK:
            self._options, self._read_at = options, self._kit.now()
            self._draw_options()
            self._draw_timeline()
            if self._incident is not None:
                self._change_incident(self.incident_field.value, is_typed=False)
            self._check_text(self.text_field.value)

    def summary(self) -> Fragment:
        """Return the chosen point as static HTML and text, with the timeline as a picture."""
        if self._value is None:
            words = describe_facts(self.title, [("Chosen", "nothing yet"), ("Problem", self.problem)])
        else:
            words = describe_facts(
                self.title, [*self.facts(), ("Zone", f"times without an offset are read in {self._zone}")]
            )
        picture = self.picture()
        return Fragment(join([words.html, picture.html]), words.text)

    def picture(self) -> Fragment:
        """Return the timeline for a page without a kernel; empty before the source's points were read."""
        if not self._source_id or self._is_stale:
            return Fragment(Html(""), "")
        # Drawn again when something changed, not when time has passed: each change is sent to the page.
        drawn_from = (id(self._options), self._zone, self._incident, self._value.key if self._value else "")
        if drawn_from != self._pictured[0]:
            self._pictured = (drawn_from, timeline_picture(self._timeline_facts(), zone=self._zone))
        return self._pictured[1]

    def facts(self) -> list[tuple[str, str]]:
        """Describe the chosen point, as names and texts; empty while none is chosen."""
        return describe_point(self._value, self._zone, self._read_at) if self._value else []

    # Reading and drawing -----------------------------------------------------------------------------------------

    def _draw_options(self) -> None:
        rows = list_points(self._options, self._zone, self._read_at)
        self.list.fold = f"All in a table: {describe_count(len(rows), 'point')}" if rows else ""
        self.list.set_rows(rows)
        age = f"Read at {format_local(self._read_at.replace(microsecond=0), self._zone)}; ages count from then."
        lines = [*describe_gaps(self._options, self._zone), age] if self._source_id else []
        self.gaps.value = join(tag("div", line) for line in lines)
        self._latest = self._timeline_facts().latest
        if self._latest is not None:
            self.latest.description = f"Latest restorable: {format_local(self._latest, self._zone)}"
        style.show(self.latest, self._latest is not None)
        self._suggest()

    def _timeline_facts(self) -> TimelineFacts:
        point = self._value.instant if self._value else None
        options = self._options
        return read_facts(options.ranges, options.backups, self._kit.now(), incident=self._incident, point=point)

    def _draw_timeline(self) -> None:
        style.show(self.timeline, bool(self._source_id))
        if self._source_id:
            self.timeline.draw(
                self._options, source_id=self._source_id, zone=self._zone, incident=self._incident, chosen=self._value
            )

    def _suggest(self) -> None:
        found = suggest_points(self._incident, self._options.backups, self._options.spans, self._read_at)
        self.suggestions.show(found, self._zone, self._read_at, self._value.key if self._value else "")

    # Choosing ----------------------------------------------------------------------------------------------------

    def _choose_row(self, key: str) -> None:
        if key:
            self._choose_clicked(point_of_key(key))
        else:
            self._type("")

    def _choose_clicked(self, chosen: str | datetime) -> None:
        self._type(chosen if isinstance(chosen, str) else write_instant(chosen, self._zone))

    def _type(self, text: str) -> None:
        """Write a whole time or an id into the text field, so that text, list and timeline show the same."""
        with FORM_LOCK:
            self.text_field.value = text
            self._read_text(text, is_typed=False)

    def _read_picked(self, text: str) -> None:
        """Read what was picked; it has a zone of its own."""
        with FORM_LOCK:
            self.text_field.value = text
            self._read_text(text, is_typed=True)

    def _read_text(self, text: str, *, is_typed: bool) -> None:
        self._is_typed = is_typed
        self.read_if_needed()
        with FORM_LOCK:
            self._check_text(text)

    def _check_text(self, text: str) -> None:
        self._value = None
        self.text_entry.clear()
        if text.strip() and self._source_id:
            try:
                self._value = self._read_point(text)
            except InputError as error:
                self.text_entry.refuse(error, self._zone)
        self._show_choice()
        self._notify()

    def _read_point(self, text: str) -> ChosenPoint | None:
        """Return the point that a text means; ``None`` after asking which of its readings is meant."""
        now = self._kit.now()
        is_time = self._is_typed and not self._options.knows(text)
        typed = read_typed_time(text, self._zone, now, field=_POINT) if is_time else None
        if typed is None:
            point = read_point(text, self._options, self._zone, now)
            in_zone = f"time read in {self._zone} unless it has an offset"
            self.text_entry.show("backup chosen" if point.backup else in_zone if self._is_typed else "instant chosen")
            return point
        if typed.doubt:
            self.text_entry.ask(typed, self._zone)
            return None
        point = require_point(typed.readings[0].instant, self._options, now, self._zone)
        self.text_field.value = write_instant(point.instant, self._zone)
        self._is_typed = False
        self.text_entry.show(describe_reading(text, typed, self._zone, now))
        return point

    def _show_choice(self) -> None:
        chosen = self._value
        self.list.choose(chosen.key if chosen else "")
        self.timeline.mark(chosen)
        self.suggestions.mark(chosen.key if chosen else "")
        facts = self.facts()
        self.details.value = describe_facts("Chosen", facts).html if facts else ""

    def _use_zone(self, zone: str) -> None:
        self._zone = zone
        self.picker.zones = list(dict.fromkeys((zone, "UTC")))
        self._change_incident(self.incident_field.value, is_typed=True)
        self._draw_options()
        self._check_text(self.text_field.value)
        self._draw_timeline()

    def _pick_incident(self, incident: datetime) -> None:
        self.incident = incident

    def _change_incident(self, text: str, *, is_typed: bool) -> None:
        self.incident_entry.clear()
        self._incident = None
        if text.strip():
            try:
                self._incident = self._read_incident(text, is_typed=is_typed)
            except InputError as error:
                self.incident_entry.refuse(error, self._zone)
        self._suggest()
        self._notify()
        self._draw_timeline()

    def _read_incident(self, text: str, *, is_typed: bool) -> datetime | None:
        """Return when the damage happened; ``None`` after asking which reading of the text is meant."""
        now = self._kit.now()
        typed = read_typed_time(text, self._zone, now, field=_INCIDENT) if is_typed else None
        if typed is not None and typed.doubt:
            self.incident_entry.ask(typed, self._zone)
            return None
        given = typed.readings[0].instant if typed else text
        incident = read_incident(given, self._zone, now=now, field=_INCIDENT)
        read_at = max(self._read_at, incident)  # ages count from the reading of the points, and none lies ahead
        if typed is None:
            self.incident_entry.show(format_instant(incident, find_time_zone(self._zone), read_at))
        else:
            self.incident_field.value = write_instant(incident, self._zone)
            self.incident_entry.show(describe_reading(text, typed, self._zone, read_at))
        return incident
