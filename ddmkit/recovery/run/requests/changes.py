"""Changes of instances that exist: refresh of node facts, read-only, the administrator, and deletions.

They make no instance. What they start is a job of the instance, where the service names one.
"""

from __future__ import annotations

from collections.abc import Callable

from ddmkit.errors import DDMKitError, InputError, NotFoundError, NotReadyError, ServiceError, UnreachableError
from ddmkit.sending.log import StepView
from ddmkit.sending.reports import reads_for_record
from ddmkit.sending.step import Accepted, Candidate, Evidence, Service, Step
from ddmkit.service.calls import Call
from ddmkit.service.deadline import Attempt

__all__ = ["ChangeStep", "DeletionStep"]

Send = Callable[[Callable[[], None], Attempt], Accepted]


class ChangeStep(Step):
    """A change whose repetition has the same effect: nothing is lost when a person sends it again."""

    def __init__(
        self, *, name: str, claim_key: str, title: str, confirm_name: str, service: Service, call: Call, send: Send
    ) -> None:
        self.name = name
        self._claim_key = claim_key
        self.noun = title
        self.title = title
        self.confirm_name = confirm_name
        self.service = service
        self._call = call
        self._send = send

    @property
    def claim_key(self) -> str:
        """What the change claims."""
        return self._claim_key

    @property
    def call(self) -> Call:
        """The exact request, without secrets."""
        return self._call

    @property
    def where_to_look(self) -> str:
        """Where a person finds its traces."""
        return "Look at the instance in the console."

    @property
    def nothing_seen(self) -> str:
        """What a search says that found nothing."""
        return "The service does not show whether it was carried out"

    def send(self, *, last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        """Send the change once."""
        return self._send(last_check, attempt)

    def search(self, view: StepView, owned: set[str]) -> tuple[Candidate, ...]:
        """Return nothing: no list shows whether such a change was carried out."""
        return ()

    def candidate(self, identity: str) -> Candidate:
        """Return the job that a person names."""
        return Candidate(f"job {identity}", {}, None, job_id=identity)

    def prove_nothing_started(self, view: StepView, *, is_gone: bool = False) -> Evidence:
        """Return that the change may be sent again: a second time has the same effect as once."""
        return Evidence(("The same change a second time has the same effect as once.",), ())

    def require_gone(self, view: StepView) -> Evidence:
        """Return that the change has no object that could be gone."""
        return Evidence(("The change has no object of its own.",), ())

    def find_cause(self, error: ServiceError | UnreachableError) -> None:
        """Leave the refusal as it is: the service's words are the cause."""


class DeletionStep(ChangeStep):
    """The deletion of an instance of this recovery; it was carried out when the instance is not listed any more."""

    thing = "instance"

    def __init__(self, *, instance_id: str, is_listed: Callable[[], bool], **changes: object) -> None:
        super().__init__(**changes)  # type: ignore[arg-type]
        self._instance_id = instance_id
        self._is_listed = is_listed

    def search(self, view: StepView, owned: set[str]) -> tuple[Candidate, ...]:
        """Return the instance itself when it is gone: the deletion was carried out."""
        if self._is_listed():
            return ()
        return (Candidate(f"{self._instance_id} is gone", {"listed": False}, None, job_id=f"gone:{self._instance_id}"),)

    def prove_nothing_started(self, view: StepView, *, is_gone: bool = False) -> Evidence:
        """Read whether the instance is still there; it is not called untouched when it is gone."""
        with self.service.collect_reads() as reads:
            try:
                is_listed = self._is_listed()
            except NotFoundError:
                is_listed = False
            except DDMKitError as error:
                raise NotReadyError(f"Nothing was released: the list cannot be read. {error}") from error
        if not is_listed:
            raise NotReadyError(f"Nothing was released: {self._instance_id} is gone, so the deletion was carried out.")
        return Evidence((f"{self._instance_id} is still listed.",), reads_for_record(reads))

    def candidate(self, identity: str) -> Candidate:
        """Refuse: a deletion is decided by the list, not by a person."""
        raise InputError("a deletion is not adopted.", field="job_id", fix="Look again with kit.resume(record).")
