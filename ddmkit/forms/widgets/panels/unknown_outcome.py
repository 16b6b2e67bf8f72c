"""Resolve a restore whose outcome is unknown: a person names its job, or states that nothing was started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ddmkit.display.html import tag
from ddmkit.forms.logic.job_rows import JOB_COLUMNS, list_jobs
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.table import Table
from ddmkit.models import Job

__all__ = ["UnknownOutcomePanel"]


class UnknownOutcomePanel:
    """Offers both ways. ``adopt`` is called with a job id, ``release`` with a reason and the typed name of the target."""

    def __init__(self, adopt: Callable[[str], None], release: Callable[[str, str], None]) -> None:
        self._adopt, self._release = adopt, release
        self.candidates = Table("Possible jobs", JOB_COLUMNS, "ddmkit-possible-jobs", on_choose=self._choose_job)
        style.hide(self.candidates)
        self.job_field = TextField(
            "Id of the job",
            "The id of the job that this restore started; see the task list",
            self._ignore,
            "ddmkit-adopt-id",
        )
        self.adopt = style.button("This was the job", "Record that this job is the restore, and watch it", "ddmkit-adopt")
        self.reason_field = TextField(
            "Why you are sure",
            "How you know that nothing was started; this is written to the record",
            self._ignore,
            "ddmkit-release-reason",
        )
        self.name_field = TextField(
            "Name of the target", "Type the target's name exactly", self._ignore, "ddmkit-release-name"
        )
        self.release = style.button(
            "Nothing was started: release the target",
            "Check the target again, then release it for a new plan",
            "ddmkit-release ddmkit-danger",
        )
        self.message = Message("ddmkit-undecided-message")
        self.adopt.on_click(self._on_adopt_click)
        self.release.on_click(self._on_release_click)
        self.widget = style.column(
            style.html(value=tag("b", "If a job in the task list is this restore, enter its id")),
            self.candidates,
            self.job_field.widget,
            self.adopt,
            style.html(value=tag("b", "Or, if you are sure that nothing was started, write why")),
            self.reason_field.widget,
            self.name_field.widget,
            self.release,
            self.message.widget,
            css="ddmkit-undecided ddmkit-rows",
        )

    def offer(self, jobs: Sequence[Job], now: datetime) -> None:
        """List the jobs that may be this restore; none of them is filled in before a person chooses it."""
        self.candidates.set_rows(list_jobs(jobs, now))
        self.candidates.choose()
        style.show(self.candidates, bool(jobs))

    def enable_buttons(self) -> None:
        """Enable both buttons."""
        self.adopt.disabled = self.release.disabled = False

    def _choose_job(self, job_id: str) -> None:
        """Write the chosen job into the field; only the button beside it does something."""
        self.job_field.value = job_id

    def _ignore(self, _text: str) -> None:
        """Do nothing: typing alone has no effect."""

    def _on_adopt_click(self, button: Any) -> None:
        button.disabled = True
        self._adopt(self.job_field.value)

    def _on_release_click(self, button: Any) -> None:
        button.disabled = True
        self._release(self.reason_field.value, self.name_field.value)
