"""A restore that was started, as a person holds it: its status, waiting for its end, and what the target holds then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from ddmkit.display.html import Fragment, clean_line, join
from ddmkit.display.progress import TextProgress
from ddmkit.display.records import show_verification
from ddmkit.display.table import Cell, build_table
from ddmkit.errors import DDMKitError, JobFailedError, JobTimeoutError, RecordError, UnknownOutcomeError
from ddmkit.handles.record import Record
from ddmkit.handles.records import Records
from ddmkit.inputs import read_seconds
from ddmkit.models import Job
from ddmkit.records.runs import RunState
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.follow import follow_run, look_at_job, verify_if_possible, verify_run
from ddmkit.restore.post_check import Verification
from ddmkit.service.jobs import JobListener

__all__ = ["RestoreJob"]

JobStatus = Literal["running", "completed", "failed", "unknown"]

_STATUS_OF: dict[RunState, JobStatus] = {
    RunState.RUNNING: "running",
    RunState.COMPLETED: "completed",
    RunState.FAILED: "failed",
}


class RestoreJob:
    """One restore that was started.

    The attributes are a snapshot: reading one asks neither the service nor the record store. ``refresh``, ``wait`` and
    ``verify`` ask the service, and renew the snapshot. Every error that they raise carries the record as ``.record``.
    """

    def __init__(self, run_id: str, context: RestoreContext) -> None:
        self._context = context
        self._records = Records(context.store, author=context.operator, endpoint=context.client.settings.endpoint)
        self._record = self._records.get(run_id)
        self._job: Job | None = None

    def __repr__(self) -> str:
        progress = f", {self.progress:.0%}" if self.progress is not None else ""
        return f"<restore job {self.id}: {self.status}{progress}; record {self._record.id}>"

    @property
    def record(self) -> Record:
        """What is kept of this restore; another object after each ``refresh``, ``wait`` and ``verify``."""
        return self._record

    @property
    def id(self) -> str:
        """The service's job id."""
        return self._record.job_id

    @property
    def status(self) -> JobStatus:
        """How the restore stands by the record: ``running``, ``completed``, ``failed`` or ``unknown``."""
        return _STATUS_OF.get(self._record.run.state, "unknown")

    @property
    def progress(self) -> float | None:
        """The share done when the service was last asked, 0 to 1; ``None`` when the service did not report it."""
        if self.status == "completed":
            return 1.0
        return self._job.progress if self._job is not None else None

    @property
    def fail_reason(self) -> str:
        """Why the job failed, in the service's words; empty unless it failed."""
        failed = self._record.last("failed")
        return "" if failed is None else str(failed.data.get("fail_reason") or "the service gave no reason")

    @property
    def verification(self) -> Verification | None:
        """What was found on the target after completion, or ``None`` before that."""
        found = self._record.last("verified")
        if found is None:
            return None
        return Verification.model_validate({name: found.data[name] for name in Verification.model_fields})

    def refresh(self) -> RestoreJob:
        """Ask the service once for the job's status, write an end to the record, and return this job, updated."""
        with self._renewing_record():
            self._job = look_at_job(self._record.id, self._context)
        return self

    def wait(self, timeout_s: float = 3600, poll_s: float = 10, *, listener: JobListener | None = None) -> RestoreJob:
        """Wait until the job has ended, verify the target, and return this job, updated.

        Ctrl-C and a time-out do not stop the job in the cloud: call ``wait`` again, or ``kit.resume(record)`` in any kernel.

        Args:
            timeout_s: How long to wait, in seconds.
            poll_s: The pause between two requests, in seconds.
            listener: Receives each change of the job; without one, each change is printed as a line.

        Raises:
            JobFailedError: The job failed; the message has the service's reason.
            JobTimeoutError: The job still runs after ``timeout_s``.
            UnknownOutcomeError: The record has no job to wait for.
        """
        timeout_s, poll_s = read_seconds(timeout_s, "timeout_s"), read_seconds(poll_s, "poll_s")
        watcher = TextProgress(clock=self._context.now) if listener is None else listener
        try:
            with self._renewing_record():
                self._record = self._records.get(self._record.id)  # another process may have written the end
                self._wait(timeout_s, poll_s, watcher)
        except (JobFailedError, JobTimeoutError) as error:
            error.job = self
            raise
        return self

    def _wait(self, timeout_s: float, poll_s: float, listener: JobListener) -> None:
        run_id, status = self._record.id, self.status
        if status == "unknown":
            raise UnknownOutcomeError(f"Record {run_id} has no job to wait for. Look for it: kit.resume({run_id!r}).")
        if status == "failed":
            raise JobFailedError(f"Job {self.id} failed: {self.fail_reason}")
        if status == "running":
            self._job = follow_run(run_id, self._context, timeout_s=timeout_s, poll_s=poll_s, listener=listener)
        elif self.verification is None:  # the process that wrote the end stopped before it read the target back
            verify_if_possible(run_id, self._context)

    def verify(self) -> Verification:
        """Read the target back now, compare it with the plan, write the result to the record, and return it."""
        with self._renewing_record():
            return verify_run(self._record.id, self._context)

    @contextmanager
    def _renewing_record(self) -> Iterator[None]:
        """Read the record again at the end; put it on an error of ddmkit."""
        try:
            yield
        except Exception as error:
            with suppress(RecordError):  # a store that cannot be read does not replace the error
                self._record = self._records.get(self._record.id)
            if isinstance(error, DDMKitError):
                error.record = self._record
            raise
        self._record = self._records.get(self._record.id)

    def show(self) -> Fragment:
        """Return how the restore stands, and what was found on the target, as static HTML and text."""
        facts = [
            ("status", self.status),
            ("job", self.id),
            ("record", self._record.id),
            ("reason", self.fail_reason),
        ]
        known = [(name, value) for name, value in facts if value]
        table = build_table("Restore job", ["", ""], [[Cell(name), Cell(value)] for name, value in known])
        text = "\n".join(["Restore job:", *(f"  {name + ':':<8}{clean_line(value)}" for name, value in known)])
        verification = self.verification
        if verification is None:
            return Fragment(table.html, text)
        findings = [one.model_dump() for one in verification.findings]
        found = show_verification(findings, passed=verification.passed, address=verification.address)
        return Fragment(join([table.html, found.html]), f"{text}\n\n{found.text}")

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()
