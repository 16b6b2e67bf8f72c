"""Read the facts of a run from its events, to show, summarise or compare them.

Events may come from a stranger's file, so any value may be missing or have another type: such a value reads as empty.
``files.integrity`` checks whether a run was edited; nothing here does.
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

_ENDS = ("completed", "failed", "freed", "released", "gone", "refused", "run-completed", "run-abandoned")


def object_in(data: Any, *path: str) -> Mapping[str, Any]:
    """Return the object at a path of keys; an empty one when there is none."""
    found = _at(data, path)
    return found if isinstance(found, Mapping) else {}


def objects_in(data: Any, *path: str) -> list[Mapping[str, Any]]:
    """Return the objects of the list at a path of keys."""
    found = _at(data, path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def text_in(data: Any, *path: str) -> str:
    """Return the value at a path of keys as text; empty when there is none, or the value is a list or an object."""
    found = _at(data, path)
    return "" if found is None or isinstance(found, Mapping | list | tuple) else str(found)


def texts_in(data: Any, *path: str) -> list[str]:
    """Return the values of the list at a path of keys as text."""
    found = _at(data, path)
    return [str(one) for one in found] if isinstance(found, list | tuple) else []


def time_in(data: Any, *path: str) -> datetime | None:
    """Return the instant at a path of keys; ``None`` when there is none, or it is no time."""
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
    """Reads facts from one run."""

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
        """The programs, service and credentials that were in use when the submit began."""
        found = self.first("opened")
        return {} if found is None else found.data

    @property
    def plan(self) -> Mapping[str, Any]:
        """The newest plan on the record."""
        return self.data("planned")

    @property
    def inventory(self) -> Mapping[str, Any]:
        """The facts that the plan was made from."""
        return object_in(self.plan, "inventory")

    @property
    def zone(self) -> str:
        """The time zone of the plan."""
        return text_in(self.plan, "time_zone") or "UTC"

    @property
    def checks(self) -> list[Mapping[str, Any]]:
        """The results of the last run of the checks before the request."""
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
        """The operating system's user who ran the process."""
        return text_in(self.environment, "system_user")

    @property
    def credentials(self) -> str:
        """The kind of credentials in use, and where they came from."""
        return text_in(self.environment, "credentials")

    @property
    def cloud_user(self) -> str:
        """The user of the cloud who sent the requests; empty when the record does not know."""
        named = text_in(self.environment, "cloud_user")
        if named:
            return "" if named.startswith("unknown") else named
        # Older records name the user in the text about the credentials only.
        return "".join(re.findall(r"^IAM user (.+), from ", self.credentials))

    @property
    def is_of_simulator(self) -> bool:
        """Whether the run was on a simulator."""
        endpoint = text_in(self.environment, "endpoint")
        host = re.sub(r"^[a-z]+://(\[[^]]*\]|[^/:]*).*$", r"\1", endpoint)
        return is_loopback(host.strip("[]")) or bool(re.fullmatch(r"[0-9a-f]{32}", self.run.service))

    @property
    def backup(self) -> Mapping[str, Any]:
        """The backup that was chosen, or that the service was expected to use; empty when none was known."""
        return object_in(self.plan, "expected", "backup") or object_in(self.inventory, "chosen_backup")

    @property
    def point(self) -> datetime | None:
        """The instant that was restored: the requested one, that of the chosen backup, or that of recovered nodes."""
        return time_in(self.inventory, "point") or time_in(self.plan, "instant", "ms")

    @property
    def incident(self) -> datetime | None:
        """The time of the incident that was given for the plan; ``None`` when none was given."""
        return time_in(self.inventory, "incident") or time_in(self.plan, "incident")

    @property
    def by_time(self) -> bool:
        """Whether a point in time was requested, not a backup."""
        is_recovery_to_time = bool(object_in(self.plan, "instant")) and not text_in(self.plan, "backup_id")
        return is_recovery_to_time or bool(text_in(self.plan, "request", "restore_time_ms"))

    @property
    def address(self) -> str:
        """The address that applications connect to now, as read from the target."""
        return text_in(self.data("verified"), "address")

    @property
    def passed(self) -> bool | None:
        """Whether the target held what was expected; ``None`` when it was not read back."""
        found = self.data("verified").get("passed")
        return found if isinstance(found, bool) else None

    @property
    def ended(self) -> datetime | None:
        """When the run was closed; ``None`` while the run is open."""
        found = self.last(*_ENDS) if self.run.state.is_settled else None
        return None if found is None else found.at

    def spans(self) -> dict[str, Span]:
        """Return the begin and end of each phase by its name, without the phases that did not happen."""
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
        """Return the duration of each phase by its name, and the duration of the whole run."""
        known = {name: span.end - span.start for name, span in self.spans().items()}
        if self.run.events:
            known["in all"] = self.run.events[-1].at - self.run.created
        return known
