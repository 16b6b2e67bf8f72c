"""The whole restore of the metadata on one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ddmkit.display.html import Fragment
from ddmkit.forms.guided import GuidedForm
from ddmkit.forms.guided_steps import GivenConfirmation
from ddmkit.forms.logic.summary import describe_lines, describe_missing
from ddmkit.forms.readers.sent_steps import read_sent_restore
from ddmkit.forms.restore_steps import RestoreSteps
from ddmkit.forms.steps.confirm import ConfirmationForm
from ddmkit.forms.steps.results import ResultsForm
from ddmkit.forms.steps.review import PlanReview
from ddmkit.forms.steps.target import TargetForm
from ddmkit.forms.steps.watch import JobProgress
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.inputs import PlanInputs, read_ids, read_text
from ddmkit.kit import Kit

__all__ = ["RestoreForm"]


class RestoreForm(GuidedForm[Plan, RestoreJob]):
    """Asks for the inputs of a restore, checks them, shows the plan, submits it once, and watches the job (``value``).

    With all values given the form also works in an unattended notebook: ``submit`` then sends the plan if ``confirm`` is the
    name of the target and ``digest`` is the digest of the plan. Each step is a form of its own: ``source``, ``point``,
    ``target``, ``checks``, ``review``, ``confirmation``, ``watch`` and ``results``.

    Args:
        kit: The kit to read and submit with.
        source: Id of the source instance.
        backup_id: Id of the backup to restore; has priority over ``restore_time``.
        restore_time: The instant to restore to: a datetime, text, or epoch milliseconds.
        target: Id of the target instance.
        data_nodes: Ids of the recovered data nodes, in any order.
        time_zone: The time zone for times without an offset, as an IANA name; by default that of the kit.
        incident: When the damage happened.
        confirm: The name of the target, as confirmation.
        digest: The digest of the plan that ``confirm`` and ``accept`` belong to.
        accept: The ids of the accepted warnings.
        purpose: Why the restore is made; written to the record.
        ticket: The ticket of the restore; written to the record.
        poll_s: Seconds between two status checks of the job.
        new_world: On the simulator: makes the form for a new world of a scenario, which replaces this form on the page.
    """

    title = "Restore"
    _steps: RestoreSteps

    def __init__(  # noqa: PLR0913  # every one is optional, keyword-only, and a parameter of the notebook
        self,
        kit: Kit,
        *,
        source: str = "",
        backup_id: str = "",
        restore_time: datetime | str | int = "",
        target: str = "",
        data_nodes: Iterable[str] = (),
        time_zone: str = "",
        incident: datetime | str | int = "",
        confirm: str = "",
        digest: str = "",
        accept: Iterable[str] = (),
        purpose: str = "",
        ticket: str = "",
        poll_s: float = 5.0,
        new_world: Callable[[str], RestoreForm] | None = None,
    ) -> None:
        super().__init__(kit, read_sent_restore, new_world)
        self.digest = digest
        given = PlanInputs(source, target, data_nodes, backup_id, restore_time, time_zone, incident)
        confirmation = GivenConfirmation(
            read_text(confirm, "confirm"),
            read_text(digest, "digest"),
            tuple(sorted(read_ids(accept, "accept"))),
            read_text(purpose, "purpose"),
            read_text(ticket, "ticket"),
        )
        self._steps = RestoreSteps(
            kit, given, confirmation, poll_s=poll_s, run=self._in_background, listeners=self._step_listeners()
        )
        self._build()
        self._begin()

    # The steps ---------------------------------------------------------------------------------------------------

    @property
    def target(self) -> TargetForm:
        """The form of the step Target."""
        return self._steps.selection.target

    @property
    def review(self) -> PlanReview:
        """The form of the step Review."""
        return self._steps.review

    @property
    def confirmation(self) -> ConfirmationForm[Plan]:
        """The form of the step Confirm."""
        return self._steps.confirmation

    @property
    def watch(self) -> JobProgress:
        """The form of the step Watch."""
        return self._steps.watch

    @property
    def results(self) -> ResultsForm:
        """The form of the step Results."""
        return self._steps.results

    # Sending -----------------------------------------------------------------------------------------------------

    def submit(self, *, watched: bool = True) -> RestoreJob | Fragment:
        """Submit the plan, without a page, if ``confirm`` and ``digest`` match it.

        Returns the job, or a description of what is missing. The job is watched in the background, unless ``watched`` is
        false. Raises what ``kit.submit`` raises.
        """
        missing = describe_missing(self.plan, self.confirmation.name_field.value, self.digest)
        if missing is not None or self.plan is None:
            return missing or describe_lines("")
        self.confirmation.set_plan(self.plan, operator=self._kit.operator)
        job = self._send(self.plan)
        if watched:
            self._in_background(lambda: self.watch.follow(job))
        else:
            self.watch.show_job(job)
        return job

    def _send(self, plan: Plan) -> RestoreJob:
        given = self.confirmation
        return self._kit.submit(
            plan,
            confirm=given.name_field.value,
            accept=self.checks.accepted,
            purpose=given.purpose_field.value.strip(),
            ticket=given.ticket_field.value.strip(),
        )
