"""The restores of a kit: check one, show it, and send it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ddmkit.errors import InputError, RecordError
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.records import records_on_errors
from ddmkit.handles.replan import Replan
from ddmkit.inputs import (
    Identified,
    PlanInputs,
    PointInTime,
    read_ids,
    read_incident,
    read_text,
    require_may_send,
    require_no_secret,
)
from ddmkit.kit.reading import Reading
from ddmkit.models import RestoreRequest
from ddmkit.records.runs import UNDECIDED, RunState
from ddmkit.restore.context import Confirmation
from ddmkit.restore.plan import RestorePlan, plan_of
from ddmkit.restore.planning import plan_restore
from ddmkit.restore.step import require_restore, step_of
from ddmkit.restore.submit import submit_plan
from ddmkit.sending.reconcile import reconcile

__all__ = ["Restoring"]


class Restoring(Reading):
    """The restores of ``Kit``, from the plan to the job."""

    _read_only: bool

    def plan(
        self,
        *,
        source: Identified,
        target: Identified,
        data_nodes: Iterable[Identified],
        backup_id: Identified | None = None,
        restore_time: PointInTime | None = None,
        time_zone: str | None = None,
        incident: PointInTime | None = None,
    ) -> Plan:
        """Check a restore and show what it would do. Nothing is changed, and nothing is recorded.

        Args:
            source: The instance whose metadata is to be restored: its id, or a row of ``kit.instances()``.
            target: The instance to restore to: its id, or a row of ``kit.targets(source)``.
            data_nodes: One recovered data node for each data node of the source: ids, or rows of ``kit.target_nodes()``.
            backup_id: The backup to restore, or its id. Give either this or ``restore_time``.
            restore_time: The point in time to restore to: an aware datetime, ISO text, or epoch milliseconds.
            time_zone: The zone of times without an offset, such as ``Europe/Berlin``; by default the one that was named when
                the kit was made. When neither names a zone, such times are refused.
            incident: When the damage was done. A check then warns when the point does not lie before it.

        Returns:
            The plan. When the service does not allow the restore, the plan is not ready and lists the failed checks.

        Raises:
            InputError: An argument cannot be right. No request was sent.
        """
        zone = self._typed_zone(time_zone)
        inputs = PlanInputs(source, target, data_nodes, backup_id, restore_time, zone, incident)
        request = inputs.request()
        inputs.require_node_ids()
        happened = None if incident is None else read_incident(incident, zone, now=self.now())
        return self._plan_request(request, zone or self._settings.time_zone, inputs.for_record(), happened)

    def plan_again(self, record: Record | str) -> Replan:
        """Plan the restore of a record again, on the service as it is now, and show what has changed; starts nothing.

        Raises ``RecordError`` when the record holds no plan or was edited, and ``InputError`` when it is of another service
        or project.
        """
        known = record if isinstance(record, Record) else self.records.get(record)
        known.require_unedited()
        run = known.run
        before = plan_of(run)
        fix = "Connect to that service, or rehearse the record on the simulator with ddmkit.replay(record)."
        self._require_here(run, before.identity, fix)
        return Replan(run, self._plan_request(before.request, before.time_zone, before.inputs, before.incident))

    def _plan_request(
        self, request: RestoreRequest, time_zone: str, given: Mapping[str, Any], incident: datetime | None
    ) -> Plan:
        plan = plan_restore(
            request, self._context, self._service_identity(), time_zone=time_zone, inputs=given, incident=incident
        )
        return Plan.model_construct(**dict(plan))

    def submit(
        self,
        plan: Plan,
        *,
        confirm: str = "",
        accept: Iterable[str] = (),
        purpose: str = "",
        ticket: str = "",
    ) -> RestoreJob:
        """Carry out a plan: at most one effective request, and every step is recorded.

        Args:
            plan: A plan that a person has seen.
            confirm: The exact name of the target.
            accept: The ids of the warnings that a person accepts.
            purpose: Why the restore is done, for the record.
            ticket: The ticket of the incident, for the record.

        Returns:
            The job. A plan that was sent already, or whose restore is still open, returns the job that it has.

        Raises:
            NotReadyError: A check failed, or the plan expired. Nothing was sent.
            NotConfirmedError: The name or an accepted warning is missing. Nothing was sent.
            BusyError: Another restore to the target is open. Nothing was started.
            ServiceError: The service refused the request. Nothing was started.
            UnreachableError: The service could not be reached. Nothing was started.
            UnknownOutcomeError: The restore may have started: its answer was lost. Do not submit again.
            InputError: The kit only reads, or the plan is of another service or project. Nothing was sent.

        Each error's ``.record`` is the record of the attempt.
        """
        require_may_send(read_only=self._read_only)
        if not isinstance(plan, RestorePlan):
            fix = "Make a plan with kit.plan(...), look at it, and submit that."
            raise InputError(f"is not a plan but {type(plan).__name__}; nothing was sent.", field="plan", fix=fix)
        accepted = read_ids(accept, "accept")
        typed = {"confirm": confirm, "accept": accepted, "purpose": purpose, "ticket": ticket}
        require_no_secret(typed, self._context.store.known_secrets())
        confirmation = Confirmation(
            operator=self._operator,
            target_name=confirm,
            accepted=accepted,
            purpose=read_text(purpose, "purpose"),
            ticket=read_text(ticket, "ticket"),
        )
        with records_on_errors(lambda: self.records):
            run_id = submit_plan(plan, confirmation, self._context)
            try:
                return self._open_job(run_id)
            except RecordError as error:
                raise _describe_submitted(run_id, error) from error

    # Internal ------------------------------------------------------------------------------------------------------

    def _open_job(self, run_id: str) -> RestoreJob:
        context = self._context
        run = context.store.get(run_id)
        state = run.state
        self._require_run_here(run)
        require_restore(run)
        if state in UNDECIDED:
            self._require_own(run)
            reconcile(step_of(run, context), run_id, context)
            state = context.store.get(run_id).state
        if state not in {RunState.RUNNING, RunState.COMPLETED, RunState.FAILED}:
            job_id = context.store.get(run_id).job_id
            what = f"its job {job_id} is not known to the service any more" if job_id else "nothing was started"
            error = InputError(f"the restore of record {run_id} is {state}: {what}.", field="record", fix="Make a new plan.")
            error.record = run_id
            raise error
        return RestoreJob(run_id, context)


def _describe_submitted(run_id: str, error: RecordError) -> RecordError:
    """Describe a store that fails after a submit: the restore is recorded already, and must not be submitted again."""
    described = RecordError(
        f"The restore was submitted and is on record {run_id}, but the record store cannot be read any more: {error} Do not "
        f"submit again. Once the store works again, follow the job with kit.resume({run_id!r})."
    )
    described.record = run_id
    return described
