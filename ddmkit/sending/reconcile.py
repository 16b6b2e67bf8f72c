"""Find the outcome of a step whose answer was lost, without ever sending again.

The step searches for what it may have started: what no record owns, and what was not there before. A single find is adopted
with its evidence. When there is none, or several, a person decides: ``adopt`` records what it was, ``release`` records that
nothing was started.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from ddmkit.errors import DDMKitError, InputError, RecordError, UnknownOutcomeError
from ddmkit.records.runs import RunState
from ddmkit.sending.context import SendingContext
from ddmkit.sending.log import StepLog, StepView
from ddmkit.sending.reports import reads_for_record
from ddmkit.sending.step import Candidate, Step
from ddmkit.service.error_codes.explain import explain
from ddmkit.times import format_utc

__all__ = ["adopt", "reconcile", "require_undecided"]


class _Search(NamedTuple):
    """The result of one search, or why it could not be made; ``reads`` is for the record."""

    found: tuple[Candidate, ...] = ()
    problem: str = ""
    reads: Sequence[Mapping[str, Any]] = ()


def reconcile(step: Step, run_id: str, context: SendingContext) -> None:
    """Find and adopt what a step with an unknown outcome has started, or raise ``UnknownOutcomeError``.

    The search is repeated during the context's grace time: a job can take some seconds to become visible, and the sender may
    be recording its answer at this moment. A record store that fails meanwhile leaves the outcome unknown.
    """
    try:
        _reconcile(step, StepLog(context.store, run_id, step.name), context)
    except RecordError as error:
        unknown = UnknownOutcomeError(
            f"The {step.noun} of record {run_id} may have been sent, and may run. It could not be looked for, because the "
            f"record store failed: {error} Do not submit again.",
            ways=f"Once the record store works again: {step.how_to_resume(run_id)}.",
        )
        unknown.record = run_id
        raise unknown from error


def _reconcile(step: Step, log: StepLog, context: SendingContext) -> None:
    searches = max(1, round(context.grace.total_seconds() / context.poll_every_s))
    seen = _Search()
    for number in range(searches):
        if number:
            context.sleep(context.poll_every_s)
        view = log.read()
        if not view.is_undecided:
            return
        seen = _search(step, view, context)
        if seen.found:
            break
    view = log.read()
    if not view.is_undecided:
        return  # its sender has recorded the answer meanwhile
    rivals = tuple(dict.fromkeys(run for one in seen.found for run in one.rivals))
    if len(seen.found) != 1 or rivals:
        _ask_a_person(step, log, view, seen, rivals)
    try:
        _adopt(log, view, seen.found[0], by=f"the program: the only {step.thing} that fits", reads=seen.reads)
    except RecordError:
        if log.read().is_undecided:
            raise  # else the sender, or another kernel, has decided the outcome in this moment


def _search(step: Step, view: StepView, context: SendingContext) -> _Search:
    with step.service.collect_reads() as reads:
        try:
            found = step.search(view, context.store.owned_ids())
        except DDMKitError as error:
            return _Search(problem=str(error))
    return _Search(found, reads=reads_for_record(reads))


def _adopt(log: StepLog, view: StepView, found: Candidate, *, by: str, reads: Sequence[Mapping[str, Any]]) -> None:
    facts = {**found.ids, "by": by, "evidence": dict(found.evidence), "reads": reads}
    log.append("adopted", facts, of_intent=view.intent.seq)


def _ask_a_person(step: Step, log: StepLog, view: StepView, search: _Search, rivals: tuple[str, ...]) -> NoReturn:
    found, things = search.found, f"{step.thing}s"
    if search.problem:
        seen = f"The task list could not be read ({search.problem})"
    elif found:
        number = f"1 {step.thing}" if len(found) == 1 else f"{len(found)} {things}"
        seen = f"{number} could be it: " + ", ".join(one.words for one in found)
        seen += f"; or be of {', '.join(rivals)}, whose answer was lost too" if rivals else ""
    else:
        seen = step.nothing_seen
    try:
        if view.state is not RunState.UNKNOWN:
            log.append("unknown", {"reason": "no answer is on the record"})
        log.append("looked", {"seen": seen, things: [one.id for one in found], "reads": search.reads})
    except RecordError as unwritten:  # what was seen must be reported all the same
        seen += f". (This search could not be written to the record: {str(unwritten).rstrip('.')})"
    error = UnknownOutcomeError(
        f"The {step.title} was sent about {format_utc(view.sent_at)} and {_describe_answer(view)}: it may run. "
        f"{seen}. It will not be sent again. {step.where_to_look}",
        candidates=[one.source for one in found],
        ways=f"If {step.a_thing} is it: {step.how_to_adopt(view.run)}. If surely nothing was started: "
        f"{step.how_to_release(view.run)}. To look again: {step.how_to_resume(view.run)}.",
    )
    error.record = view.run.id
    raise error


def _describe_answer(view: StepView) -> str:
    since = view.intent.seq
    unclear = [
        event.data for event in view.events if event.kind == "unknown" and event.seq > since and event.data.get("status")
    ]
    if not unclear:
        return "its answer was lost"
    status, code = int(unclear[-1]["status"]), str(unclear[-1].get("code") or "")
    words = f"HTTP {status} {code}".rstrip()
    return f"its answer ({words}: {explain(status, code).meaning}) does not tell whether it started"


def adopt(step: Step, run_id: str, identity: str, context: SendingContext, *, operator: str) -> None:
    """Record a person's decision that this was what a step with an unknown outcome has started.

    Raises ``InputError`` when the step is not unknown, or the thing is another record's or cannot be it, and
    ``NotFoundError`` when the service does not know it.
    """
    log = StepLog(context.store, run_id, step.name)
    view = log.read()
    require_undecided(view, "adopt")
    if identity in context.store.owned_ids():
        raise InputError(
            f"{identity} belongs to another record.", field=f"{step.thing}_id", fix=f"One {step.thing} is one restore's."
        )
    with step.service.collect_reads() as reads:
        found = step.candidate(identity)
    _adopt(log, view, found, by=operator, reads=reads_for_record(reads))


def require_undecided(view: StepView, verb: str) -> None:
    """Raise ``InputError`` unless the outcome of a step is unknown."""
    if not view.is_undecided:
        raise InputError(
            f"{view} is {view.state}, not unknown: there is nothing to {verb}.",
            field="record",
            fix="kit.resume(record) goes on with a run that has a job.",
        )
