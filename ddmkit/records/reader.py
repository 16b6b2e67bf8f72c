"""What a run says, picked out of its events for those who show, sum up or compare it.

Events may come from anybody's file, so nothing is taken for granted about their data: what is missing or of another shape
reads as empty. Nothing here judges whether the run was edited; ``verify`` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ddmkit.config.endpoints import is_loopback
from ddmkit.records.events import Event
from ddmkit.records.runs import RunData
from ddmkit.times import Span, parse_service_time

__all__ = ["RunReader", "object_in", "objects_in", "text_in", "texts_in", "time_in"]

_ENDS = ("completed", "failed", "freed", "released", "gone", "refused")


def object_in(data: Any, *path: str) -> Mapping[str, Any]:
    """Return the object at a path of keys, an empty one where there is none."""
    found = _at(data, path)
    return found if isinstance(found, Mapping) else {}


def objects_in(data: Any, *path: str) -> list[Mapping[str, Any]]:
    """Return the objects of the list at a path of keys."""
    found = _at(data, path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def text_in(data: Any, *path: str) -> str:
    """Return the value at a path of keys as text; empty where there is none, or a list or object stands there."""
    found = _at(data, path)
    return "" if found is None or isinstance(found, Mapping | list | tuple) else str(found)


def texts_in(data: Any, *path: str) -> list[str]:
    """Return the values of the list at a path of keys as text."""
    found = _at(data, path)
    return [str(one) for one in found] if isinstance(found, list | tuple) else []


def time_in(data: Any, *path: str) -> datetime | None:
    """Return the instant at a path of keys, ``None`` where none can be read."""
    try:
        return parse_service_time(text_in(data, *path))
    except ValueError:
        return None


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


@dataclass(frozen=True)
class RunReader:
    """One run, asked for what it says."""

    run: RunData

    def first(self, kind: str) -> Event | None:
        """Return the first event of a kind."""
        return next((event for event in self.run.events if event.kind == kind), None)

    def last(self, *kinds: str) -> Event | None:
        """Return the last event of these kinds."""
        return next((event for event in reversed(self.run.events) if event.kind in kinds), None)

    def data(self, *kinds: str) -> Mapping[str, Any]:
        """Return the data of the last event of these kinds, empty when there is none."""
        found = self.last(*kinds)
        return {} if found is None else found.data

    @property
    def environment(self) -> Mapping[str, Any]:
        """Programs, service and credentials that submitting began with."""
        found = self.first("opened")
        return {} if found is None else found.data

    @property
    def plan(self) -> Mapping[str, Any]:
        """The plan that was looked at last."""
        return self.data("planned")

    @property
    def inventory(self) -> Mapping[str, Any]:
        """The facts that the plan rests on."""
        return object_in(self.plan, "inventory")

    @property
    def zone(self) -> str:
        """The zone that the plan's times were read in."""
        return text_in(self.plan, "time_zone") or "UTC"

    @property
    def checks(self) -> list[Mapping[str, Any]]:
        """The checks as they stood last before the request."""
        known = [objects_in(event.data, "checks") for event in self.run.events if event.kind in {"planned", "checked"}]
        return next((checks for checks in reversed(known) if checks), [])

    @property
    def accepted(self) -> list[str]:
        """The ids of the warnings that a person accepted."""
        return texts_in(self.data("confirmed"), "accepted")

    @property
    def accepted_by(self) -> str:
        """Who confirmed the restore, as they gave their name."""
        return text_in(self.data("confirmed"), "operator")

    @property
    def system_user(self) -> str:
        """The machine's user whose process it was."""
        return text_in(self.environment, "system_user")

    @property
    def credentials(self) -> str:
        """With what the service was called: the kind of credentials, and where they came from."""
        return text_in(self.environment, "credentials")

    @property
    def cloud_user(self) -> str:
        """As whom the service was called; empty where the record does not know."""
        named = text_in(self.environment, "cloud_user")
        if named:
            return "" if named.startswith("unknown") else named
        # Records of before named it among the credentials only.
        return "".join(re.findall(r"^IAM user (.+), from ", self.credentials))

    @property
    def is_of_simulator(self) -> bool:
        """Nothing of it happened in a cloud."""
        endpoint = text_in(self.environment, "endpoint")
        host = re.sub(r"^[a-z]+://(\[[^]]*\]|[^/:]*).*$", r"\1", endpoint)
        return is_loopback(host.strip("[]")) or bool(re.fullmatch(r"[0-9a-f]{32}", self.run.service))

    @property
    def backup(self) -> Mapping[str, Any]:
        """The backup that was chosen, or expected to be taken by the service; empty where none was known."""
        return object_in(self.plan, "expected", "backup") or object_in(self.inventory, "chosen_backup")

    @property
    def point(self) -> datetime | None:
        """The instant returned to: the one asked for, or that of the chosen backup."""
        return time_in(self.inventory, "point")

    @property
    def incident(self) -> datetime | None:
        """When the damage was done, as it was given for the plan; ``None`` when it was not given."""
        return time_in(self.inventory, "incident")

    @property
    def by_time(self) -> bool:
        """A point in time was asked for, not a backup."""
        return bool(text_in(self.plan, "request", "restore_time_ms"))

    @property
    def address(self) -> str:
        """Where applications connect to now, as read back from the target."""
        return text_in(self.data("verified"), "address")

    @property
    def passed(self) -> bool | None:
        """Whether the target held what was expected; ``None`` when it was not read back."""
        found = self.data("verified").get("passed")
        return found if isinstance(found, bool) else None

    @property
    def ended(self) -> datetime | None:
        """When the run was closed; ``None`` while it is open."""
        found = self.last(*_ENDS) if self.run.state.is_settled else None
        return None if found is None else found.at

    def spans(self) -> dict[str, Span]:
        """Return from when to when each part went, by its name; parts that did not happen are left out."""
        opened, intent, answer = self.first("opened"), self.last("intent"), self.last("answered", "adopted", "unknown")
        end, verified, job = self.last("completed", "failed"), self.last("verified"), self.data("completed", "failed")
        spans = {
            "submit to request": (opened and opened.at, intent and intent.at),
            "request to answer": (intent and intent.at, answer and answer.at),
            "the service's job": (time_in(job, "created_time"), time_in(job, "end_time")),
            "request to known end": (intent and intent.at, end and end.at),
            "end to read back": (end and end.at, verified and verified.at),
        }
        return {name: Span(first, max(first, last)) for name, (first, last) in spans.items() if first and last}

    def durations(self) -> dict[str, timedelta]:
        """Return how long each part took, by its name, and all of it."""
        known = {name: span.end - span.start for name, span in self.spans().items()}
        if self.run.events:
            known["in all"] = self.run.events[-1].at - self.run.created
        return known
