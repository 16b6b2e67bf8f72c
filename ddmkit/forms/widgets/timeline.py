"""A timeline to look along and choose on: the page draws and asks, Python says what lies at a place and chooses it.

A click or Enter chooses exactly what was shown: the page first asks what lies at a place, and Python accepts only the choice
of the place that it described last. Without a page the same is described by ``ddmkit.display.timeline.svg`` and in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import anywidget
import traitlets

from ddmkit.display.charts import timeline_text
from ddmkit.display.timeline.facts import read_facts
from ddmkit.forms.assets import TIMELINE_CSS, TIMELINE_JS
from ddmkit.forms.logic.places import Place, describe_backup, describe_instant
from ddmkit.forms.logic.point_options import ChosenPoint, PointOptions
from ddmkit.forms.logic.timeline_data import GRAINS_MS, Look, drawn_backups, read_look, timeline_values
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.models import Backup
from ddmkit.times import from_ms, to_ms

__all__ = ["Timeline"]

_NOT_DRAWN = -1


class Timeline(anywidget.AnyWidget):
    """The timeline of one source; ``on_choose`` gets the backup id or the instant that a person chose.

    ``clock`` gives the present, for ages and for what lies in the future.
    """

    _esm = TIMELINE_JS
    _css = TIMELINE_CSS
    domain: traitlets.List[Any] = traitlets.List().tag(sync=True)
    window: traitlets.List[Any] = traitlets.List([0, 1]).tag(sync=True)
    """The visible part; the page changes it, so that a page that is loaded again shows the same part."""
    ranges: traitlets.List[Any] = traitlets.List().tag(sync=True)
    marks: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    moments: traitlets.List[Any] = traitlets.List().tag(sync=True)
    presets: traitlets.List[Any] = traitlets.List().tag(sync=True)
    offsets: traitlets.List[Any] = traitlets.List().tag(sync=True)
    zone = traitlets.Unicode("UTC").tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    chosen: traitlets.List[Any] = traitlets.List([None, None]).tag(sync=True)
    """The chosen instant, and the number of its mark: ``None`` for an instant, -1 for a backup that is not drawn."""
    grains = traitlets.List(list(GRAINS_MS)).tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)

    def __init__(self, on_choose: Callable[[str | datetime], None], clock: Callable[[], datetime]) -> None:
        self._on_choose, self._clock = on_choose, clock
        self._options = PointOptions()
        self._drawn: tuple[Backup, ...] = ()
        self._shown: Look | None = None
        self._subject: object = None
        super().__init__(layout=style.own_layout())
        self.on_msg(self._on_message)

    def draw(
        self,
        options: PointOptions,
        *,
        source_id: str,
        zone: str,
        incident: datetime | None = None,
        chosen: ChosenPoint | None = None,
    ) -> None:
        """Draw the timeline; another source or incident also moves the visible part to where it begins.

        Args:
            options: The backups and restorable ranges of the source.
            source_id: The id of the source.
            zone: The time zone of the axis, as an IANA name.
            incident: When the damage happened, if known.
            chosen: The chosen point, if any.
        """
        now = self._clock()
        point = chosen.instant if chosen else None
        facts = read_facts(options.ranges, options.backups, now, incident=incident, point=point)
        values = timeline_values(facts, zone)
        if self._subject == (source_id, incident):
            del values["window"]
        with FORM_LOCK, self.hold_sync():
            self._options, self._drawn, self._shown = options, drawn_backups(facts), None
            self._subject = (source_id, incident)
            for name, value in values.items():
                setattr(self, name, value)
            self.words = timeline_text(options.ranges, options.backups, now, incident=incident, zone=zone)
            self.mark(chosen)
            self.version += 1

    def mark(self, chosen: ChosenPoint | None) -> None:
        """Mark the chosen point, or none."""
        number = None
        if chosen is not None and chosen.backup is not None:
            numbers = (place for place, one in enumerate(self._drawn) if one.id == chosen.backup.id)
            number = next(numbers, _NOT_DRAWN)
        self.chosen = [to_ms(chosen.instant) if chosen else None, number]

    def _on_message(self, _widget: object, said: Mapping[str, Any], _buffers: object) -> None:
        with FORM_LOCK:
            look = read_look(said, self.domain, len(self._drawn)) if self.domain else None
            if look is None:
                return
            was_shown = look == self._shown
            place = self._describe(look)
            if said.get("kind") == "choose" and was_shown and place.point is not None:
                point = place.point
                self._on_choose(point.backup.id if point.backup else point.instant)

    def _describe(self, look: Look) -> Place:
        """Tell the page what lies at a place."""
        now = self._clock()
        asked: dict[str, Any]
        if look.mark is not None:
            place = describe_backup(self._drawn[look.mark], self.zone, now)
            asked = {"mark": look.mark}
        else:
            place = describe_instant(from_ms(look.at or 0), self._options, self.zone, now)
            asked = {"at": look.at, "grain": look.grain}
        self._shown = look
        self.send({"kind": "described", **asked, "when": place.when, "facts": place.facts, "can": place.point is not None})
        return place
