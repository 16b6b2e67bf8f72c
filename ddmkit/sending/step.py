"""A step: one request that changes or costs something, and how its traces are found.

A step says what is sent, what it claims, how to search for what it may have started, and what must be read before a person
may say that nothing was started. It holds no state: what happened to it is on the record, and ``log`` reads it there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ddmkit.errors import ServiceError, UnreachableError
from ddmkit.records.runs import RunData
from ddmkit.service.calls import Call, ReadNote
from ddmkit.service.client import Probe
from ddmkit.service.deadline import DEADLINE, Attempt

if TYPE_CHECKING:
    from ddmkit.sending.log import StepView

__all__ = ["Accepted", "Candidate", "Evidence", "Service", "Step", "service_now"]


class Service(Protocol):
    """What a step needs of the service that it sends to: its clock, and a note of every read."""

    @property
    def last_skew(self) -> timedelta | None:
        """The difference between the service's clock and this machine's, by the newest answer."""
        ...

    def probe(self) -> Probe:
        """Ask without credentials what answers."""
        ...

    def service_now(self) -> datetime:
        """Return the present by the service's clock, from its newest answer."""
        ...

    def collect_reads(self) -> AbstractContextManager[list[ReadNote]]:
        """Return a list to which every read within the block is added."""
        ...


def service_now(service: Service) -> datetime:
    """Return the present by the service's own clock; probes the service when it has not answered yet."""
    if service.last_skew is None:
        service.probe()
    return service.service_now()


@dataclass(frozen=True)
class Accepted:
    """The service's answer to a request: what it started or made, without secrets.

    ``service_date`` is the time of the answer by the service's clock. ``more`` is what else the answer says, for the record.
    """

    job_id: str = ""
    instance_id: str = ""
    status: int = 0
    request_id: str = ""
    service_date: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def for_record(self) -> dict[str, Any]:
        """Return the answer as the facts of an event; an id that the service did not name is left out."""
        ids = {"job_id": self.job_id, "instance_id": self.instance_id}
        answer = {"status": self.status, "request_id": self.request_id, "service_time": self.service_date}
        return {**{name: value for name, value in ids.items() if value}, **answer, **self.more}


@dataclass(frozen=True)
class Candidate:
    """A job or an instance that a request may have started: its id or ids, in words, and why it may be it.

    ``source`` is the model that was read, for messages and forms. ``rivals`` are other runs that may have started it too.
    """

    words: str
    evidence: Mapping[str, Any]
    source: Any
    job_id: str = ""
    instance_id: str = ""
    rivals: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id that a person adopts."""
        return self.job_id or self.instance_id

    @property
    def ids(self) -> dict[str, str]:
        """The ids as fields of an event."""
        return {name: one for name, one in (("job_id", self.job_id), ("instance_id", self.instance_id)) if one}


class Evidence(NamedTuple):
    """What was read, in sentences, and the reads themselves for the record."""

    sentences: Sequence[str] = ()
    reads: Sequence[Mapping[str, Any]] = ()


class Step(ABC):
    """One request that changes or costs something.

    Attributes:
        name: Its name on the record, such as ``node:<source id>``; empty for the one request of a restore.
        noun: What it is, for messages: "restore" reads as "A restore was sent".
        title: The noun with what it is about, for messages: "restore to orders-new".
        thing: What it starts or makes, and what is searched for: "job" or "instance".
        confirm_name: The name that a person types to confirm or to release it.
        exists_codes: Codes of refusals that say that the very thing exists: it is searched for then, and not sent again.
        release_after: How long after its intent, by the service's clock, a person may say that nothing was started.
        service: The service that it is sent to.
    """

    name: str = ""
    noun: str
    title: str
    thing: str = "job"
    confirm_name: str
    exists_codes: frozenset[str] = frozenset()
    release_after: timedelta = 2 * DEADLINE
    service: Service

    @property
    @abstractmethod
    def claim_key(self) -> str:
        """What the request changes: one open request of a project holds it. Empty for the one request of a restore."""

    @property
    @abstractmethod
    def call(self) -> Call:
        """The exact request, as it is shown, recorded (without its secrets) and sent."""

    @property
    @abstractmethod
    def where_to_look(self) -> str:
        """Where a person finds its traces, as a sentence."""

    @property
    @abstractmethod
    def nothing_seen(self) -> str:
        """What a search says that found nothing, without a full stop."""

    def facts_for_intent(self) -> Mapping[str, Any]:
        """Return what the intent keeps beside the request, such as the jobs that were there before."""
        return {}

    @abstractmethod
    def send(self, *, last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        """Send the request once; ``last_check`` runs directly before and may refuse.

        Raises ``ServiceError`` with ``started``, ``UnreachableError`` with ``sent``, or ``InputError`` from our own side.
        """

    @abstractmethod
    def search(self, view: StepView, owned: set[str]) -> tuple[Candidate, ...]:
        """Return what the request may have started and no run owns; reads the service."""

    @abstractmethod
    def candidate(self, identity: str) -> Candidate:
        """Read what a person says that it was; raise ``InputError`` or ``NotFoundError`` when it cannot be it."""

    @abstractmethod
    def prove_nothing_started(self, view: StepView, *, is_gone: bool = False) -> Evidence:
        """Read whether the request left any trace; raise ``NotReadyError`` for each trace and for what cannot be read.

        With ``is_gone``, its job was known once, and the service does not know it any more: only what still runs counts.
        """

    @abstractmethod
    def require_gone(self, view: StepView) -> Evidence:
        """Return the evidence that the service does not know any more what the step had started.

        Raises ``InputError`` when the service knows it, ``NotReadyError`` when nobody can tell.
        """

    @abstractmethod
    def find_cause(self, error: ServiceError | UnreachableError) -> None:
        """Add the likeliest cause of a refusal to the error; reads the service, and may fail."""

    @property
    def a_thing(self) -> str:
        """The thing with its article."""
        return f"{'an' if self.thing[0] in 'aeiou' else 'a'} {self.thing}"

    # The Python calls that go on from a message -------------------------------------------------------------------------

    def how_to_resume(self, run: RunData | str) -> str:
        """Return the call that looks for the outcome again."""
        return f"kit.resume({_id(run)!r})"

    def how_to_adopt(self, run: RunData | str, identity: str = "") -> str:
        """Return the call that says what it was."""
        named = repr(identity) if identity else f"{self.thing}_id"
        return f"kit.adopt({_id(run)!r}, {named}{self._step})"

    def how_to_release(self, run: RunData | str) -> str:
        """Return the call that says that nothing was started."""
        return f"kit.release({_id(run)!r}, reason=..., confirm={self.confirm_name!r}{self._step})"

    @property
    def _step(self) -> str:
        return f", step={self.name!r}" if self.name else ""


def _id(run: RunData | str) -> str:
    return run if isinstance(run, str) else run.id
