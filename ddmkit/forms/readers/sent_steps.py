"""The steps of a restore or recovery that was sent, read from its record: to read, not to edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from ddmkit.display.checks import show_checks
from ddmkit.display.html import Fragment, join, tag
from ddmkit.display.plans import PlanView, plan_html, plan_text
from ddmkit.display.status import describe_count
from ddmkit.errors import DDMKitError
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.handles.plan import view_of
from ddmkit.handles.record import Record
from ddmkit.kit import Kit
from ddmkit.restore.plan import RestorePlan, plan_of
from ddmkit.times import format_instant, format_utc

__all__ = ["ReadSteps", "SentSteps", "read_sent_restore"]

_READ_ONLY = "This was sent, so this step can be read but not changed."

ReadSteps = Callable[[Record], tuple[Mapping[Step, Fragment], Mapping[Step, str]]]
"""Reads from a record what each step up to Confirm contained, and each in one line; raises ``DDMKitError``."""


class SentSteps:
    """What each step up to Confirm contained when a plan was sent; ``parts`` is empty while nothing is watched."""

    def __init__(self, kit: Kit, read: ReadSteps) -> None:
        self._kit = kit
        self._read = read
        self._record_id = ""
        self._is_sent = False
        self.parts: Mapping[Step, Fragment] = {}
        self.lines: Mapping[Step, str] = {}
        self.route: tuple[tuple[str, str], tuple[str, str]] | None = None

    def follow(self, record_id: str) -> None:
        """Read the record of the restore on the page, unless it has been read; an empty id means no restore."""
        self._is_sent = bool(record_id)
        if record_id == self._record_id:
            return
        self._record_id, self.parts, self.lines, self.route = record_id, {}, {}, None
        if not record_id:
            return
        try:
            record = self._kit.records.get(record_id)
            header = record.header
            self.route = ((header.source_name, header.source_id), (header.target_name, header.target_id))
            self.parts, self.lines = self._read(record)
        except DDMKitError:
            self._record_id = ""  # not readable now; the next call tries again

    def html(self) -> dict[Step, str]:
        """Return the HTML to show in the place of each step; empty if no restore was sent."""
        if not self._is_sent:
            return {}
        note = tag("div", _READ_ONLY, style="padding:0.2em 0 0.4em 0")
        unread = tag("div", "The record cannot be read at present. Try again later.")
        steps = (step for step in Step if step not in {Step.WATCH, Step.RESULTS})
        return {step: join([note, self.parts[step].html if step in self.parts else unread]) for step in steps}


def read_sent_restore(record: Record) -> tuple[Mapping[Step, Fragment], Mapping[Step, str]]:
    """Read the steps of a restore of the metadata."""
    plan = plan_of(record.run)
    return _read_steps(record, plan), _read_lines(record, plan)


def _read_steps(record: Record, plan: RestorePlan) -> dict[Step, Fragment]:
    view, header = view_of(plan), record.header
    confirmed = record.last("confirmed")
    accepted = (confirmed.data.get("accepted") if confirmed else None) or ()
    nodes = [(node.name or f"data node {place}", node.id) for place, node in enumerate(view.nodes, 1)]
    checks = show_checks(plan.checks)
    acceptance = f"Accepted: {', '.join(accepted)}" if accepted else ""
    return {
        Step.SOURCE: describe_facts("Source", [("Name", header.source_name), ("Id", header.source_id)]),
        Step.POINT: describe_facts("Point in time", _describe_point(view, view.zone)),
        Step.TARGET: describe_facts("Target", [("Name", header.target_name), ("Id", header.target_id), *nodes]),
        Step.CHECK: Fragment(join([checks.html, tag("div", acceptance)]), f"{checks.text}\n{acceptance}".rstrip()),
        Step.REVIEW: Fragment(plan_html(view), plan_text(view)),
        Step.CONFIRM: describe_facts("Confirmation", _describe_confirmation(record)),
    }


def _read_lines(record: Record, plan: RestorePlan) -> dict[Step, str]:
    header, count = record.header, describe_count(len(plan.request.data_nodes), "data node")
    return {
        Step.SOURCE: f"{header.source_name} ({header.source_id})",
        Step.POINT: "; ".join(f"{name}: {fact}" for name, fact in _describe_point(view_of(plan), ZoneInfo(plan.time_zone))),
        Step.TARGET: f"{header.target_name} ({header.target_id}), {count}",
        Step.CHECK: f"digest {plan.digest}",
    }


def _describe_point(view: PlanView, zone: ZoneInfo) -> list[tuple[str, str]]:
    backup = f"{view.backup_name} ({view.backup_id})" if view.backup_name else view.backup_id
    point = format_instant(view.point, zone, view.now) if view.point else "not known"
    return [("Restored to", point), ("Backup", ", ".join(filter(None, (backup, view.backup_note))))]


def _describe_confirmation(record: Record) -> list[tuple[str, str]]:
    header, confirmed = record.header, record.last("confirmed")
    return [
        ("Recorded under", header.operator),
        ("Target's name", "typed exactly" if confirmed else "not on the record"),
        ("Confirmed", format_utc(confirmed.at) if confirmed else ""),
        ("Purpose", header.purpose),
        ("Ticket", header.ticket),
        ("Record", record.id),
        ("Digest", header.digest),
    ]
