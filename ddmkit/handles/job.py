"""The job as a person holds it: its state from the record, looking, waiting, and what the target holds afterwards."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from ddmkit.display.html import Fragment, clean_line, join
from ddmkit.display.progress import TextProgress
from ddmkit.display.records import show_verification
from ddmkit.display.table import Cell, build_table
from ddmkit.errors import DDMKitError, JobFailedError, JobTimeoutError, UnknownOutcomeError
from ddmkit.handles.record import Record
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
    """One restore that was started: reading an attribute never calls the service, ``refresh`` and ``wait`` do."""

    def __init__(self, run_id: str, context: RestoreContext) -> None:
        self._run_id = run_id
        self._context = context
        self._job: Job | None = None

    def __repr__(self) -> str:
        progress = f", {self.progress:.0%}" if self.progress is not None else ""
        return f"<restore job {self.id}: {self.status}{progress}; record {self._run_id}>"

    @property
    def record(self) -> Record:
        """What is kept of this restore, as it stands now."""
        store = self._context.store
        return Record(
            store.get(self._run_id),
            store.known_secrets,
            store=store,
            author=self._context.operator,
            endpoint=self._context.client.settings.endpoint,
        )

    @property
    def id(self) -> str:
        """The service's job id."""
        return self._context.store.get(self._run_id).job_id

    @property
    def status(self) -> JobStatus:
        """How the restore stands by the record: ``running``, ``completed``, ``failed`` or ``unknown``."""
        return _STATUS_OF.get(self._context.store.get(self._run_id).state, "unknown")

    @property
    def progress(self) -> float | None:
        """The share done when the service was last asked, 0 to 1; ``None`` when it has not said."""
        if self.status == "completed":
            return 1.0
        return self._job.progress if self._job is not None else None

    @property
    def fail_reason(self) -> str:
        """Why the job failed, in the service's words; empty unless it failed."""
        failed = self.record.last("failed")
        return "" if failed is None else str(failed.data.get("fail_reason") or "the service gave no reason")

    @property
    def verification(self) -> Verification | None:
        """What was found on the target after completion, or ``None`` before that."""
        found = self.record.last("verified")
        if found is None:
            return None
        return Verification.model_validate({name: found.data[name] for name in Verification.model_fields})

    def refresh(self) -> RestoreJob:
        """Ask the service once how the job stands, note it, and give this job again."""
        self._job = look_at_job(self._run_id, self._context)
        return self

    def wait(self, timeout_s: float = 3600, poll_s: float = 10, *, listener: JobListener | None = None) -> RestoreJob:
        """Wait until the job has ended, then verify the target; give this job again, finished.

        Asks every ``poll_s`` seconds and prints a line for each change (``listener`` takes them instead). Raises
        ``JobFailedError`` with the service's reason, ``JobTimeoutError`` after ``timeout_s``. Ctrl-C and a time-out leave
        the cloud job alone: call ``wait`` again, or ``kit.resume(record)`` from any kernel.
        """
        told = TextProgress(clock=self._context.now) if listener is None else listener
        try:
            self._wait(timeout_s, poll_s, told)
        except (JobFailedError, JobTimeoutError) as error:
            error.job = self
            with suppress(DDMKitError):  # a record that cannot be read does not change what is said about the job
                error.record = self.record
            raise
        return self

    def _wait(self, timeout_s: float, poll_s: float, told: JobListener) -> None:
        status = self.status
        if status == "unknown":
            raise UnknownOutcomeError(
                f"Record {self._run_id} has no job to wait for. Look for it: kit.resume({self._run_id!r})."
            )
        if status == "failed":
            raise JobFailedError(f"Job {self.id} failed: {self.fail_reason}")
        if status == "running":
            self._job = follow_run(self._run_id, self._context, timeout_s=timeout_s, poll_s=poll_s, listener=told)
        elif self.verification is None:  # whoever noted the end was gone before looking at the target
            verify_if_possible(self._run_id, self._context)

    def verify(self) -> Verification:
        """Read the target back now, compare it with the plan, note the result on the record, and give it."""
        return verify_run(self._run_id, self._context)

    def show(self) -> Fragment:
        """Return how the restore stands, and what was found on the target, as static HTML and text."""
        facts = [
            ("status", self.status),
            ("job", self.id),
            ("record", self._run_id),
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
        shown = self.show()
        return shown._repr_mimebundle_()
