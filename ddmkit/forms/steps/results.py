"""What came of a restore: its job, the target beside the plan, the address to use now, and files of its record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ddmkit.display.column_specs import job_tone
from ddmkit.display.html import Fragment, join, tag
from ddmkit.display.records import show_verification
from ddmkit.display.status import Tone, describe_status
from ddmkit.display.table import Cell, CellKind, build_table
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.base import Form, describe_facts
from ddmkit.forms.widgets.downloads import offer_file
from ddmkit.forms.widgets.fields import Message
from ddmkit.handles.record import Record
from ddmkit.models import Job
from ddmkit.times import format_duration

__all__ = ["RecordFiles", "ResultsForm"]

_AFTER_A_FAILURE = (
    "The source is not changed. Fix what the reason names, then start another restore: what was typed is kept, and the "
    "checks say whether the target is still empty."
)
_TWO_QUESTIONS = "Two questions: did the job end well, and does the target now hold what was expected?"


class ResultsForm(Form):
    """Shows what came of a restore; ``value`` is its record."""

    title = "Results"

    def __init__(self, kit: Any, job: Any = None) -> None:
        super().__init__()
        self._kit = kit
        self._job: Any = None
        self._shown = Fragment(tag("div"), "")
        self.said = look.html("ddmkit-results")
        self.files = RecordFiles()
        self._place(
            look.html(value=look.heading("Results", _TWO_QUESTIONS)),
            self.said,
            self.files.widget,
        )
        if job is not None:
            self.show_job(job)

    @property
    def value(self) -> Record | None:
        """The record of the restore."""
        return self._job.record if self._job is not None else None

    def show_job(self, job: Any) -> None:
        """Show what came of a job, reading the task list once more."""
        self._job = job
        record = job.record
        self.files.record = record
        with self._asking("the task list"):
            self._shown = self._tell_of(job, record)
        self.said.value = self._shown.html
        self._tell()

    def forget(self) -> None:
        """Show no results any more: they are of a restore that is no longer on the page."""
        self._job, self._shown = None, Fragment(tag("div"), "")
        self.said.value, self.files.record = "", None
        self.files.clear()
        self.message.clear()

    def summary(self) -> Fragment:
        """Return the results as static HTML and text."""
        return self._shown if self._job is not None else describe_facts(self.title, [("Results", "none yet")])

    def _tell_of(self, job: Any, record: Record) -> Fragment:
        header, verification = record.header, job.verification
        address = verification.address if verification else ""
        facts = [
            ("SOURCE -> TARGET", f"{header.source_name} -> {header.target_name}"),
            ("Outcome of the job", describe_status(job.status.capitalize())),
            ("The target", _describe_target(verification)),
            ("Reason", job.fail_reason),
            ("What now", _AFTER_A_FAILURE if job.status == "failed" else ""),
            ("Applications use", f"{address} from now on" if address else ""),
            ("Record", f"{record.id} in {self._kit.records.location}"),
        ]
        parts = [describe_facts("Result", facts), _table(self._read_jobs(header, job.id), self._kit.now())]
        if verification is not None:
            findings = [one.model_dump() for one in verification.findings]
            parts.append(show_verification(findings, passed=verification.passed))
        elif job.status == "completed":
            parts.append(
                describe_facts("", [("Target", "it could not be read back yet; kit.resume(record).verify() looks again")])
            )
        return Fragment(join(part.html for part in parts), "\n\n".join(part.text for part in parts))

    def _read_jobs(self, header: Any, job_id: str) -> list[Job]:
        places = {header.source_id, header.target_id}
        listed = self._kit.jobs(timedelta(days=1))
        return [job for job in listed if job.instance_id in places or job.id == job_id]


class RecordFiles:
    """Buttons that write a record to files beside the notebook."""

    def __init__(self) -> None:
        self.record: Record | None = None
        self.save = look.button(
            "Save the record", "Write the record as a file to share (.ddmrecord.json)", "ddmkit-save-record"
        )
        self.report = look.button("Save the report", "Write the record as a page to read (.html)", "ddmkit-save-report")
        self.message = Message("ddmkit-saved")
        self.link = look.html("ddmkit-download")
        self.save.on_click(lambda _button: self._write("ddmrecord.json", lambda record: record.export))
        self.report.on_click(lambda _button: self._write("html", lambda record: record.export_page))
        self.widget = look.column(look.line(self.save, self.report), self.message.widget, self.link)

    def clear(self) -> None:
        """Describe and offer nothing."""
        self.message.clear()
        self.link.value = ""

    def _write(self, kind: str, find: Callable[[Record], Callable[[Path], Path]]) -> None:
        self.clear()
        if self.record is None:
            self.message.refuse("There is no record yet.")
            return
        try:
            said, self.link.value = offer_file(f"{self.record.id}.{kind}", find(self.record))
            self.message.say(said, tone=Tone.GOOD)
        except DDMKitError as error:
            self.message.refuse(error)


def _describe_target(verification: Any) -> str:
    if verification is None:
        return ""
    passed = verification.passed
    words = "holds what was expected" if passed else "differs from what was expected; see the lines below that say so"
    return describe_status(words, Tone.GOOD if passed else Tone.BAD)


def _table(jobs: list[Job], now: datetime) -> Fragment:
    headers = ["job", "status", "started (UTC)", "took", "on", "id"]
    return build_table(
        "Jobs of source and target, newest first", headers, [_cells(job, now) for job in jobs], empty="no jobs"
    )


def _cells(job: Job, now: datetime) -> list[Cell]:
    started, ended = job.created_time, job.end_time if job.is_finished else now
    return [
        Cell(job.name),
        Cell(job.status, CellKind.STATUS, job_tone(job), job.fail_reason),
        Cell(f"{started.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if started else "", CellKind.TIME),
        Cell(format_duration(ended - started) if started and ended and ended >= started else "", CellKind.TIME),
        Cell(job.instance_name),
        Cell(job.id, CellKind.ID),
    ]
