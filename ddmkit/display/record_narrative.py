"""A record in sentences: one for each event, and what to do next.

Events may come from anybody's file, so values may be missing or of another type: every value is read as text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Any

from ddmkit.display.table import cut_text
from ddmkit.records.events import Event
from ddmkit.records.reader import RunReader, objects_in, text_in, texts_in, time_in
from ddmkit.records.recovery_reader import instances_still_billed
from ddmkit.records.runs import RunData, RunState
from ddmkit.recovery.offers import OFFER_TITLES
from ddmkit.restore.effects import STAYS_AWAY, STAYS_AWAY_AFTER_RECOVERY
from ddmkit.times import format_duration, format_utc

__all__ = ["describe_event", "describe_steps", "format_elapsed", "format_second", "next_steps", "stays_away"]

_Data = Mapping[str, Any]

# Fewer status checks in a row are shown one by one.
_LEAST_COLLAPSED = 3
_PROGRESS = re.compile(r"(\D+) (\d+ ?%)")
_ADVICE = {
    RunState.OPENED: "The submission stopped before anything was sent. Make a new plan.",
    RunState.REFUSED: "Fix what the reason names, then make a new plan. Nothing was sent.",
    RunState.FREED: "The service started nothing. Fix what its reason names, then plan and submit again.",
    RunState.RELEASED: "A person declared that nothing was started. Make a new plan.",
    RunState.FAILED: "Read the reason above. Check the target, which may be half filled: use a new one when in doubt. "
    "Then make a new plan; it will warn of this try.",
    RunState.RUNNING: "The job may have ended meanwhile. To follow it: kit.resume({run_id!r}).wait()",
}

_RUN_STATES = {
    "unknown": "waits for an answer: until then nobody knows whether the request took effect",
    "running": "goes on",
    "waiting": "waits for a person",
    "stopped": "has stopped: a step failed, and nothing new is sent",
}

_ENDED = frozenset({RunState.COMPLETED, RunState.ABANDONED})

_LOST = 'Take care of everything under "Did not come back".'
_LOST_IN_FORM = "Take care of what did not come back: the text below lists it."


def next_steps(run: RunData, *, in_form: bool = False) -> list[str]:
    """Return what a person has to do now, in order; ``in_form`` names the parts of the form instead of calls."""
    reader = RunReader(run)
    if run.header.kind == "fleet":
        return [] if run.state in _ENDED else [f"See how each of its rows stands: kit.resume_fleet({run.id!r})."]
    if run.header.kind != "restore":
        return _next_of_recovery(reader, in_form=in_form)
    if run.state is RunState.COMPLETED:
        return _after_completion(reader, in_form=in_form)
    if run.state is RunState.RELEASED and reader.data("gone"):
        return ["The service does not know the job any more. Check what the target holds, then make a new plan."]
    if run.state in _ADVICE:
        return [_ADVICE[run.state].format(run_id=run.id)]
    return _while_unknown(run.id, run.header.target_name or run.header.target_id)


def _next_of_recovery(reader: RunReader, *, in_form: bool) -> list[str]:
    run = reader.run
    if run.state is RunState.COMPLETED:
        different = _differing(reader.data("verified"))
        steps = [f"Check first what differs on the target: {', '.join(different)}."] if different else []
        place = reader.address or "the address of the target, as the console shows it"
        return [
            *steps,
            f"Let applications connect to {place}. The old address still leads to the source, which was not changed.",
            "Decide what else to do now: the offers are at the end of this step."
            if in_form
            else f"See what can be done for the change of address: kit.resume({run.id!r}).offers",
            "Try a log-in with each application's account: no call shows whether passwords came back.",
            _LOST_IN_FORM if in_form else _LOST,
        ]
    steps = [] if run.state in _ENDED else [f"See what each of its steps needs: kit.resume({run.id!r})."]
    billed = instances_still_billed(run)
    if billed:
        named = f"{billed} instances" if billed > 1 else "1 instance"
        steps.append(
            f"{named} that it created may still be billed. To delete what is not used: kit.plan_abandon({run.id!r})."
        )
    return steps


def _while_unknown(run_id: str, target: str) -> list[str]:
    return [
        f"Do not submit again. Look for the job: kit.resume({run_id!r}).",
        f"Look at the task list of {target} in the console, and in the audit log for the trace restoreMetaData.",
        f"If one of them is the job of this restore: kit.adopt({run_id!r}, job_id).",
        f"If it is certain that nothing was started: kit.release({run_id!r}, reason=..., confirm={target!r}).",
    ]


def _after_completion(reader: RunReader, *, in_form: bool) -> list[str]:
    header = reader.run.header
    target = header.target_name or header.target_id
    different = _differing(reader.data("verified"))
    steps = [f"Check first what differs on the target: {', '.join(different)}."] if different else []
    if reader.passed is None:
        steps.append(f"The target was not read back: kit.resume({reader.run.id!r}).verify()")
    sync = f"POST /v3/{header.project_id}/instances/{header.target_id}/data-nodes/sync (SyncDnInformation, no body)"
    place = reader.address or f"the address of {target}, as the console shows it"
    return [
        *steps,
        f"Let applications connect to {place}. The old address still leads to the source, which was not changed.",
        "Try a log-in with each application's account: no call shows whether passwords came back.",
        f"If a data node's address, port, security group or replicas have changed since, synchronise: console, or {sync}.",
        _LOST_IN_FORM if in_form else _LOST,
    ]


def stays_away(run: RunData) -> tuple[str, ...]:
    """Return what a completed restore did not bring back; nothing for a run that did not complete."""
    if run.state is not RunState.COMPLETED:
        return ()
    return STAYS_AWAY if run.header.kind == "restore" else STAYS_AWAY_AFTER_RECOVERY


def format_second(instant: datetime) -> str:
    """Return an instant in UTC without its fraction of a second."""
    return format_utc(instant.replace(microsecond=0))


def format_elapsed(took: timedelta) -> str:
    """Return how long something took; below a second in milliseconds."""
    return format_duration(took) if took >= timedelta(seconds=1) else f"{took // timedelta(milliseconds=1)} ms"


def describe_steps(run: RunData) -> list[tuple[str, str, str]]:
    """Return the steps of a run in order: number, time and sentence.

    Three or more status checks in a row that only showed progress are one step.
    """
    rows = []
    planned = {text_in(one, "name"): text_in(one, "title") for one in objects_in(RunReader(run).plan, "steps")}
    titles = OFFER_TITLES | planned
    for _, group in groupby(
        run.events, lambda event: _progress_of(event)[:2] if all(_progress_of(event)[1:]) else event.seq
    ):
        events = list(group)
        first, last = events[0], events[-1]
        if len(events) < _LEAST_COLLAPSED:
            rows += [(str(event.seq), format_second(event.at), describe_event(event, titles)) for event in events]
            continue
        when = f"{first.at:%Y-%m-%d %H:%M:%S} to {last.at:%H:%M:%S} UTC"
        step, status, _ = _progress_of(last)
        progress = " to ".join(_progress_of(event)[2] for event in (first, last))
        what = f"{f'{titles.get(step) or step}: ' if step else 'job '}{status}, {progress} ({len(events)} status checks)"
        rows.append((f"{first.seq}-{last.seq}", when, what))
    return rows


def _progress_of(event: Event) -> tuple[str, str, str]:
    """Return step, status and progress if the event only shows that a job goes on; otherwise without status and progress."""
    step = text_in(event.data, "step")
    if event.kind == "polled" and text_in(event.data, "poll_errors") in {"", "0"}:
        return "", text_in(event.data, "status"), text_in(event.data, "process")
    # A step's status and progress are one text.
    found = _PROGRESS.fullmatch(text_in(event.data, "status")) if event.kind == "step-polled" else None
    return (step, found[1], found[2]) if found else (step, "", "")


def describe_event(event: Event, titles: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return one sentence about what happened; for an unknown kind of event, the kind and its data.

    ``titles`` gives the steps of a run in words, by their names; a step without a title is called by its name.
    """
    kind = event.kind.removeprefix("step-")
    describe = _SENTENCES.get(kind.removeprefix("late-"))
    if event.kind.startswith("run-"):
        state = event.kind.removeprefix("run-")
        return f"the run {_RUN_STATES.get(state) or f'is {state}'}"
    if describe is None:
        return f"{event.kind}: {cut_text(json.dumps(event.data, ensure_ascii=False), 300)}" if event.data else event.kind
    name = text_in(event.data, "step")
    step = f"{titles.get(name) or name}: " if kind != event.kind else ""
    late = "came too late to change anything: " if kind.startswith("late-") else ""
    return step + late + describe(event.data)


