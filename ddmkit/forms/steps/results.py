"""The results of a restore: the job, the target compared with the plan, the new address, and files of the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ddmkit.display.column_specs import job_tone
from ddmkit.display.html import Fragment, Html, join, tag
from ddmkit.display.records import show_verification
from ddmkit.display.status import Tone, describe_status
from ddmkit.display.table import Cell, CellKind, build_table
from ddmkit.errors import DDMKitError
from ddmkit.forms.logic.job_rows import JOB_COLUMNS, list_jobs
from ddmkit.forms.logic.summary import describe_facts, shorten
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.downloads import offer_file
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.panels.what_next import WhatNext, describe_next
from ddmkit.forms.widgets.table import Table
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.record import Record
from ddmkit.kit import Kit
from ddmkit.models import Job
from ddmkit.records.runs import RunHeader
from ddmkit.restore.post_check import Verification
from ddmkit.times import format_duration

__all__ = ["RecordFiles", "ResultsForm"]

_AFTER_A_FAILURE = (
    "The source is not changed. Fix what the reason names, then start another restore: your input is kept, and the checks "
    "show whether the target is still empty."
)
_JOBS = "Jobs of source and target, newest first"
_TWO_QUESTIONS = "Did the job complete, and does the target contain what was expected?"


class ResultsForm(Form):
    """Shows the results of a restore; ``value`` is its record."""

    title = "Results"

    def __init__(self, kit: Kit, job: RestoreJob | None = None) -> None:
        super().__init__()
        self._kit = kit
        self._job: RestoreJob | None = None
        self._shown = Fragment(tag("div"), "")
        self.details, self.findings = style.html("ddmkit-results"), style.html("ddmkit-findings")
        self.jobs = Table(_JOBS, JOB_COLUMNS, "ddmkit-jobs", empty="no jobs", is_newest_first=True)
        style.hide(self.jobs)
        self.files = RecordFiles()
        self.what_next = WhatNext()
        self._lay_out(
            style.html(value=style.heading("Results", _TWO_QUESTIONS)),
            self.details,
            self.files.widget,
            self.findings,
            self.what_next.widget,
            self.jobs,
        )
        if job is not None:
            self.show_job(job)

    @property
    def value(self) -> Record | None:
        """The record of the restore."""
        return self._job.record if self._job is not None else None

    def show_job(self, job: RestoreJob) -> None:
        """Show the results of a job; reads the task list."""
        self._job = job
        record = job.record
        self.files.record = record
        with self._reading("the task list"):
            listed = self._read_jobs(record.header, job.id)
            facts, findings = self._describe_job(job, record)
            self._shown = _stack([facts, _table(listed, self._kit.now()), *findings, describe_next(record.run)])
            self.details.value, self.findings.value = facts.html, _stack(findings).html
            self.what_next.show(record.run)
            self.jobs.set_rows(list_jobs(listed, self._kit.now()))
        style.show(self.jobs)
        self._notify()

    def forget(self) -> None:
        """Remove the results: their restore is no longer on the page."""
        self._job, self._shown = None, Fragment(tag("div"), "")
        self.details.value = self.findings.value = ""
        self.files.record = None
        style.hide(self.jobs)
        self.what_next.show(None)
        self.files.clear()
        self.message.clear()

    def summary(self) -> Fragment:
        """Return the results as static HTML and text."""
        return self._shown if self._job is not None else describe_facts(self.title, [("Results", "none yet")])

    def _describe_job(self, job: RestoreJob, record: Record) -> tuple[Fragment, list[Fragment]]:
        """Return what came of the job, and what the target holds."""
        header, verification = record.header, job.verification
        address = verification.address if verification else ""
        facts = [
            ("SOURCE → TARGET", f"{header.source_name} → {header.target_name}"),
            ("Outcome of the job", describe_status(job.status.capitalize())),
            ("The target", _describe_target(verification)),
            ("Reason", job.fail_reason),
            ("Next step", _AFTER_A_FAILURE if job.status == "failed" else ""),
            ("Applications use", f"{address} from now on" if address else ""),
            ("Record", f"{record.id} in {_near(self._kit.records.location)}"),
        ]
        shown = describe_facts("Result", facts)
        if verification is not None:
            findings = show_verification([one.model_dump() for one in verification.findings], passed=verification.passed)
            return shown, [shorten(findings) if verification.passed else findings]
        if job.status == "completed":
            return shown, [describe_facts("", [("Target", "not read back yet; kit.resume(record).verify() tries again")])]
        return shown, []

    def _read_jobs(self, header: RunHeader, job_id: str) -> list[Job]:
        places = {header.source_id, header.target_id}
        listed = self._kit.jobs(timedelta(days=1))
        return [job for job in listed if job.instance_id in places or job.id == job_id]


class RecordFiles:
    """Buttons that save a record to files beside the notebook."""

    def __init__(self) -> None:
        self.record: Record | None = None
        self._written: dict[str, tuple[str, Html]] = {}
        self.save = style.button(
            "Save the record", "Write the record as a file to share (.ddmrecord.json)", "ddmkit-save-record"
        )
        self.report = style.button("Save the report", "Write the record as a page to read (.html)", "ddmkit-save-report")
        self.message = Message("ddmkit-saved")
        self.link = style.html("ddmkit-download")
        self.save.on_click(lambda _button: self._write("ddmrecord.json", lambda record: record.export))
        self.report.on_click(lambda _button: self._write("html", lambda record: record.export_page))
        self.widget = style.column(style.line(self.save, self.report), self.message.widget, self.link)

    def clear(self) -> None:
        """Remove the message and the links."""
        self._written = {}
        self.message.clear()
        self.link.value = ""

    def _write(self, kind: str, writer_of: Callable[[Record], Callable[[Path], Path]]) -> None:
        if self.record is None:
            self.message.show_error("There is no record yet.")
            return
        try:
            self._written[kind] = offer_file(f"{self.record.id}.{kind}", writer_of(self.record))
            self.message.show("\n".join(text for text, _ in self._written.values()), tone=Tone.GOOD)
        except DDMKitError as error:
            self.message.show_error(error)
        self.link.value = join(tag("div", link) for _, link in self._written.values() if link)


def _near(location: str) -> str:
    """Return the address of a record store; a file in the notebook's own folder is named without that folder."""
    here = f"sqlite:///{Path.cwd().as_posix()}/"
    return f"{location.removeprefix(here)}, in the folder of this notebook" if location.startswith(here) else location


def _stack(parts: Sequence[Fragment]) -> Fragment:
    return Fragment(join(part.html for part in parts), "\n\n".join(part.text for part in parts))


def _describe_target(verification: Verification | None) -> str:
    if verification is None:
        return ""
    passed = verification.passed
    words = "contains what was expected" if passed else "differs from what was expected; see the lines below"
    return describe_status(words, Tone.GOOD if passed else Tone.BAD)


def _table(jobs: list[Job], now: datetime) -> Fragment:
    headers = ["job", "status", "started (UTC)", "took", "on", "id"]
    return build_table(_JOBS, headers, [_cells(job, now) for job in jobs], empty="no jobs")


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
