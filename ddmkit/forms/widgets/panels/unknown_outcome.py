"""Resolve a restore whose outcome is unknown: a person names its job, or states that nothing was started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ddmkit.display.html import tag
from ddmkit.forms.logic.job_rows import JOB_COLUMNS, list_jobs
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.table import Table
from ddmkit.models import Job

__all__ = ["OutcomeWords", "UnknownOutcomePanel"]


@dataclass(frozen=True)
class OutcomeWords:
    """What the panel says about the request whose outcome is unknown."""

    adopt_heading: str = "If a job in the task list is this restore, enter its id"
    id_label: str = "Id of the job"
    id_tooltip: str = "The id of the job that this restore started; see the task list"
    adopt: str = "This was the job"
    adopt_tooltip: str = "Record that this job is the restore, and watch it"
    name_label: str = "Name of the target"
    name_tooltip: str = "Type the target's name exactly"
    release: str = "Nothing was started: release the target"
    release_tooltip: str = "Check the target again, then release it for a new plan"


_RESTORE_WORDS = OutcomeWords()


class UnknownOutcomePanel:
    """Offers both ways. ``adopt`` is called with a job id, ``release`` with a reason and the typed name of the target."""

    def __init__(
        self, adopt: Callable[[str], None], release: Callable[[str, str], None], words: OutcomeWords = _RESTORE_WORDS
    ) -> None:
        self._adopt, self._release = adopt, release
        self.candidates = Table("Possible jobs", JOB_COLUMNS, "ddmkit-possible-jobs", on_choose=self._choose_job)
        style.hide(self.candidates)
        self.job_field = TextField(
            words.id_label,
            words.id_tooltip,
            self._ignore,
            "ddmkit-adopt-id",
        )
        self.adopt = style.button(words.adopt, words.adopt_tooltip, "ddmkit-adopt")
        self.reason_field = TextField(
            "Why you are sure",
            "How you know that nothing was started; this is written to the record",
            self._ignore,
            "ddmkit-release-reason",
        )
        self.name_field = TextField(words.name_label, words.name_tooltip, self._ignore, "ddmkit-release-name")
        self.release = style.button(
            words.release,
            words.release_tooltip,
            "ddmkit-release ddmkit-danger",
        )
        self.message = Message("ddmkit-undecided-message")
        self.adopt.on_click(self._on_adopt_click)
        self.release.on_click(self._on_release_click)
        self.widget = style.column(
            style.html(value=tag("b", words.adopt_heading)),
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