def _describe_checks(data: _Data) -> str:
    counts = Counter(text_in(check, "status") for check in objects_in(data, "checks"))
    words = {"fail": "failed", "warn": "warned", "pass": "passed", "skip": "skipped"}
    return ", ".join(f"{counts[status]} {word}" for status, word in words.items() if counts[status])


def _describe_planned(data: _Data) -> str:
    incident = time_in(data, "inventory", "incident")
    given = f"; incident given as {format_utc(incident)}" if incident else ""
    return f"plan {text_in(data, 'digest')} shown: {_describe_checks(data)}{given}"


def _describe_opened(data: _Data) -> str:
    credentials = f", with {text_in(data, 'credentials')}" if text_in(data, "credentials") else ""
    return f"submission started by {text_in(data, 'operator')} on {text_in(data, 'host')}{credentials}"


def _describe_confirmed(data: _Data) -> str:
    accepted = ", ".join(texts_in(data, "accepted")) or "no warnings to accept"
    # Only a recovery names its source here: it is confirmed by that name.
    source = text_in(data, "source")
    what = f"by the source's name, {source}" if source else f"by the target's name, {text_in(data, 'target')}"
    return f"{text_in(data, 'operator')} confirmed {what}; accepted: {accepted}"


def _describe_answered(data: _Data) -> str:
    answer = f"HTTP {text_in(data, 'status')}, request {text_in(data, 'request_id')}"
    return f"the service accepted: job {text_in(data, 'job_id')} ({answer})"


