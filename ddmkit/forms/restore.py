"""The whole restore of the metadata on one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ddmkit.display.html import Fragment
from ddmkit.errors import DDMKitError, InputError
from ddmkit.forms.guided_steps import GivenConfirmation
from ddmkit.forms.logic.summary import describe_lines, describe_missing
from ddmkit.forms.readers.sent_steps import read_sent_restore
from ddmkit.forms.restore_steps import RestoreSteps
from ddmkit.forms.step_forms import StepForms
from ddmkit.forms.widgets.downloads import is_in_app
from ddmkit.forms.widgets.panels.new_world import panels_of
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.inputs import PlanInputs, read_ids, read_text
from ddmkit.kit import Kit

__all__ = ["RestoreForm"]


class RestoreForm(StepForms):
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
        super().__init__(kit, read_sent_restore)
        self._new_world = new_world
        self.replaced_by: RestoreForm | None = None
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
        self._build(*(panels_of(kit, self.begin_world) if new_world is not None else []))
        self._begin()

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

    def begin_world(self, scenario: str) -> None:
        """Start a scenario in a new world of the simulator; the form of that world replaces this form on the page.

        Raises ``InputError`` if the form was made without ``new_world``, ``DDMKitError`` while a request is being sent.
        """
        if self._new_world is None:
            raise InputError("this form was made without new_world.", field="new_world", fix="Use guide.form().")
        if self._is_submitting:
            raise DDMKitError("A request is being sent. Wait for the answer, then start a new world.")
        self._tasks.close()
        self._steps.stop_watching()
        form = self._new_world(scenario)
        above = "What stands above the form" if is_in_app() else "The output of the cells above"
        form.message.show(f"This is a new world of the scenario {scenario}. {above} still shows the old world.")
        self.replaced_by = form
        self.replace_with(form)

    def _send(self, plan: Plan) -> RestoreJob:
        given = self.confirmation
        return self._kit.submit(
            plan,
            confirm=given.name_field.value,
            accept=self.checks.accepted,
            purpose=given.purpose_field.value.strip(),
            ticket=given.ticket_field.value.strip(),
        )
