"""The steps of a recovery that was begun, read from its record: to read, not to edit."""

from __future__ import annotations

from collections.abc import Mapping

from ddmkit.display.checks import show_checks
from ddmkit.display.html import Fragment, join, tag
from ddmkit.display.recovery import show_requests
from ddmkit.forms.logic.recovery_facts import describe_recovery
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.plan import view_of_recovery
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.times import format_utc

__all__ = ["read_sent_recovery"]


def read_sent_recovery(record: Record) -> tuple[Mapping[Step, Fragment], Mapping[Step, str]]:
    """Read what each step up to Confirm contained, and each in one line; raises ``RecordError``."""
    view = RecoveryView(record.run)
    plan = view.plan
    point = "; ".join(_describe_point(plan))
    nodes = [*(f"{node.source_name}: {node.action} {node.new_name}" for node in plan.nodes), _describe_target(plan)]
    checks = show_checks(plan.checks)
    accepted = f"Accepted: {', '.join(sorted(view.accepted))}" if view.accepted else ""
    requests, few = show_requests(view_of_recovery(plan), is_folded=True), describe_recovery(plan)
    parts = {
        Step.SOURCE: describe_facts("Source", [("Name", plan.source_name), ("Id", plan.source_id)]),
        Step.POINT: describe_facts("Point in time", [("Recovered to", point)]),
        Step.TARGET: describe_facts("Nodes and target", [(f"Choice {place}", one) for place, one in enumerate(nodes, 1)]),
        Step.CHECK: Fragment(join([checks.html, tag("div", accepted)]), f"{checks.text}\n{accepted}".rstrip()),
        Step.REVIEW: Fragment(join([few.html, requests.html]), requests.text),
        Step.CONFIRM: describe_facts("Confirmation", _describe_confirmation(record)),
    }
    lines = {
        Step.SOURCE: f"{plan.source_name} ({plan.source_id})",
        Step.POINT: point,
        Step.TARGET: "; ".join(nodes),
        Step.CHECK: f"digest {plan.digest}",
    }
    return parts, lines


def _describe_point(plan: RecoveryPlan) -> list[str]:
    backup = [f"backup {plan.backup_id}"] if plan.backup_id else []
    return [format_utc(plan.instant.moment), *backup]


def _describe_target(plan: RecoveryPlan) -> str:
    return f"target: {plan.target.action} {plan.target.name}"


def _describe_confirmation(record: Record) -> list[tuple[str, str]]:
    header, confirmed = record.header, record.last("confirmed")
    new = confirmed.data.get("new_instances") if confirmed is not None else None
    return [
        ("Recorded under", header.operator),
        ("Source's name", "typed exactly" if confirmed else "not on the record"),
        ("Confirmed", format_utc(confirmed.at) if confirmed else ""),
        ("New instances", str(new) if new is not None else ""),
        ("Purpose", header.purpose),
        ("Ticket", header.ticket),
        ("Record", record.id),
        ("Digest", header.digest),
    ]
