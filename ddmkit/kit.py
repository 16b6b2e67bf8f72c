"""``Kit``: the one object that a notebook holds. Its methods are thin; the work is done by the layers below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from ddmkit.config.endpoints import is_loopback
from ddmkit.config.paths import find_home
from ddmkit.config.settings import Settings, read_settings
from ddmkit.config.variables import read_variable
from ddmkit.display.rows import Rows
from ddmkit.drilling import Drilling
from ddmkit.errors import DDMKitError, InputError, RecordError
from ddmkit.fleet.plan import FleetPlan
from ddmkit.fleet.table import FleetTable
from ddmkit.handles.drill.desk import DrillDesk
from ddmkit.handles.drill.stage import Stage
from ddmkit.handles.fleet.desk import FleetDesk
from ddmkit.handles.fleet.plan import Fleet
from ddmkit.handles.fleet.run import FleetRun
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.abandon import Abandonment
from ddmkit.handles.recovery.desk import RECOVERY_KINDS, RecoveryDesk
from ddmkit.handles.recovery.inputs import NEW
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.handles.replan import Replan
from ddmkit.inputs import Identified, PlanInputs, PointInTime, read_ids, read_incident, read_text, require_no_secret
from ddmkit.models import RestoreRequest
from ddmkit.records.address import StoreAddress
from ddmkit.records.runs import UNDECIDED, RunData, RunState
from ddmkit.recovery.run.password import GivenPassword
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.context import Confirmation
from ddmkit.restore.plan import RestorePlan, ServiceIdentity, plan_of
from ddmkit.restore.planning import plan_restore
from ddmkit.restore.step import require_restore, step_of
from ddmkit.restore.submit import submit_plan
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.reconcile import adopt, reconcile
from ddmkit.sending.release import release
from ddmkit.service.client import Client

if TYPE_CHECKING:
    from ddmkit.simulator import Simulator

__all__ = ["Kit", "work_on_fleet"]


class Kit(Drilling):
    """One service, one project and one record store; made by ``connect()`` or ``demo()``.

    A kit holds secrets, so it cannot be pickled. Its methods block until the service has answered. From async code, run
    each call in a thread: ``await asyncio.to_thread(kit.backups, source)``. Several threads may share one kit.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        records: StoreAddress | str | Path | None = None,
        operator: str | None = None,
        now: Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] | None = None,
        identity: str = "",
        simulator: Simulator | None = None,
        read_only: bool = False,
        timeout_s: float = 30.0,
    ) -> None:
        client = Client(settings, read_only=read_only, timeout_s=timeout_s)
        super().__init__(
            settings,
            client,
            records=records,
            operator=operator,
            now=now,
            sleep=sleep,
            identity=identity,
            simulator=simulator,
        )
        self._read_only = read_only
        self._recoveries = RecoveryDesk(self._cloud, lambda: self._context, self._service_identity, read_only=read_only)
        self._fleets = FleetDesk(
            self._cloud,
            lambda: self._context,
            self._service_identity,
            read_only=read_only,
            quick=is_loopback(settings.identity_host),
            remote=work_on_fleet,
        )
        stage = Stage(Kit, self._records_at, self._operator)
        self._drill_desk = DrillDesk(self, stage, lambda record: self._require_run_here(record.run))

    def __repr__(self) -> str:
        shown = self._settings
        where = f"simulator world {self._simulator.world_path}" if self._simulator else shown.endpoint
        only = ", read-only" if self._read_only else ""
        return f"<ddmkit: {where}, project {shown.project_id or 'to be looked up'}, by {shown.credential_source}{only}>"

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
        if self._read_only:
            raise InputError(
                "this kit only reads: nothing was sent.", field="read_only", fix="Connect without read_only=True."
            )
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
        with self._records_on_errors():
            run_id = submit_plan(plan, confirmation, self._context)
            try:
                return self._open_job(run_id)
            except RecordError as error:
                raise _describe_submitted(run_id, error) from error

    def resume(self, record: Record | str, *, node_password: GivenPassword | None = None) -> RestoreJob | RecoveryRun:
        """Return the job of a recorded restore, or the run of a recorded recovery, in any kernel on any machine.

        Nothing is sent. What a lost answer has started is searched for. ``node_password`` is for a recovery that still has
        to request a node: ``run.wait()`` goes on with it.

        Raises ``UnknownOutcomeError`` when nobody can tell whether the restore was started, and ``InputError`` when it was
        not started, or when the record is of another service or project. The outcome of an imported record is not decided
        here.
        """
        with self._records_on_errors():
            run_id = self._find_run(record)
            if self._is_recovery(run_id):
                self._require_run_here(self._context.store.get(run_id))
                return self._recoveries.resume(run_id, node_password)
            write_down_not_sent(self._context)
            return self._open_job(run_id)

    def adopt(self, record: Record | str, job_id: str, *, step: str = "") -> RestoreJob | RecoveryRun:
        """Record, after an unknown outcome, that this was the job of the restore; the operator's name is recorded too.

        For a recovery, ``step`` names the step, and the id is that of the instance where the step makes one.
        """
        run_id = self._find_own_run(record)
        if self._is_recovery(run_id):
            return self._recoveries.adopt(run_id, step, job_id)
        with self._records_on_errors():
            sent = step_of(self._context.store.get(run_id), self._context)
            adopt(sent, run_id, job_id, self._context, operator=self._operator)
        return RestoreJob(run_id, self._context)

    def release(self, record: Record | str, *, reason: str, confirm: str, step: str = "") -> Record:
        """Record, after an unknown outcome, that nothing was started; the target is free for a new plan again.

        The target is read again first. This also closes a run whose job the service does not know any more (it forgets
        jobs after 30 days).

        Args:
            record: The record, or its id.
            reason: How you know that nothing was started.
            confirm: The exact name of the target; for most steps of a recovery that of the source.
            step: The step, for a recovery.

        Returns:
            The closed record, or that of the recovery.

        Raises:
            NotReadyError: Something seems to have been started, or the request may still be on its way: within two minutes
                of its claim, by the service's clock.
            NotConfirmedError: The reason or the exact name is missing.
            InputError: The run has ended, or was never sent.
        """
        run_id = self._find_own_run(record)
        if self._is_recovery(run_id):
            return self._recoveries.release(run_id, step, reason, confirm).record
        with self._records_on_errors():
            # When this program itself knew that nothing was sent, the target is free already and nobody has to decide.
            if run_id not in write_down_not_sent(self._context):
                sent = step_of(self._context.store.get(run_id), self._context)
                release(sent, run_id, self._context, reason=reason, confirm=confirm, operator=self._operator)
        return self.records.get(run_id)

    # Recovering ----------------------------------------------------------------------------------------------------

    def node_instances(self) -> Rows[NodeInstance]:
        """Return every RDS instance of the project, as the data nodes' own service lists it: also one recovered before."""
        found = self._recoveries.node_instances()
        return self._rows(NodeInstance, found, "RDS instances", "no RDS instances in this project")

    def plan_recovery(
        self,
        *,
        source: Identified,
        restore_time: PointInTime | None = None,
        backup_id: Identified | None = None,
        time_zone: str | None = None,
        incident: PointInTime | None = None,
        nodes: Mapping[Identified, Identified] | None = None,
        target: Identified = NEW,
        like: Mapping[str, Mapping[str, Any]] | None = None,
        throwaway: bool = False,
    ) -> Recovery:
        """Check a whole recovery and show every request of it. Nothing is changed, and nothing is recorded.

        Args:
            source: The instance to recover: its id, or a row of ``kit.instances()``.
            restore_time: The point in time; a fraction of a second is cut off.
            backup_id: The metadata backup; the nodes go to the first whole second after it. Give either this or
                ``restore_time``.
            time_zone: The zone of times without an offset; that of the kit by default.
            incident: When the damage was done.
            nodes: Nodes that were recovered already, by the source node that each stands in for; the others are recovered.
            target: ``new``, or an existing, empty instance.
            like: What is to be different from the source; keys are ``nodes``, ``target``, or the id of a source node.
            throwaway: A drill: everything may be deleted afterwards, and every name says so.

        Returns:
            The plan. When something does not allow the recovery, the plan is not ready and lists the failed checks.

        Raises:
            InputError: An argument cannot be right.
        """
        return self._recoveries.plan(
            source=source,
            restore_time=restore_time,
            backup_id=backup_id,
            time_zone=time_zone,
            incident=incident,
            nodes=nodes,
            target=target,
            like=like,
            throwaway=throwaway,
        )

    def recover(
        self,
        recovery: Recovery,
        *,
        confirm: str = "",
        accept: Iterable[str] = (),
        node_password: GivenPassword | None = None,
        purpose: str = "",
        ticket: str = "",
    ) -> RecoveryRun:
        """Begin a recovery: send what may start at once, and return the run; ``run.wait()`` goes on to the end.

        Args:
            recovery: A plan that a person has seen.
            confirm: The exact name of the source.
            accept: The ids of the warnings that a person accepts.
            node_password: The password of the new nodes, or a function that returns it; ``DDMKIT_NODE_PASSWORD`` by
                default. It is not stored.
            purpose: Why the recovery is done, for the record.
            ticket: The ticket of the incident, for the record.

        Raises:
            NotReadyError: A check failed, or the plan expired. Nothing was sent.
            NotConfirmedError: The name or an accepted warning is missing. Nothing was sent.
            BusyError: Another recovery of the source is open. Nothing was sent.
            ServiceError: The service refused a request. Nothing new is sent.
            UnknownOutcomeError: The answer to a request was lost. Do not begin again: ``kit.resume(record)``.
            InputError: The kit only reads, the password cannot be right, or the plan is of another service or project.

        Each error's ``.record`` is the record of the attempt.
        """
        return self._recoveries.recover(
            recovery, confirm=confirm, accept=accept, node_password=node_password, purpose=purpose, ticket=ticket
        )

    def accept(self, record: Record | str, checks: Iterable[str], *, confirm: str = "") -> RecoveryRun:
        """Accept warnings that a recovery waits for, by their ids; ``run.wait()`` goes on.

        ``confirm`` is the name of the source, to confirm a recovery again that was confirmed more than a day ago.
        """
        return self._recoveries.accept(self._find_own_run(record), checks, confirm)

    def send_again(
        self, record: Record | str, *, step: str, confirm: str, node_password: GivenPassword | None = None
    ) -> RecoveryRun:
        """Send a step of a recovery again that was refused or released: once, with the same name.

        ``confirm`` is the name of the source. A proof that failed is made again.
        """
        return self._recoveries.send_again(self._find_own_run(record), step, confirm, node_password)

    def follow_up(
        self, record: Record | str, offer: str, *, confirm: str, account: str = "", password: str | SecretStr | None = None
    ) -> RecoveryRun:
        """Carry out one of ``run.offers`` by its id; ``confirm`` is the name of the source.

        ``administrator`` needs the name and the password of the new account.
        """
        return self._recoveries.follow_up(self._find_own_run(record), offer, confirm, account, password)

    def plan_abandon(self, record: Record | str, *, keep: Iterable[str] = ()) -> Abandonment:
        """Return what a recovery created, as it is now, and what of it may be deleted. Nothing is deleted.

        ``keep`` are the ids of what is to stay: a new plan can take it with ``nodes=`` and ``target=``.

        Raises ``NotReadyError`` once the metadata restore has begun, unless the plan was throwaway.
        """
        return self._recoveries.plan_abandon(self._find_own_run(record), keep)

    def abandon(self, todo: Abandonment, *, confirm: str = "") -> RecoveryRun:
        """Delete what the list says: the target first, then the nodes. Confirm with its count, as in ``delete 3``."""
        if isinstance(todo, Abandonment):
            self._find_own_run(todo.record_id)
        return self._recoveries.abandon(todo, confirm)

    # Fleets ----------------------------------------------------------------------------------------------------------

    def plan_fleet(
        self,
        table: FleetTable,
        *,
        cap: int = 8,
        waves: Sequence[int | str] = (1, 5, "rest"),
        stop_after: int = 3,
        gate: str = "wave",
        time_zone: str | None = None,
    ) -> Fleet:
        """Plan many restores or whole recoveries as one table: every row is checked. Nothing is changed or recorded.

        Args:
            table: A DataFrame, the path of a CSV file, or mappings. A row has a ``row`` id, and the arguments of ``plan``
                (with ``data_nodes``) or of ``plan_recovery``. At most 1,000 rows of one project.
            cap: How many rows may be in flight at once; it may change while the fleet runs.
            waves: The sizes of the waves; ``rest`` may stand last.
            stop_after: How many bad rows (failed, unknown, differs) pause the fleet; in the first wave it is one.
            gate: Which waves a person opens: every ``wave`` after the first, only the one after the ``first``, or ``none``.
            time_zone: The zone of times without an offset.

        Raises:
            InputError: The table or a setting cannot be right. Nothing was sent.
        """
        return self._fleets.plan(table, cap=cap, waves=waves, stop_after=stop_after, gate=gate, time_zone=time_zone)

    def submit_fleet(
        self,
        fleet: FleetPlan,
        *,
        confirm: str = "",
        accept: Mapping[str, Iterable[str]] = MappingProxyType({}),
        purpose: str = "",
        ticket: str = "",
    ) -> FleetRun:
        """Record the approval of a fleet and return its run; ``run.work()`` sends.

        Args:
            fleet: A plan that a person has seen.
            confirm: The typed count, as in ``restore 37``.
            accept: The ids of the warnings that a person accepts, by row.
            purpose: Why it is done, for the record.
            ticket: The ticket of the incident, for the record.

        Raises:
            NotReadyError: A check of a row failed, or the plan expired.
            NotConfirmedError: The count or an accepted warning is missing.
            InputError: The kit only reads, or the plan is of another service or project.
        """
        return self._fleets.submit(fleet, confirm=confirm, accept=accept, purpose=purpose, ticket=ticket)

    def resume_fleet(self, fleet_id: str) -> FleetRun:
        """Return a fleet from the record store, on any machine; nothing is done twice."""
        return self._fleets.resume(fleet_id)

    def close(self) -> None:
        """Close the connections, the record store, and the simulator if this kit started one. Jobs in the cloud go on."""
        self._fleets.close()
        super().close()

    # Internal ------------------------------------------------------------------------------------------------------

    def _is_recovery(self, run_id: str) -> bool:
        return self._context.store.get(run_id).header.kind in RECOVERY_KINDS

    def _reveal_secrets(self) -> list[str]:
        return [*super()._reveal_secrets(), *self._recoveries.known_passwords()]

    def _find_run(self, record: Record | str) -> str:
        return self._context.store.get(record.id if isinstance(record, Record) else record).id

    def _find_own_run(self, record: Record | str) -> str:
        run = self._context.store.get(self._find_run(record))
        self._require_run_here(run)
        self._require_own(run)
        return run.id

    def _require_here(self, run: RunData, there: ServiceIdentity, fix: str) -> None:
        """Refuse a run of another service or project, whose instances and jobs are unknown here."""
        here = self._service_identity()
        if there != here:
            raise InputError(
                f"record {run.id} is of project {there.project_id} of {there.service}, this is project {here.project_id} of "
                f"{here.service}.",
                field="record",
                fix=fix,
            )

    def _require_run_here(self, run: RunData) -> None:
        there = ServiceIdentity(service=run.service, project_id=run.header.project_id)
        self._require_here(run, there, "Connect to the service of the record, if it is yours.")

    def _require_own(self, run: RunData) -> None:
        """Refuse to decide the outcome of an imported run."""
        if self._context.store.is_imported(run.id):
            raise InputError(
                f"record {run.id} was imported from a file and is {run.state}: its outcome is not decided here.",
                field="record",
                fix="Continue in the record store that it came from, or make a new plan.",
            )

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

    @contextmanager
    def _records_on_errors(self) -> Iterator[None]:
        """Replace the run id in an error's ``.record`` by the record itself; the id stays when the record cannot be read."""
        try:
            yield
        except DDMKitError as error:
            if isinstance(error.record, str):
                with suppress(Exception):  # the error itself must be raised, whatever goes wrong here
                    error.record = self.records.get(error.record)
            raise


def _describe_submitted(run_id: str, error: RecordError) -> RecordError:
    """Describe a store that fails after a submit: the restore is recorded already, and must not be submitted again."""
    described = RecordError(
        f"The restore was submitted and is on record {run_id}, but the record store cannot be read any more: {error} Do not "
        f"submit again. Once the store works again, follow the job with kit.resume({run_id!r})."
    )
    described.record = run_id
    return described


def work_on_fleet(fleet_id: str, digest: str) -> int:
    """Work on a fleet in a process of its own, with the services, keys and record store of its environment.

    This is all that an executor gets to run, with the id and the digest of the fleet; see ``FleetRun.work``.
    """
    settings = read_settings(home=find_home())
    with Kit(settings, records=read_variable("DDMKIT_RECORDS") or None) as kit:
        return kit.resume_fleet(fleet_id).work_alone(digest)
