"""The creation of an instance under a unique name: the recovery of a data node, or a new target.

The service gives such a request no documented protection against being sent twice, and may create the instance although it
answers with an error. So the name, which was made up for this one step and never changes, tells what the request has made:
exactly one instance with the name, created after the first intent and owned by no run, is adopted. Source: rds-api.md
3 and 9 (names, tags and the list of tasks as witnesses).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ddmkit.errors import DDMKitError, InputError, NotReadyError, ServiceError, UnreachableError
from ddmkit.sending.log import StepView
from ddmkit.sending.reports import reads_for_record
from ddmkit.sending.step import Accepted, Candidate, Evidence, Service, Step
from ddmkit.service.calls import Call
from ddmkit.service.deadline import Attempt
from ddmkit.times import format_utc

__all__ = ["Creation", "CreationCalls", "Listed"]

# The service's clocks may differ by this between its parts.
_BEFORE_INTENT = timedelta(minutes=2)


@dataclass(frozen=True)
class Listed:
    """An instance as the service lists it; ``created`` is ``None`` while the service does not say it."""

    id: str
    name: str
    status: str = ""
    created: datetime | None = None


@dataclass(frozen=True)
class CreationCalls:
    """The calls that a creation needs of its service.

    Attributes:
        send: Sends the request once.
        list_named: Lists the instances with exactly this name, in every state; an error when the list is not complete.
        traces: Tells in sentences what else shows that the request had an effect since an instant: an instance with its
            tag, a task with its name. Empty when there is nothing.
        knows_job: Whether the service knows a job.
        find_cause: Adds the likeliest cause of a refusal to the error.
    """

    send: Callable[[Callable[[], None], Attempt], Accepted]
    list_named: Callable[[str], Sequence[Listed]]
    traces: Callable[[datetime], Sequence[str]]
    knows_job: Callable[[str], bool]
    find_cause: Callable[[DDMKitError], None] = lambda _: None


@dataclass(kw_only=True)
class Creation(Step):
    """A request that creates one instance under a unique name.

    Attributes:
        key: What is claimed: ``node:`` and the id of the source node, or ``create:`` and the name.
        request: The exact request.
        instance_name: The unique name; it is fixed in the plan, and never replaced by another.
        calls: The calls of its service.
        facts: What the intent keeps beside the request, such as the token that makes the service recognise a repetition.
    """

    name: str
    key: str
    noun: str
    title: str
    confirm_name: str
    request: Call
    service: Service
    instance_name: str
    calls: CreationCalls
    facts: Mapping[str, Any] = field(default_factory=dict)
    thing: str = "instance"
    # An instance may become visible late, and the list of tasks lags (recovery.md 3).
    release_after: timedelta = timedelta(minutes=15)
    # The name exists: an earlier request of this step has had its effect after all, or this one has. Source: rds-api.md 3.
    exists_codes: frozenset[str] = frozenset({"DBS.200022"})

    @property
    def claim_key(self) -> str:
        """What is claimed."""
        return self.key

    @property
    def call(self) -> Call:
        """The exact request."""
        return self.request

    @property
    def where_to_look(self) -> str:
        """Where a person finds its traces."""
        return f"Look in the console for the instance {self.instance_name}, and at the list of tasks."

    @property
    def nothing_seen(self) -> str:
        """What a search says that found nothing."""
        return f"No instance with the name {self.instance_name} has appeared since"

    def facts_for_intent(self) -> Mapping[str, Any]:
        """Return the name beside what was given."""
        return {"instance_name": self.instance_name, **self.facts}

    def send(self, *, last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        """Send the request once."""
        return self.calls.send(last_check, attempt)

    def search(self, view: StepView, owned: set[str]) -> tuple[Candidate, ...]:
        """Return the instances with the name that no run owns, created since the step was sent for the first time."""
        return tuple(_candidate(one) for one in self._made_since(view) if one.id not in owned)

    def candidate(self, identity: str) -> Candidate:
        """Read the instance that a person says it was: it must have the name, which nothing else has."""
        named = [one for one in self.calls.list_named(self.instance_name) if one.name == self.instance_name]
        found = next((one for one in named if one.id == identity), None)
        if found is None:
            others = f"these are: {', '.join(one.id for one in named)}" if named else "there is none"
            raise InputError(
                f"{identity} is no instance with the name {self.instance_name}; {others}.",
                field="instance_id",
                fix="Only an instance with the name of this step can be what it made.",
            )
        return _candidate(found)

    def prove_nothing_started(self, view: StepView, *, is_gone: bool = False) -> Evidence:
        """Look for the name, the tag and the task; nothing of them may be there."""
        with self.service.collect_reads() as reads:
            try:
                found = [_candidate(one).words for one in self._made_since(view)]
                found += [] if is_gone else self.calls.traces(view.first_sent_at - _BEFORE_INTENT)
            except DDMKitError as error:
                raise NotReadyError(f"Nothing was released: its traces cannot be read. {error}") from error
        if found:
            raise NotReadyError(
                f"Nothing was released: it looks as if something was started. {'; '.join(found)}. If it is what this step "
                f"made: {self.how_to_adopt(view.run)}."
            )
        tag_and_task = "" if is_gone else ", nor its tag or its task"
        sentence = f"No instance with the name {self.instance_name} is listed{tag_and_task}."
        return Evidence([sentence], reads_for_record(reads))

    def require_gone(self, view: StepView) -> Evidence:
        """Return the evidence that the service knows neither the job nor, by the list, the instance."""
        with self.service.collect_reads() as reads:
            try:
                is_known = bool(view.job_id) and self.calls.knows_job(view.job_id)
            except DDMKitError as error:
                raise NotReadyError(f"Nothing was released: the job {view.job_id} cannot be read. {error}") from error
        if is_known:
            raise InputError(
                f"{view} is {view.state}, and the service knows its job {view.job_id}: there is nothing to release.",
                field="record",
                fix=f"Follow it with {self.how_to_resume(view.run)}.",
            )
        known = f"The service does not know job {view.job_id}." if view.job_id else "No job of this step is known."
        return Evidence([known], reads_for_record(reads))

    def find_cause(self, error: ServiceError | UnreachableError) -> None:
        """Add the likeliest cause of a refusal to the error."""
        self.calls.find_cause(error)

    def _made_since(self, view: StepView) -> list[Listed]:
        since = view.first_sent_at - _BEFORE_INTENT
        listed = self.calls.list_named(self.instance_name)
        return [one for one in listed if one.name == self.instance_name and (one.created is None or one.created >= since)]


def _candidate(found: Listed) -> Candidate:
    created = f", created {format_utc(found.created)}" if found.created else ""
    evidence = {"name": found.name, "created_time": found.created, "status": found.status}
    return Candidate(
        f"{found.name} {found.id} ({found.status or 'no status'}{created})", evidence, found, instance_id=found.id
    )
