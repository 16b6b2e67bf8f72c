"""Everything that a kit does about drills: plan, run, report, and the coverage of all sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ddmkit.drills.build import build_report
from ddmkit.drills.course import DrillCourse, DrillSetup
from ddmkit.drills.history import earlier_drills, saw_failure
from ddmkit.drills.report import ReportSignature, report_digest
from ddmkit.errors import DDMKitError, InputError, NotReadyError
from ddmkit.handles.drill.carry_out import Carried, RunOptions, carry_out, clean_up, confirm_address
from ddmkit.handles.drill.choice import warn_of_operation
from ddmkit.handles.drill.interruption import telling_what_stays
from ddmkit.handles.drill.plan import Drill
from ddmkit.handles.drill.prepare import DrillAsked, Prepared, make_plan, prepare, world_file
from ddmkit.handles.drill.result import DrillResult
from ddmkit.handles.drill.stage import Stage, on_stage
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.models import Backup
from ddmkit.recovery.run.password import VARIABLE, GivenPassword, NodePassword

if TYPE_CHECKING:
    from ddmkit.kit import Kit

__all__ = ["DrillDesk"]

_UNSIGNED = "Not signed here: the hash covers every part but this one, and stands in the record's chain of events."


class DrillDesk:
    """The drills of one kit. ``stage`` is where drills on the simulator run."""

    def __init__(self, kit: Kit, stage: Stage, require_here: Callable[[Record], object]) -> None:
        self._kit = kit
        self._stage = stage
        self._require_here = require_here

    def plan(self, asked: DrillAsked, setup: dict[str, Any]) -> Drill:
        """Return the plan of a drill; ``setup`` are the fields of ``DrillSetup`` that a person gives."""
        prepared = prepare(asked, self._kit, self._stage, self._require_here)
        choice = prepared.choice
        made = DrillSetup(
            where=asked.where,
            scope=choice.scope,
            declared=prepared.declared,
            planned=prepared.planned,
            incident=choice.incident,
            why=choice.why,
            warning=warn_of_operation(choice, _listed_backups(prepared.plan)),
            planner=self._kit.operator,
            fault=asked.fault,
            **setup,
        )
        return Drill(self, prepared, made)

    def run(
        self,
        prepared: Prepared,
        setup: DrillSetup,
        *,
        confirm: str,
        accept: Iterable[str],
        node_password: GivenPassword | None,
        timeout_s: float,
        poll_s: float | None,
        say: Callable[[str], object],
    ) -> DrillResult:
        """Carry a drill out and write its report; see ``Drill.run``."""
        on_simulator = setup.where == "simulator"
        options = RunOptions(
            accept=tuple(accept),
            accepts_all=on_simulator,
            node_password=node_password,
            purpose=setup.purpose or "drill",
            timeout_s=timeout_s,
            poll_s=poll_s if poll_s is not None else 1.0 if on_simulator else 10.0,
            say=say,
        )
        if not on_simulator:
            _require_password(prepared.plan, node_password)
            return self._finish(self._kit, prepared.plan, setup, options, confirm)
        world = world_file(prepared)
        fault = setup.fault
        faults = [fault.simulated] if fault is not None and fault.simulated else []
        try:
            with on_stage(
                self._stage, world, faults=faults, zone=prepared.choice.time_zone, later=self._kit.now() - prepared.asked_at
            ) as rebuilt:
                plan = make_plan(rebuilt, prepared.choice)
                _require_same(plan.digest, prepared.plan.digest)
                if fault is not None and fault.name == "expired-backup" and rebuilt.simulator is not None:
                    rebuilt.simulator.world.remove_backup(prepared.choice.backup_id or "")
                return self._finish(rebuilt, plan, setup, options, confirm)
        finally:
            if prepared.folder is not None:
                prepared.folder.remove()

    def _finish(self, kit: Kit, plan: Plan | Recovery, setup: DrillSetup, options: RunOptions, confirm: str) -> DrillResult:
        """Carry out, clean up, report, and write the report to the record. Whatever fails, the clean-up is tried."""
        most = plan.new_instances if isinstance(plan, Recovery) else 0
        backups, created_at = _read_backups(kit, plan)
        with nullcontext() if setup.where == "simulator" else telling_what_stays(kit, plan):
            carried = carry_out(kit, plan, options)
            address, why_not = (None, "") if carried.problem else confirm_address(kit, carried.record_id)
            carried = replace(carried, problem=carried.problem or why_not)
            created, clean_problem = clean_up(kit, carried.record_id, most, say=options.say)
        return self._report(
            kit,
            setup,
            carried,
            DrillCourse(
                made_at=self._kit.now(),
                ended=kit.now(),
                confirmation=confirm,
                accepted=carried.accepted,
                problem=carried.problem,
                address=address,
                backups=backups,
                source_created=created_at,
                created=created,
                clean_problem=clean_problem,
            ),
        )

    def _report(self, kit: Kit, setup: DrillSetup, carried: Carried, course: DrillCourse) -> DrillResult:
        record = kit.records.get(carried.record_id)
        known = kit.records.drill_reports(record.header.source_id)
        course = replace(course, history=earlier_drills(known), saw_failure=saw_failure(known))
        report = build_report(record.run, setup, course)
        signature = ReportSignature(sha256=report_digest(report), words=_UNSIGNED)
        report = report.model_copy(update={"signature": signature})
        written = kit.records.add_report(carried.record_id, report.model_dump(mode="json"))
        return DrillResult(report, written, self._kit.known_secrets)


def _listed_backups(plan: Plan | Recovery) -> tuple[Backup, ...]:
    """Return the backups of the source that the plan was made from."""
    side = plan.inventory if isinstance(plan, Plan) else plan.facts.source_side if plan.facts is not None else None
    return (side.backups.value or ()) if side is not None else ()


def _require_password(plan: Plan | Recovery, given: GivenPassword | None) -> None:
    """Refuse a drill that would wait for a password: nobody may be there."""
    needs = isinstance(plan, Recovery) and any(node.action == "recover" for node in plan.nodes)
    if needs and NodePassword(given).get() is None:
        raise InputError(
            "is missing, and new nodes need one; nothing was sent.",
            field="node_password",
            fix=f"Give it, or set {VARIABLE}.",
        )


def _require_same(made: str, shown: str) -> None:
    if made != shown:
        raise NotReadyError(
            f"Nothing was sent: the plan is now {made}, and {shown} was shown. Plan the drill again and look at it.",
            checks=(),
        )


def _read_backups(kit: Kit, plan: Plan | Recovery) -> tuple[tuple[datetime, ...] | None, datetime | None]:
    """Return when the usable backups of the source were made, and when the source was; ``None`` where that is not known."""
    source_id = plan.source_id if isinstance(plan, Recovery) else plan.request.source_instance_id
    try:
        backups = tuple(one.created for one in kit.backups(source_id) if one.is_usable)
        created = next((one.created for one in kit.instances() if one.id == source_id), None)
    except DDMKitError:
        return None, None
    return backups, created
