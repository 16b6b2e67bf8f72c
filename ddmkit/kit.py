"""``Kit``: the one object that a notebook holds. Its methods are thin; the work is done by the layers below."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr

from ddmkit.cleaning import decoded
from ddmkit.config.credentials import KeyCredentials, TokenCredentials, token_credentials
from ddmkit.config.endpoints import is_loopback
from ddmkit.config.paths import expand
from ddmkit.config.settings import Settings
from ddmkit.display.charts import timeline_chart
from ddmkit.display.rows import Rows
from ddmkit.errors import DDMKitError, InputError, NotFoundError, RecordError, without_frames
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.records import RecordRow, Records
from ddmkit.handles.replan import Replan
from ddmkit.inputs import Identified, PlanInputs, PointInTime, choose_point, id_of, read_ids, read_incident, read_text
from ddmkit.models import (
    Backup,
    DataNode,
    Instance,
    Job,
    RestorableRange,
    RestoreRequest,
    Schema,
    TargetInstance,
    TargetNode,
)
from ddmkit.records.address import StoreAddress
from ddmkit.records.runs import UNDECIDED, RunData, RunState
from ddmkit.restore.checks.target import judge_targets
from ddmkit.restore.claim import write_down_not_sent
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.restore.inventory import gather_inventory
from ddmkit.restore.plan import RestorePlan, ServiceIdentity, digest_of, make_plan, plan_of
from ddmkit.restore.provenance import system_user
from ddmkit.restore.reconcile import adopt_job, reconcile_run, release_run
from ddmkit.restore.submit import submit_plan
from ddmkit.service.client import Client
from ddmkit.shutdown import Shutdown
from ddmkit.typed_times import find_time_zone, parse_point_in_time

if TYPE_CHECKING:
    import altair as alt

    from ddmkit.simulator import ScenarioFacts, Simulator

__all__ = ["Kit"]

T = TypeVar("T", bound=BaseModel)
_LONGEST_SPAN = timedelta(days=365)


class Kit:
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
        self._settings = settings
        self._read_only = read_only
        self._client = Client(settings, read_only=read_only, timeout_s=timeout_s)
        self._now = now or self._read_clock
        self._closing = Shutdown()
        self._sleep = sleep or self._closing.pause
        self._records_at = StoreAddress.of(records)
        self._operator = decoded(operator) if operator else system_user()
        self._identity = identity
        self._simulator = simulator
        self._opened: RestoreContext | None = None
        self._opening = threading.Lock()

    def __repr__(self) -> str:
        shown = self._settings
        where = f"simulator world {self._simulator.world_path}" if self._simulator else shown.endpoint
        only = ", read-only" if self._read_only else ""
        return f"<ddmkit: {where}, project {shown.project_id or 'to be looked up'}, by {shown.credential_source}{only}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A kit holds credentials and is not pickled: a pickled secret is clear text. Connect again there.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, the record store, and the simulator if this kit started one. Jobs in the cloud go on.

        Forms that work in the background are stopped first.
        """
        if self._simulator is not None and not self._closing.has_begun:
            stopped_at = self._now()
            self._now = lambda: stopped_at  # the world's clock is gone; forms that still show a time show this one
        self._closing.begin()
        self._client.close()
        if self._opened is not None:
            self._opened.store.close()
        if self._simulator is not None:
            self._simulator.close()

    @property
    def closing(self) -> Shutdown:
        """The shutdown of this kit: whether it has begun, and the background work that it stops first."""
        return self._closing

    def now(self) -> datetime:
        """Return the present by the clock in force, this machine's or the simulator world's: an aware datetime in UTC."""
        return self._now()

    @property
    def settings(self) -> Settings:
        """The endpoint, the project, the region, and the place of the credentials; no secret is shown."""
        return self._settings

    @property
    def scenario(self) -> ScenarioFacts:
        """The ids and times to try a restore on the simulator; only a kit made by ``demo()`` has them."""
        if self._simulator is None:
            raise InputError("this kit is not on the simulator.", field="scenario", fix="ddmkit.demo() brings a scenario.")
        return self._simulator.facts

    @property
    def operator(self) -> str:
        """The name under which restores are recorded."""
        return self._operator

    @property
    def simulator(self) -> Simulator | None:
        """The simulator that this kit started, or ``None``."""
        return self._simulator

    @property
    def records(self) -> Records:
        """The records in this kit's store."""
        return Records(self._context.store, author=self._operator, endpoint=self._settings.endpoint)

    def known_secrets(self) -> tuple[str, ...]:
        """Return every secret of this kit in clear text, to search for them in a text before it is shared."""
        return tuple(self._reveal_secrets())

    @property
    def is_refused(self) -> bool:
        """Whether the service refused the credentials in its newest answer."""
        return self._client.is_refused

    @property
    def can_renew_token(self) -> bool:
        """Whether this kit was given a token, which ``renew_token`` replaces."""
        return isinstance(self._settings.credentials, TokenCredentials)

    def renew_token(self, token: str | SecretStr) -> None:
        """Replace an expired token by another token of the same project; sends nothing.

        Raises ``InputError`` for text that cannot be a token, and for a kit that was not given a token.
        """
        try:
            self._client.renew_token(token_credentials(token))
        except InputError as error:
            # A verbose traceback shows the variables of this frame too.
            token = ""
            raise without_frames(error) from None

    # Reading -----------------------------------------------------------------------------------------------------

    def instances(self) -> Rows[Instance]:
        """Return every DDM instance of the project."""
        return self._rows(Instance, self._client.list_instances(), "DDM instances", "no DDM instances in this project")

    def backups(self, source: Identified | None = None) -> Rows[Backup]:
        """Return every metadata backup of the source (of the whole project when left out), newest first."""
        with self._client.collect_reads() as reads:
            found = self._client.list_backups(id_of(source, "source") if source is not None else "")
        remark = "; ".join(read.remark for read in reads if read.remark)
        empty = f"no metadata backups that can be used: {remark or 'the service makes them daily'}"
        return self._rows(Backup, found, f"Metadata backups ({remark})" if remark else "Metadata backups", empty)

    def restorable_ranges(self, source: Identified) -> Rows[RestorableRange]:
        """Return the ranges that a point in time may be chosen from, their ends included."""
        found = self._client.list_restorable_ranges(id_of(source, "source"))
        return self._rows(RestorableRange, found, "Restorable ranges", "no restorable ranges: choose a backup instead")

    def related_nodes(
        self, source: Identified, point: PointInTime | Backup, *, time_zone: str | None = None
    ) -> Rows[DataNode]:
        """Return the data nodes that the source had at ``point``: a time, a backup, or a backup's id."""
        source_id = id_of(source, "source")
        instant = self._instant_of(source_id, point, time_zone)
        found = self._client.show_related_nodes(source_id, instant).related_data_nodes
        return self._rows(DataNode, found, "Data nodes of the source then", "no data nodes at that point")

    def backup_nodes(self, source: Identified, backup: Identified) -> Rows[DataNode]:
        """Return the data nodes that a backup names, even when the service no longer lists the nodes of that time."""
        found = self._client.show_backup(id_of(source, "source"), id_of(backup, "backup")).related_data_nodes
        nodes = [DataNode(instance_id=one.instance_id, instance_name=one.instance_name) for one in found]
        return self._rows(DataNode, nodes, "Data nodes that the backup names", "the backup names no data nodes")

    def schemas(self, instance: Identified) -> Rows[Schema]:
        """Return the schemas that an instance has now."""
        found = self._client.list_schemas(id_of(instance, "instance"))
        return self._rows(Schema, found, "Schemas", "no schemas")

    def targets(self, source: Identified) -> Rows[TargetInstance]:
        """Return the possible targets; an unavailable instance is listed with the reason.

        An instance whose engine is too old is unavailable too. The service's own list does not look at the engine.
        """
        source_id = id_of(source, "source")
        reads: list[Callable[[], Any]] = [
            lambda: self._client.list_target_instances(source_id),
            self._client.list_instances,
        ]
        listed, instances = self._client.gather(reads)
        if isinstance(listed, DDMKitError):
            raise listed
        # Without the list of instances the engines are unknown here. The check of a plan reads the target itself.
        found = judge_targets(listed, () if isinstance(instances, DDMKitError) else instances)
        return self._rows(TargetInstance, found, "Possible targets", "no possible targets: create a new DDM instance")

    def target_nodes(
        self,
        source: Identified,
        target: Identified,
        source_node: Identified,
        point: PointInTime | Backup,
        *,
        time_zone: str | None = None,
    ) -> Rows[TargetNode]:
        """Return the candidates that can replace one data node of the source.

        Args:
            source: The instance whose metadata is to be restored.
            target: The instance to restore to.
            source_node: The data node of the source that is to be replaced.
            point: A point in time, a backup, or a backup's id.
            time_zone: The zone of a time without an offset.

        Returns:
            Every candidate of the project; an unavailable node is listed with the reason.

        Raises:
            InputError: An argument cannot be right, or the backup is not one of the source.
        """
        source_id = id_of(source, "source")
        instant = self._instant_of(source_id, point, time_zone)
        target_id, node_id = id_of(target, "target"), id_of(source_node, "source_node")
        found = self._client.list_target_nodes(source_id, target_id, node_id, instant)
        return self._rows(TargetNode, found, "Candidates", "no candidates in this project")

    def jobs(self, since: PointInTime | timedelta = timedelta(days=1)) -> Rows[Job]:
        """Return every job begun since then (in the last day by default), newest first.

        Raises ``InputError`` for more than 30 days back: the service keeps no older jobs.
        """
        self._learn_world()
        now = self.now()
        if isinstance(since, timedelta):
            since = min(since, _LONGEST_SPAN)  # the client refuses this too, and names its limit
        start = (
            now - since if isinstance(since, timedelta) else parse_point_in_time(since, self._typed_zone(), field="since")
        )
        found = self._client.list_jobs(start, now)
        return self._rows(Job, found, "Jobs", "no jobs in that time")

    def timeline(
        self, source: Identified, *, point: PointInTime | Backup | None = None, incident: PointInTime | None = None
    ) -> alt.LayerChart:
        """Draw the source's restorable ranges with their gaps, its backups by type, now and the chosen point."""
        source_id = id_of(source, "source")
        reads: list[Callable[[], Any]] = [
            lambda: self._client.list_restorable_ranges(source_id),
            lambda: self._client.list_backups(source_id),
        ]
        answers: list[Any] = []
        for answer in self._client.gather(reads):
            if isinstance(answer, DDMKitError) and not isinstance(answer, NotFoundError):
                raise answer
            # A deleted instance has no ranges any more; its backups are still drawn.
            answers.append(() if isinstance(answer, NotFoundError) else answer)
        ranges, backups = answers
        return timeline_chart(
            ranges,
            backups,
            self.now(),
            point=None if point is None else self._instant_of(source_id, point, None),
            incident=None if incident is None else read_incident(incident, self._typed_zone(), now=self.now()),
            zone=self._settings.time_zone,
        )

    def open_restores(self) -> Rows[RecordRow]:
        """Return the restores of this service that may still be going on, newest first; ``resume`` continues one."""
        store = self._context.store
        known = [one for one in store.list() if not one.state.is_settled and one.service == store.service]
        found = [RecordRow.of(one) for one in known if not one.imported]
        return self._rows(RecordRow, found, "Open restores", "no restore is going on")

    def export_schema_metadata(self, source: Identified, path: str | Path) -> Path:
        """Write the source's shard distribution, as the service exports it, to a new JSON file; return its path.

        Keep the file as a safety copy before a restore. Raises ``InputError`` when the file exists already or cannot be
        written. Source: API page DownloadSchemaMetadata.
        """
        exported = self._client.export_schema_metadata(id_of(source, "source"))
        place = expand(path)
        try:
            # Readable by the owner only, whatever the umask: the file names every schema, shard and node.
            number = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(exported.model_dump_json(indent=1))
        except OSError as error:
            raise InputError(
                f"{place} cannot be written ({error.strerror}).", field="path", fix="Choose another file; none is replaced."
            ) from error
        return place

    # Restoring ---------------------------------------------------------------------------------------------------

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
        context = self._context
        identity = self._service_identity()
        failed = context.store.failed_with_digest(digest_of(request, identity))
        now = self.now()
        inventory = gather_inventory(
            self._client,
            request,
            now=now,
            signs_requests=isinstance(self._settings.credentials, KeyCredentials),
            failed_before=tuple(run.id for run in failed),
            incident=incident,
        )
        plan = make_plan(
            request,
            inventory,
            identity=identity,
            plan_id=f"p-{secrets.token_hex(8)}",
            now=now,
            time_zone=time_zone,
            inputs=given,
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
        confirmation = Confirmation(
            operator=self._operator,
            target_name=confirm,
            accepted=read_ids(accept, "accept"),
            purpose=read_text(purpose, "purpose"),
            ticket=read_text(ticket, "ticket"),
        )
        with self._records_on_errors():
            run_id = submit_plan(plan, confirmation, self._context)
            try:
                return self._open_job(run_id)
            except RecordError as error:
                raise _describe_submitted(run_id, error) from error

    def resume(self, record: Record | str) -> RestoreJob:
        """Return the job of a recorded restore, in any kernel on any machine; searches for the job when none is known.

        Raises ``UnknownOutcomeError`` when nobody can tell whether the restore was started, and ``InputError`` when it was
        not started, or when the record is of another service or project. The outcome of an imported record is not decided
        here.
        """
        with self._records_on_errors():
            run_id = self._find_run(record)
            write_down_not_sent(self._context)
            return self._open_job(run_id)

    def adopt(self, record: Record | str, job_id: str) -> RestoreJob:
        """Record, after an unknown outcome, that this was the job of the restore; the operator's name is recorded too."""
        run_id = self._find_own_run(record)
        with self._records_on_errors():
            adopt_job(run_id, job_id, self._context, operator=self._operator)
        return RestoreJob(run_id, self._context)

    def release(self, record: Record | str, *, reason: str, confirm: str) -> Record:
        """Record, after an unknown outcome, that nothing was started; the target is free for a new plan again.

        The target is read again first. This also closes a run whose job the service does not know any more (it forgets
        jobs after 30 days).

        Args:
            record: The record, or its id.
            reason: How you know that nothing was started.
            confirm: The exact name of the target.

        Returns:
            The closed record.

        Raises:
            NotReadyError: Something seems to have been started, or the request may still be on its way: within two minutes
                of its claim, by the service's clock.
            NotConfirmedError: The reason or the exact name is missing.
            InputError: The run has ended, or was never sent.
        """
        run_id = self._find_own_run(record)
        with self._records_on_errors():
            write_down_not_sent(self._context)
            release_run(run_id, self._context, reason=reason, confirm=confirm, operator=self._operator)
        return self.records.get(run_id)

    # Internal ------------------------------------------------------------------------------------------------------

    @property
    def _context(self) -> RestoreContext:
        from ddmkit.records.database import require_new_store_is_meant  # noqa: PLC0415  # both load the database library
        from ddmkit.records.store import RecordStore  # noqa: PLC0415

        with self._opening:
            if self._opened is None:
                require_new_store_is_meant(self._records_at)
                store = RecordStore.open(
                    self._records_at,
                    service=self._service_identity().service,
                    clock=self.now,
                    secrets=self._reveal_secrets,
                )
                self._opened = RestoreContext(
                    client=self._client, store=store, now=self.now, sleep=self._sleep, operator=self._operator
                )
            return self._opened

    def _read_clock(self) -> datetime:
        """Return the present by this machine's clock, or by the world's clock of a simulator that was connected to."""
        self._learn_world()
        return self._client.service_now() if self._client.world_id else datetime.now(UTC)

    def _learn_world(self) -> None:
        """Fetch the simulator clock first: jobs are asked for by that clock."""
        if is_loopback(self._settings.identity_host) and not self._client.world_id:
            with suppress(DDMKitError):  # the next request meets the same problem, and reports it
                self._client.probe()

    def _service_identity(self) -> ServiceIdentity:
        if not self._identity:
            host = self._settings.identity_host
            # A port does not identify a service; a simulator reports its world's id.
            self._identity = (self._client.probe().world_id if is_loopback(host) else "") or host
        return ServiceIdentity(service=self._identity, project_id=self._client.find_project_id())

    def _reveal_secrets(self) -> list[str]:
        return [secret.get_secret_value() for secret in self._client.known_secrets()]

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
        if state in UNDECIDED:
            self._require_own(run)
            reconcile_run(run_id, context)
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

    def _typed_zone(self, time_zone: str | None = None) -> str | None:
        """Return the zone in which a typed time without an offset is read; ``None`` when nobody has named one."""
        if time_zone is not None:
            return find_time_zone(time_zone).key
        return self._settings.time_zone if self._settings.names_time_zone else None

    def _instant_of(self, source_id: str, point: PointInTime | Backup, time_zone: str | None) -> datetime:
        given = point.id if isinstance(point, Backup) else point
        chosen = choose_point(given, self._typed_zone(time_zone), field="point")
        if isinstance(chosen, datetime):
            return chosen
        found = next((one for one in self._client.list_backups(source_id) if one.id == chosen), None)
        if found is None:
            raise InputError(
                f"{chosen!r} is no backup of {source_id} and no time.",
                field="point",
                fix="Give a backup's id from kit.backups(source), or a time such as 2025-05-20T10:12:32+02:00.",
            )
        return found.created

    def _rows(self, model: type[T], items: Sequence[T], title: str, empty: str) -> Rows[T]:
        return Rows(model, items, title=title, empty=empty, now=self.now(), zone=ZoneInfo(self._settings.time_zone))


def _describe_submitted(run_id: str, error: RecordError) -> RecordError:
    """Describe a store that fails after a submit: the restore is recorded already, and must not be submitted again."""
    described = RecordError(
        f"The restore was submitted and is on record {run_id}, but the record store cannot be read any more: {error} Do not "
        f"submit again. Once the store works again, follow the job with kit.resume({run_id!r})."
    )
    described.record = run_id
    return described
