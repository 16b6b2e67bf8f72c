"""Make the report of a drill from its record and its course: pure, so that the same input gives the same report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import ddmkit
from ddmkit.display.status import describe_count
from ddmkit.drills.course import DrillCourse, DrillSetup
from ddmkit.drills.measure import find_moments, longest_gap, split_time
from ddmkit.drills.report import (
    CleanUp,
    Deviation,
    DrillReport,
    Evidence,
    NegativeResult,
    Place,
    RecoveryPoint,
    RecoveryTime,
    ReportedCheck,
    ReportedFinding,
    Verdict,
)
from ddmkit.errors import RecordError
from ddmkit.records.reader import RunReader, objects_in, text_in, texts_in
from ddmkit.records.recovery_reader import RecoveryReader
from ddmkit.records.runs import RunData, RunState
from ddmkit.times import format_duration, format_utc

__all__ = ["build_report"]

_DUE_IN = timedelta(days=30)
_UNKNOWN = "cannot be known"
_DIFFERS = "differs"
_STATEMENTS = {
    "simulator": "PEOPLE AND PROCEDURE ARE PROVED, NOT BACKUPS: this ran on a simulator, which has no backup of the cloud.",
    "cloud": "REAL BACKUPS WERE RESTORED: this drill recovered the source in the cloud, under names of its own.",
}


def build_report(run: RunData, setup: DrillSetup, course: DrillCourse) -> DrillReport:
    """Return the report; raises ``RecordError`` for a record without events."""
    if not run.events:
        raise RecordError(f"Record {run.id} has no events, so there is nothing to report.")
    reader = RunReader(run)
    open_end = "" if run.state in {RunState.COMPLETED, RunState.ABANDONED} else f"the run is {run.state}"
    problem = (course.problem or open_end).strip().rstrip(".")
    findings = [_read_finding(one) for one in objects_in(reader.data("verified"), "findings")]
    checks = _read_checks(run, course.accepted)
    short = problem.partition("\n")[0].rstrip(".:")
    rto, rpo = _measure_time(run, setup, course, short), _measure_point(reader, setup, course)
    negative = _judge_failure(run, setup)
    clean_up = _describe_clean_up(course)
    never_failed = not (course.saw_failure or (negative is not None and negative.seen))
    deviations = _list_deviations(setup, course, problem, rto, rpo, findings, negative, clean_up, never_failed=never_failed)
    verdict = _judge(reader, rto, rpo, negative, clean_up, problem)
    known = [one for one in findings if one.verdict != _UNKNOWN]
    unknown = [one for one in findings if one.verdict == _UNKNOWN]
    nothing = f"Nothing was compared: {short or 'the target was not read back'}."
    no_check = f"No check was made: {short or 'none is on the record'}."
    all_compared = "Everything could be compared." if findings else nothing
    return DrillReport(
        made_at=course.made_at,
        ddmkit=ddmkit.__version__,
        verdict=verdict,
        headline=_headline(verdict, rto, rpo, negative, deviations),
        **_describe_asked(run, setup, course),
        moments=find_moments(run, declared=setup.declared, planned=setup.planned, address=course.address, problem=short),
        rto=rto,
        rpo=rpo,
        negative=negative,
        never_failed=never_failed,
        failure_words=_describe_failures(negative, never_failed=never_failed),
        checks=checks,
        checks_words=f"{describe_count(len(checks), 'check')}." if checks else no_check,
        findings=tuple(known),
        findings_words=f"{describe_count(len(known), 'comparison')}." if findings else nothing,
        cannot_be_known=tuple(unknown),
        cannot_words=f"{describe_count(len(unknown), 'thing')}." if unknown else all_compared,
        deviations=deviations,
        clean_up=clean_up,
        evidence=_describe_evidence(run),
        history=course.history,
        next_due=course.made_at + setup.every,
    )


def _describe_asked(run: RunData, setup: DrillSetup, course: DrillCourse) -> dict[str, Any]:
    """Return what was asked for, by whom and where; every part is said in words where nobody gave it."""
    return {
        "statement": _STATEMENTS[_place_of(run, setup)],
        "scope": setup.scope,
        "where": _place_of(run, setup),
        "service": run.service or "not named",
        "project_id": run.header.project_id,
        "source_id": run.header.source_id,
        "source_name": run.header.source_name,
        "purpose": setup.purpose or "no purpose was given",
        "planner": setup.planner or "not named",
        "approver": setup.approver or "nobody was named as approver",
        "confirmation": course.confirmation or "nothing was typed",
    }


def _place_of(run: RunData, setup: DrillSetup) -> Place:
    """Return where the drill ran: a service that is simulated is no cloud, whatever was asked for."""
    return "simulator" if RunReader(run).is_of_simulator else setup.where


def _read_finding(data: Mapping[str, Any]) -> ReportedFinding:
    return ReportedFinding(**{name: text_in(data, name) for name in ReportedFinding.model_fields})


def _read_checks(run: RunData, accepted: tuple[str, ...]) -> tuple[ReportedCheck, ...]:
    """Return the newest result of each check: a proof of the run replaces the result of the plan."""
    found = {text_in(one, "id"): one for one in RunReader(run).checks}
    if run.header.kind != "restore":
        found |= {text_in(one, "id"): one for one in RecoveryReader(run).proofs}
    return tuple(
        ReportedCheck(
            **{name: text_in(one, name) for name in ("id", "title", "status", "detail")},
            evidence=tuple(texts_in(one, "evidence")),
            accepted=text_in(one, "status") == "warn" and text_in(one, "id") in accepted,
        )
        for one in found.values()
    )


def _measure_time(run: RunData, setup: DrillSetup, course: DrillCourse, problem: str) -> RecoveryTime:
    split, goal = split_time(run, declared=setup.declared, address=course.address), setup.goals.rto
    if split is None:
        why = problem or "the new address was not confirmed"
        words = f"Not reached: {why}. The goal is {format_duration(goal)}."
        return RecoveryTime(goal_s=goal.total_seconds(), total_s=None, split=None, met=False, words=words)
    took = timedelta(seconds=split.total_s)
    parts = {"people": split.people_s, "service": split.service_s, "verification": split.verification_s}
    spent = ", ".join(f"{who} {format_duration(timedelta(seconds=seconds))}" for who, seconds in parts.items())
    met = took <= goal
    words = f"{format_duration(took)} ({spent}); the goal of {format_duration(goal)} was {'met' if met else 'NOT met'}."
    return RecoveryTime(goal_s=goal.total_seconds(), total_s=split.total_s, split=split, met=met, words=words)


def _measure_point(reader: RunReader, setup: DrillSetup, course: DrillCourse) -> RecoveryPoint:
    point, goal = reader.point, setup.goals.rpo
    loss = None if point is None else setup.incident - point
    met = loss is not None and timedelta(0) <= loss <= goal
    if loss is None:
        words = "Not known: the record names no restored instant."
    elif loss < timedelta(0):
        words = "The chosen instant does NOT lie before the incident."
    else:
        words = f"{format_duration(loss)} of writes are lost; the goal of {format_duration(goal)} was "
        words += "met." if met else "NOT met."
    gap = None
    if course.backups is not None:
        gap = longest_gap(course.backups, now=course.ended, since=course.source_created)
    gap_met = None if gap is None else gap.length <= goal
    return RecoveryPoint(
        instant=point,
        backup_id=text_in(reader.plan, "backup_id") or text_in(reader.plan, "request", "backup_id"),
        why=setup.why,
        incident=setup.incident,
        loss_s=None if loss is None else loss.total_seconds(),
        goal_s=goal.total_seconds(),
        met=met,
        words=words,
        gap_start=None if gap is None else gap.start,
        gap_end=None if gap is None else gap.end,
        gap_met=gap_met,
        gap_words="The backups could not be read, so the longest gap cannot be known."
        if gap is None
        else f"Longest time without a metadata backup in the last 30 days: {format_duration(gap.length)}, from "
        f"{format_utc(gap.start)} to {format_utc(gap.end)}; {'within' if gap_met else 'NOT within'} the goal.",
    )


def _judge_failure(run: RunData, setup: DrillSetup) -> NegativeResult | None:
    fault = setup.fault
    if fault is None:
        return None
    sign = fault.find_sign(run)
    words = f"The failure was expected and seen. {sign}" if sign else "The failure was expected and NOT seen on the record."
    return NegativeResult(fault=fault.name, title=fault.title, expected=fault.expected, seen=bool(sign), words=words)


def _describe_failures(negative: NegativeResult | None, *, never_failed: bool) -> str:
    if negative is not None:
        return negative.words
    if never_failed:
        return "This drill never failed: no negative drill of this source has shown that a failure would be noticed."
    return "An earlier negative drill of this source has shown that a failure is noticed."


def _describe_clean_up(course: DrillCourse) -> CleanUp:
    remains = sum(one.fate not in {"deleted", "gone"} for one in course.created)
    if not course.created:
        words = f"Nothing was listed: {course.clean_problem}" if course.clean_problem else "Nothing was created."
    elif remains:
        why = f" {course.clean_problem}" if course.clean_problem else ""
        words = f"{remains} of {len(course.created)} instances REMAIN and may be billed.{why}"
    else:
        words = f"{describe_count(len(course.created), 'instance')} created, all deleted."
    return CleanUp(created=course.created, remains=remains, words=words)


def _list_deviations(
    setup: DrillSetup,
    course: DrillCourse,
    problem: str,
    rto: RecoveryTime,
    rpo: RecoveryPoint,
    findings: list[ReportedFinding],
    negative: NegativeResult | None,
    clean_up: CleanUp,
    *,
    never_failed: bool,
) -> tuple[Deviation, ...]:
    """Return what somebody has to deal with. In a negative drill the failure itself is not a deviation."""
    told = [
        f"{one.subject} differs: expected {one.expected}, found {one.found}." for one in findings if one.verdict == _DIFFERS
    ]
    if negative is None:
        told += [f"The drill did not get to its end: {problem}."] if problem else []
        told += [f"What the plan warned of: {setup.warning}"] if problem and setup.warning else []
        told += [f"Recovery time: {rto.words}"] if not rto.met else []
        told += [f"Recovery point: {rpo.words}"] if not rpo.met else []
        told += [rpo.gap_words] if rpo.gap_met is not True else []
    elif not negative.seen:
        told.append(f"The fault {negative.fault} was not noticed.")
    if clean_up.remains or (course.clean_problem and not course.created):
        told.append(f"Clean-up: {clean_up.words}")
    if never_failed and negative is None:
        told.append("No negative drill has been seen to fail: run one with fault='job-fails'.")
    return tuple(Deviation(what=what, owner=setup.owner or "nobody", due=course.made_at + _DUE_IN) for what in told)


def _judge(
    reader: RunReader,
    rto: RecoveryTime,
    rpo: RecoveryPoint,
    negative: NegativeResult | None,
    clean_up: CleanUp,
    problem: str,
) -> Verdict:
    if negative is not None:
        return "failure seen" if negative.seen and not clean_up.remains else "failure not seen"
    good = not problem and reader.passed is True and rto.met and rpo.met and not clean_up.remains
    return "passed" if good else "failed"


def _headline(
    verdict: Verdict,
    rto: RecoveryTime,
    rpo: RecoveryPoint,
    negative: NegativeResult | None,
    deviations: tuple[Deviation, ...],
) -> str:
    if negative is not None:
        return f"Negative drill ({negative.title}): {negative.words}"
    if verdict == "passed":
        more = f" {describe_count(len(deviations), 'deviation')} to deal with." if deviations else ""
        return f"Passed. Recovery time: {rto.words} Recovery point: {rpo.words}{more}"
    return f"Failed: {deviations[0].what if deviations else 'see the parts below.'}"


def _describe_evidence(run: RunData) -> Evidence:
    intents = [event.data for event in run.events if event.kind in {"intent", "step-intent"}]
    names = tuple(
        f"{text_in(one, 'audit_trace') or text_in(one, 'call')}: {text_in(one, 'method')} {text_in(one, 'path')}".strip()
        for one in intents
    )
    return Evidence(
        record=run.id,
        state=str(run.state),
        events=len(run.events),
        last_sha256=run.events[-1].sha256,
        plan_digest=run.header.digest,
        audit_names=names,
        audit_words="The provider's audit trail (CTS) has these requests under these names."
        if names
        else "Nothing was sent, so the provider's audit trail has nothing.",
    )
