"""A recovery that was begun, as a person holds it: its steps, waiting for its end, and what can be done next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ddmkit.display.html import Fragment, clean_line, join
from ddmkit.display.records import show_verification
from ddmkit.display.recovery import StepView, show_steps
from ddmkit.display.rows import Rows
from ddmkit.errors import DDMKitError, JobFailedError, JobTimeoutError, NotConfirmedError, RecordError
from ddmkit.handles.record import Record
from ddmkit.handles.records import Records
from ddmkit.inputs import read_seconds
from ddmkit.output import write_line
from ddmkit.recovery.offers import Offer
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.drive import StepStanding, describe_steps, drive, offers_of, what_stops
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.post_check import Verification

__all__ = ["RecoveryRun"]


class RecoveryRun:
    """One recovery that was begun.

    The attributes are a snapshot: reading one asks neither the services nor the record store. ``wait`` goes on: it follows
    what was sent, and sends what may start. Every error that it raises carries the record as ``.record``.
    """

    def __init__(self, run_id: str, context: RecoveryContext) -> None:
        self._context = context
        self._records = Records(context.store, author=context.operator, endpoint=context.ddm.settings.endpoint)
        self._record = self._records.get(run_id)

    def __repr__(self) -> str:
        header = self._record.header
        return clean_line(f"<{header.kind} of {header.source_name}: {self.status}; record {self._record.id}>")

    @property
    def _view(self) -> RecoveryView:
        return RecoveryView(self._record.run)

    @property
    def record(self) -> Record:
        """What is kept of this recovery; another object after each ``wait``."""
        return self._record

    @property
    def id(self) -> str:
        """The id of the record."""
        return self._record.id

    @property
    def status(self) -> str:
        """How the run stands: ``running``, ``waiting``, ``stopped``, ``unknown``, ``completed``, ``abandoned``."""
        return self._record.state

    @property
    def steps(self) -> Rows[StepStanding]:
        """Every step in order: how it stands since when, what proves it, and the id of what it made."""
        return Rows(StepStanding, describe_steps(self._view), title="Steps", empty="no steps")

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The checks as they stand now; the proofs replace those of the plan."""
        return self._view.checks

    @property
    def waits_for(self) -> tuple[CheckResult, ...]:
        """The warnings that a person has to accept by name before the run goes on."""
        return self._view.open_warnings

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What can be done after the restore, each with a confirmation of its own: ``kit.follow_up(record, id, ...)``."""
        return offers_of(self._view)

    @property
    def verification(self) -> Verification | None:
        """What was found on the target after the restore, or ``None`` before that."""
        found = self._record.last("verified")
        if found is None:
            return None
        return Verification.model_validate({name: found.data[name] for name in Verification.model_fields})

    @property
    def address(self) -> str:
        """The address of the new target for applications; empty before the verification."""
        found = self.verification
        return found.address if found is not None else ""

    def refresh(self) -> RecoveryRun:
        """Read the record again, and return this run, updated."""
        self._record = self._records.get(self._record.id)
        return self

    def wait(
        self,
        timeout_s: float = 4 * 3600,
        poll_s: float = 10,
        *,
        say: Callable[[str], object] | None = write_line,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> RecoveryRun:
        """Go on until the recovery has ended or a person is needed, and return this run, updated.

        Ctrl-C and a time-out stop nothing in the cloud: call ``wait`` again, or ``kit.resume(record)`` in any kernel.

        Args:
            timeout_s: How long to wait, in seconds.
            poll_s: The pause between two rounds, in seconds.
            say: Receives a line for each change of a step; ``None`` for silence.
            monotonic: A clock in seconds that never goes back.

        Raises:
            JobFailedError: A step failed, and nothing new is sent; the message has the reason.
            NotConfirmedError: A person has to accept a warning, to give the node password, or to confirm the run again.
            JobTimeoutError: The recovery goes on after ``timeout_s``.
            UnknownOutcomeError: The answer to a request was lost.
            ServiceError: The service refused a request.
        """
        timeout_s, poll_s = read_seconds(timeout_s, "timeout_s"), read_seconds(poll_s, "poll_s")
        with self._renewing_record():
            ended = drive(
                self.id, self._context, timeout_s=timeout_s, poll_s=poll_s, say=say or _silent, monotonic=monotonic
            )
            self.refresh()
            if not ended:
                raise JobTimeoutError(
                    f"Stopped waiting after {timeout_s:.0f} s; the recovery goes on in the cloud. Wait again, or resume it "
                    f"from any kernel: kit.resume({self.id!r}).",
                    job=self,
                )
            self._require_ended_well()
        return self

    def _require_ended_well(self) -> None:
        problem, is_for_a_person = what_stops(self._view)
        if not problem:
            return
        if is_for_a_person:
            missing = [f"accept={check.id!r}: {check.detail} {check.hint}" for check in self.waits_for]
            raise NotConfirmedError(problem, missing=missing or [problem])
        raise JobFailedError(problem, job=self)

    @contextmanager
    def _renewing_record(self) -> Iterator[None]:
        """Read the record again at the end; put it on an error of ddmkit."""
        try:
            yield
        except Exception as error:
            with suppress(RecordError):  # a store that cannot be read does not replace the error
                self.refresh()
            if isinstance(error, DDMKitError):
                error.record = self._record
            raise

    def show(self) -> Fragment:
        """Return how the recovery stands, and what was found on the target, as static HTML and text."""
        header = self._record.header
        title = f"{header.kind.capitalize()} of {header.source_name} to {header.target_name}: {self.status}"
        steps = [
            StepView(
                name=one.step, title=one.title, call={}, state=one.state, since=one.since, proof=one.proof, made=one.made
            )
            for one in self.steps
        ]
        table = show_steps(steps, title=title)
        found = self.verification
        if found is None:
            return Fragment(table.html, f"{title}\n{table.text}")
        shown = show_verification([one.model_dump() for one in found.findings], passed=found.passed, address=found.address)
        return Fragment(join([table.html, shown.html]), f"{title}\n{table.text}\n\n{shown.text}")

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()


def _silent(_line: str) -> None:
    """Say nothing."""