def _describe_intent(data: _Data) -> str:
    trace = f"; audit log: {text_in(data, 'audit_trace')}" if text_in(data, "audit_trace") else ""
    return f"the request leaves: {text_in(data, 'method')} {text_in(data, 'call')}{trace}"


def _describe_polled(data: _Data) -> str:
    progress = f", {text_in(data, 'process')}" if text_in(data, "process") else ""
    errors = text_in(data, "poll_errors")
    failures = f" ({errors} status checks failed so far)" if errors not in {"", "0"} else ""
    what = "status " if "step" in data else "job "
    return f"{what}{text_in(data, 'status')}{progress}{failures}"


def _describe_verified(data: _Data) -> str:
    different = _differing(data)
    counts = Counter(text_in(finding, "verdict") for finding in objects_in(data, "findings"))
    where = f"; applications connect to {text_in(data, 'address')}" if text_in(data, "address") else ""
    verdicts = [f"differs in: {', '.join(different)}"] if different else []
    verdicts += [f"{count} {verdict}" for verdict, count in counts.items() if verdict != "differs"]
    return f"target read back: {', '.join(verdicts) or 'nothing was compared'}{where}"


def _differing(verified: _Data) -> list[str]:
    findings = objects_in(verified, "findings")
    return [text_in(finding, "subject") for finding in findings if text_in(finding, "verdict") == "differs"]


def _describe_failed(data: _Data) -> str:
    job = text_in(data, "job_id") or text_in(data, "job", "id")
    reason = text_in(data, "fail_reason") or text_in(data, "reason") or "no reason given"
    return f"job {job} failed: {reason}" if job or "job_id" in data else f"failed: {reason}"


def _describe_completed(data: _Data) -> str:
    job = text_in(data, "job_id") or text_in(data, "job", "id")
    return f"job {job} completed" if job else f"completed{': ' if text_in(data, 'note') else ''}{text_in(data, 'note')}"


def _describe_released(data: _Data) -> str:
    return f"released by {text_in(data, 'operator')}, nothing was started: {text_in(data, 'reason')}"


_SENTENCES: dict[str, Callable[[_Data], str]] = {
    "opened": _describe_opened,
    "planned": _describe_planned,
    "confirmed": _describe_confirmed,
    "checked": lambda data: f"checked again: {_describe_checks(data)}",
    "refused": lambda data: f"refused, nothing was sent: {text_in(data, 'reason')}",
    "intent": _describe_intent,
    "answered": _describe_answered,
    "unknown": lambda data: f"the answer was lost: {text_in(data, 'reason')}",
    "looked": lambda data: f"looked for the job: {text_in(data, 'seen')}",
    "adopted": lambda data: f"job {text_in(data, 'job_id')} adopted as the job of this restore, by {text_in(data, 'by')}",
    "freed": lambda data: f"the service refused the request, nothing was started: {text_in(data, 'reason')}",
    "explained": lambda data: f"likely cause: {text_in(data, 'cause')}",
    "polled": _describe_polled,
    "poll-failed": lambda data: f"a status check of the job failed: {text_in(data, 'reason')}",
    "completed": _describe_completed,
    "failed": _describe_failed,
    "released": _describe_released,
    "gone": lambda data: (
        f"closed by {text_in(data, 'operator')}, job {text_in(data, 'job_id')} is not known to the service any more: "
        f"{text_in(data, 'reason')}"
    ),
    "verified": _describe_verified,
    "not-verified": lambda data: f"the target could not be read back: {text_in(data, 'reason')}",
    "made": lambda data: f"made: {text_in(data, 'instance_id') or text_in(data, 'job_id')}",
    "proved": lambda data: f"checked, {_describe_checks(data)}" if _describe_checks(data) else "nothing to check",
    "waiting": lambda data: f"a person is needed: {text_in(data, 'reason')}",
    "accepted": lambda data: f"{text_in(data, 'operator')} lets it go on; accepted: {', '.join(texts_in(data, 'accepted'))}",
    "fleet-item": lambda data: f"row {text_in(data, 'row')} is {text_in(data, 'state')}: {text_in(data, 'reason')}",
    "fleet-paused": lambda data: f"paused by {text_in(data, 'operator')}: {text_in(data, 'reason')}",
    "fleet-continued": lambda data: f"{text_in(data, 'operator')} lets it go on after: {text_in(data, 'after')}",
    "fleet-row": lambda data: (
        f"{text_in(data, 'operator')} made row {text_in(data, 'row')} {text_in(data, 'state')}: {text_in(data, 'reason')}"
    ),
    "fleet-cap": lambda data: f"{text_in(data, 'operator')} set the cap to {text_in(data, 'cap')}",
    "drill-reported": lambda data: f"report of the drill: {text_in(data, 'headline')}",
    "noted": lambda data: f"{text_in(data, 'author')} noted: {text_in(data, 'text')}",
}
