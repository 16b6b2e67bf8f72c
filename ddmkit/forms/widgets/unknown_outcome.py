"""What a person can say when the outcome of a restore is unknown: this was its job, or nothing was started."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ddmkit.display.html import clean_line, tag
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.fields import Message, TextField

__all__ = ["UnknownOutcomePanel"]


class UnknownOutcomePanel:
    """The two ways on. ``adopt`` is called with a job's id, ``release`` with a reason and the typed name of the target."""

    def __init__(self, adopt: Callable[[str], None], release: Callable[[str, str], None]) -> None:
        self._adopt, self._release = adopt, release
        self.candidates = look.html("ddmkit-candidates")
        self.job_field = TextField(
            "Id of its job",
            "The id of the job that this restore started, from the task list",
            self._ignore,
            "ddmkit-adopt-id",
        )
        self.adopt = look.button("This was the job", "Take this job for the restore, and watch it", "ddmkit-adopt")
        self.reason_field = TextField(
            "Why you are sure",
            "How you know that nothing was started; goes on the record",
            self._ignore,
            "ddmkit-release-reason",
        )
        self.name_field = TextField(
            "Name of the target", "Type the target's name exactly", self._ignore, "ddmkit-release-name"
        )
        self.release = look.button(
            "Nothing was started: release the target",
            "Look at the target once more, and free it for a new plan",
            "ddmkit-release ddmkit-danger",
        )
        self.message = Message("ddmkit-undecided-message")
        self.adopt.on_click(self._press_adopt)
        self.release.on_click(self._press_release)
        self.widget = look.column(
            look.html(value=tag("b", "If a job in the task list is this restore, give its id")),
            self.candidates,
            self.job_field.widget,
            self.adopt,
            look.html(value=tag("b", "Or, if you are sure that nothing was started, say why")),
            self.reason_field.widget,
            self.name_field.widget,
            self.release,
            self.message.widget,
            css="ddmkit-undecided ddmkit-rows",
        )

    def offer(self, jobs: Sequence[Any]) -> None:
        """Name the jobs that it may have been; none of them is filled in."""
        said = [clean_line(f"{job.id}: {job.name}, {job.status}, on {job.instance_name}") for job in jobs]
        self.candidates.value = tag("div", "May be it: " + "; ".join(said)) if said else ""

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Show a refusal beside the two ways."""
        try:
            yield
        except DDMKitError as error:
            self.message.refuse(error)
        else:
            self.message.clear()

    def free(self) -> None:
        """Let the buttons be pressed again."""
        self.adopt.disabled = self.release.disabled = False

    def _ignore(self, _text: str) -> None:
        """Nothing follows from typing alone."""

    def _press_adopt(self, button: Any) -> None:
        button.disabled = True
        self._adopt(self.job_field.value)

    def _press_release(self, button: Any) -> None:
        button.disabled = True
        self._release(self.reason_field.value, self.name_field.value)
