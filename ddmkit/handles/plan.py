"""The plan as a person holds it: the plan of ``restore``, which shows itself completely in a notebook."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ddmkit.display.checks import checks_html, checks_text
from ddmkit.display.html import Fragment, clean_line, join
from ddmkit.display.plans import PlanNode, PlanView, plan_html, plan_text
from ddmkit.restore.plan import RestorePlan
from ddmkit.times import format_duration

__all__ = ["Plan"]


class Plan(RestorePlan):
    """What would be done, shown before it is sent: checks, a description, the exact request and the digest."""

    def __repr__(self) -> str:
        return clean_line(super().__repr__())

    __str__ = __repr__

    def show(self) -> Fragment:
        """Return the plan as static HTML and as text: the checks first, then what would be done."""
        view = view_of(self)
        checks = self.checks
        html = join([checks_html(checks), plan_html(view)])
        return Fragment(html, f"{checks_text(checks)}\n\n{plan_text(view)}")

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()


def view_of(plan: RestorePlan) -> PlanView:
    """Return the parts of a plan that are shown."""
    request, call, rows = plan.request, plan.call, plan.inventory.candidate_rows()
    expected = plan.expected_backup
    return PlanView(
        source_id=request.source_instance_id,
        source_name=plan.source_name,
        target_id=request.target_instance_id,
        target_name=plan.target_name,
        now=plan.created,
        zone=ZoneInfo(plan.time_zone),
        digest=plan.digest,
        body_json=(call.body or b"").decode(),
        path=call.target,
        point=plan.inventory.point,
        incident=plan.incident_words.removeprefix("Incident: "),
        backup_id=expected.backup.id if expected else request.backup_id or "",
        backup_name=expected.backup.name if expected else "",
        backup_note=_describe_backup(plan),
        nodes=tuple(
            PlanNode(id=node_id, name=rows[node_id].instance_name if node_id in rows else "")
            for node_id in request.data_nodes
        ),
        warnings=tuple(f"{check.id}: {check.detail}" for check in plan.checks if check.status == "warn"),
        is_ready=plan.ready,
        expires=plan.expires,
    )


def _describe_backup(plan: RestorePlan) -> str:
    expected = plan.expected_backup
    if plan.request.backup_id is not None:
        return "chosen" if expected else "chosen, but it could not be read"
    if expected is None:
        return "none made before that instant can be seen"
    text = f"expected: the service picks it, the newest made before ({format_duration(expected.distance)})"
    if expected.runner_up is not None:
        older = format_duration(expected.distance + (expected.backup.created - expected.runner_up.created))
        text += f"; the next older one, {expected.runner_up.name}, was made {older} before"
    return text
