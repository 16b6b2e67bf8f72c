"""A whole recovery on one page: nodes, target and metadata, from the choices to the hand-over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ddmkit.display.rows import Rows
from ddmkit.forms.guided import GuidedForm
from ddmkit.forms.guided_steps import GivenConfirmation
from ddmkit.forms.logic.recovery_choices import NEW_TARGET, NodesChoice
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.readers.sent_recovery import read_sent_recovery
from ddmkit.forms.recovery_steps import RecoverySteps
from ddmkit.forms.steps.recovery.confirm import RecoveryConfirmForm
from ddmkit.forms.steps.recovery.hand_over import HandOverForm
from ddmkit.forms.steps.recovery.nodes import NodesForm
from ddmkit.forms.steps.recovery.review import RecoveryReview
from ddmkit.forms.steps.recovery.watch import RecoveryProgress
from ddmkit.handles.record import Record
from ddmkit.handles.records import RecordRow
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.inputs import PlanInputs, id_of, read_text
from ddmkit.kit import Kit

__all__ = ["RecoveryForm"]


class RecoveryForm(GuidedForm[Recovery, RecoveryRun]):
    """Asks for the inputs of a recovery, checks them, shows every request, sends each once, and takes the recovery on.

    ``value`` is the run once it was begun. Each step is a form of its own: ``source``, ``point``, ``target`` (nodes and
    target), ``checks``, ``review``, ``confirmation``, ``watch`` and ``results`` (hand over). The form begins nothing by
    itself: a person types the name of the source, the digest, the number of new instances and the node password.

    Args:
        kit: The kit to read and recover with.
        source: Id of the source instance.
        backup_id: Id of the metadata backup; has priority over ``restore_time``.
        restore_time: The instant to recover to: a datetime, text, or epoch milliseconds.
        nodes: Existing nodes to take, by the ids of their source nodes; the others are recovered.
        target: ``new``, or the id of an existing, empty instance.
        like: What is different from the source, as ``kit.plan_recovery`` takes it.
        throwaway: Whether this is a drill.
        time_zone: The time zone for times without an offset, as an IANA name; by default that of the kit.
        incident: When the damage happened.
        purpose: Why the recovery is made; written to the record.
        ticket: The ticket of the recovery; written to the record.
        record: A recovery that was begun earlier, to go on with it: its record, or the id of that.
        poll_s: Seconds between two rounds while the recovery is watched.
        new_world: On the simulator: makes the form for a new world of a scenario, which replaces this form on the page.
    """

    title = "Recovery"
    _steps: RecoverySteps

    def __init__(  # noqa: PLR0913  # every one is optional, keyword-only, and a parameter of the notebook
        self,
        kit: Kit,
        *,
        source: str = "",
        backup_id: str = "",
        restore_time: datetime | str | int = "",
        nodes: Mapping[str, str] | None = None,
        target: str = NEW_TARGET,
        like: Mapping[str, Mapping[str, Any]] | None = None,
        throwaway: bool = False,
        time_zone: str = "",
        incident: datetime | str | int = "",
        purpose: str = "",
        ticket: str = "",
        record: Record | str = "",
        poll_s: float = 10.0,
        new_world: Callable[[str], RecoveryForm] | None = None,
    ) -> None:
        super().__init__(kit, read_sent_recovery, new_world)
        inputs = PlanInputs(source, "", (), backup_id, restore_time, time_zone, incident)
        chosen = id_of(target, "target") if target != NEW_TARGET else NEW_TARGET
        choice = NodesChoice(chosen, dict(nodes or {}), dict(like or {}), throwaway)
        self._steps = RecoverySteps(
            kit,
            inputs,
            choice if choice != NodesChoice() else None,
            GivenConfirmation(purpose=read_text(purpose, "purpose"), ticket=read_text(ticket, "ticket")),
            poll_s=poll_s,
            run=self._in_background,
            listeners=self._step_listeners(),
        )
        self._build()
        self._begin()
        if record:
            self.resume(record)

    # The steps ---------------------------------------------------------------------------------------------------

    @property
    def target(self) -> NodesForm:
        """The form of the step Nodes and target."""
        return self._steps.selection.target

    @property
    def review(self) -> RecoveryReview:
        """The form of the step Review."""
        return self._steps.review

    @property
    def confirmation(self) -> RecoveryConfirmForm:
        """The form of the step Confirm."""
        return self._steps.confirmation

    @property
    def watch(self) -> RecoveryProgress:
        """The form of the step Watch."""
        return self._steps.watch

    @property
    def results(self) -> HandOverForm:
        """The form of the step Hand over."""
        return self._steps.results

    def _prepare(self, step: Step) -> None:
        if step is Step.RESULTS:
            self._steps.show_results()
        super()._prepare(step)

    def _read_open(self) -> Rows[RecordRow]:
        return self._kit.open_recoveries()

    def _send(self, plan: Recovery) -> RecoveryRun:
        given = self.confirmation
        try:
            return self._kit.recover(
                plan,
                confirm=given.name_field.value,
                accept=self.checks.accepted,
                node_password=given.password.get(),
                purpose=given.purpose_field.value.strip(),
                ticket=given.ticket_field.value.strip(),
            )
        finally:
            given.password.drop()
