"""The one object that a notebook holds. Thin: every method is one call into a floor below."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self
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
from ddmkit.inputs import Identified, as_given, choose_point, id_of, make_request, read_incident, require_node_ids
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
from ddmkit.records.database import require_new_store_is_meant
from ddmkit.records.runs import UNDECIDED, RunData, RunState
from ddmkit.records.store import RecordStore
from ddmkit.restore.checks.target import judge_targets
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.restore.inventory import gather_inventory
from ddmkit.restore.plan import ServiceIdentity, digest_of, make_plan, plan_of
from ddmkit.restore.provenance import system_user
from ddmkit.restore.reconcile import adopt_job, reconcile_run, release_run
from ddmkit.restore.submit import submit_plan, write_down_not_sent
from ddmkit.service.client import Client
from ddmkit.shutdown import Closing
from ddmkit.typed_times import find_time_zone, parse_point_in_time

if TYPE_CHECKING:
    import altair as alt

    from ddmkit.simulator import ScenarioFacts, Simulator

__all__ = ["Kit"]


class Kit:
    """One service, one project, one record store. Made by ``connect()`` or ``demo()``; holds secrets, so never pickled."""

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
    ) -> None:
        self._settings = settings
        self._client = Client(settings)
        self._now = now or self._tell_time
        self._closing = Closing()
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
        return f"<ddmkit: {where}, project {shown.project_id or 'to be looked up'}, by {shown.credential_source}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A kit holds credentials and is not pickled: a pickled secret is clear text. Connect again there.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections, the record store, and the simulator if this kit brought one. Jobs go on.

        Forms that ask in the background are told first, and end quietly.
        """
        if self._simulator is not None and not self._closing.has_begun:
            stopped_at = self._now()
            self._now = lambda: stopped_at  # its world is let go of; what still shows a time shows this one
        self._closing.begin()
        self._client.close()
        if self._opened is not None:
            self._opened.store.close()
        if self._simulator is not None:
            self._simulator.close()

    @property
    def closing(self) -> Closing:
        """Whether this kit was closed, and who is told before its connections are: whatever asks in the background."""
        return self._closing

    def now(self) -> datetime:
        """The clock in force: this machine's, or the simulator world's; aware, in UTC."""
        return self._now()

    @property
    def settings(self) -> Settings:
        """Endpoint, project, region and where the credentials came from; shows no secrets."""
        return self._settings

    @property
    def scenario(self) -> ScenarioFacts:
        """What a newcomer needs to try a restore on the simulator; only a kit made by ``demo()`` has one."""
        if self._simulator is None:
            raise InputError("this kit is not on the simulator.", field="scenario", fix="ddmkit.demo() brings a scenario.")
        return self._simulator.facts

    @property
    def operator(self) -> str:
        """Under whose name restores go on the record."""
        return self._operator

    @property
    def simulator(self) -> Simulator | None:
        """The simulator that this kit brought, or ``None``."""
        return self._simulator

    @property
    def records(self) -> Records:
        """Every record of this kit's store."""
        return Records(self._context.store, author=self._operator, endpoint=self._settings.endpoint)

    def known_secrets(self) -> tuple[str, ...]:
        """Return every secret this kit knows in clear text, to search for them in what is about to be shared."""
        return tuple(self._reveal_secrets())

    @property
    def is_refused(self) -> bool:
        """Whether the service's newest answer was that it does not accept the credentials."""
        return self._client.is_refused

    @property
    def can_renew_token(self) -> bool:
        """Whether this kit was given a token, which ``renew_token`` replaces."""
        return isinstance(self._settings.credentials, TokenCredentials)

    def renew_token(self, token: str | SecretStr) -> None:
        """Use another token of the same project from now on, because the old one has expired; sends nothing.

        Raises ``InputError`` for text that no token looks like, and for a kit that was not given a token.
        """
        try:
            self._client.renew_token(token_credentials(token))
        except InputError as error:
            # A verbose traceback shows the variables of this frame too.
            token = ""
            raise without_frames(error) from None

    # Looking -----------------------------------------------------------------------------------------------------

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

    def related_nodes(self, source: Identified, point: Any, *, time_zone: str | None = None) -> Rows[DataNode]:
        """Return the data nodes that the source had at a point: a time, a backup, or a backup's id."""
        source_id = id_of(source, "source")
        instant = self._instant_of(source_id, point, time_zone)
        found = self._client.show_related_nodes(source_id, instant).related_data_nodes
        return self._rows(DataNode, found, "Data nodes of the source then", "no data nodes at that point")

    def backup_nodes(self, source: Identified, backup: Identified) -> Rows[DataNode]:
        """Return the data nodes that a backup names, also where the service does not look back as far as its time."""
        found = self._client.show_backup(id_of(source, "source"), id_of(backup, "backup")).related_data_nodes
        nodes = [DataNode(instance_id=one.instance_id, instance_name=one.instance_name) for one in found]
        return self._rows(DataNode, nodes, "Data nodes that the backup names", "the backup names no data nodes")

    def schemas(self, instance: Identified) -> Rows[Schema]:
        """Return the schemas that an instance has now."""
        found = self._client.list_schemas(id_of(instance, "instance"))
        return self._rows(Schema, found, "Schemas", "no schemas")

    def targets(self, source: Identified) -> Rows[TargetInstance]:
        """Return the instances that could be restored to, unavailable ones too, with their reason.

        One whose engine is too old is unavailable, although the service's own list does not look at the engine.
        """
        source_id = id_of(source, "source")
        reads: list[Callable[[], Any]] = [
            lambda: self._client.list_target_instances(source_id),
            self._client.list_instances,
        ]
        listed, instances = self._client.gather(reads)
        if isinstance(listed, DDMKitError):
            raise listed
        # Without the list of instances the engines are not known here; the check of the plan reads the target itself.
        found = judge_targets(listed, () if isinstance(instances, DDMKitError) else instances)
        return self._rows(TargetInstance, found, "Possible targets", "no possible targets: create a new DDM instance")

    def target_nodes(
        self,
        source: Identified,
        target: Identified,
        source_node: Identified,
        point: Any,
        *,
        time_zone: str | None = None,
    ) -> Rows[TargetNode]:
        """Return the candidates to take a source node's place, unavailable ones too, with their reason."""
        source_id = id_of(source, "source")
        instant = self._instant_of(source_id, point, time_zone)
        target_id, node_id = id_of(target, "target"), id_of(source_node, "source_node")
        found = self._client.list_target_nodes(source_id, target_id, node_id, instant)
        return self._rows(TargetNode, found, "Candidates", "no candidates in this project")

    def jobs(self, since: datetime | timedelta = timedelta(days=1)) -> Rows[Job]:
        """Return every job begun since then (a day by default), newest first; more than 30 days back is refused."""
        self._learn_world()
        now = self.now()
        zone = self._settings.time_zone
        start = now - since if isinstance(since, timedelta) else parse_point_in_time(since, zone, field="since")
        found = self._client.list_jobs(start, now)
        return self._rows(Job, found, "Jobs", "no jobs in that time")

    def timeline(self, source: Identified, *, point: Any = None, incident: Any = None) -> alt.LayerChart:
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
            # A deleted instance has no ranges any more; its backups are drawn all the same.
            answers.append(() if isinstance(answer, NotFoundError) else answer)
        ranges, backups = answers
        zone = self._settings.time_zone
        return timeline_chart(
            ranges,
            backups,
            self.now(),
            point=None if point is None else self._instant_of(source_id, point, None),
            incident=None if incident is None else read_incident(incident, zone, now=self.now()),
            zone=zone,
        )

    def open_restores(self) -> Rows[RecordRow]:
        """Return the restores of this service that may still be going on, newest first; ``resume`` takes one up."""
        store = self._context.store
        known = [one for one in store.list() if not one.state.is_settled and one.service == store.service]
        found = [RecordRow.of(one) for one in known if not one.imported]
        return self._rows(RecordRow, found, "Open restores", "no restore is going on")

    def export_schema_metadata(self, source: Identified, path: str | Path) -> Path:
        """Write the source's shard distribution, as the service exports it, to a new file (JSON) and give its path.

        A safety copy to keep before a restore; nothing is changed. Raises ``InputError`` when the file is there already or
        cannot be written. Source: API page DownloadSchemaMetadata.
        """
        exported = self._client.export_schema_metadata(id_of(source, "source"))
        place = expand(path)
        try:
            # Private from the start, whatever the umask: it names every schema, shard and node.
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
        restore_time: Any = None,
        time_zone: str | None = None,
        incident: Any = None,
    ) -> Plan:
        """Check a restore and show what it would do, without changing anything or leaving anything behind.

        Give either ``backup_id`` or ``restore_time``. ``incident`` is when the damage was done, in the types that
        ``restore_time`` takes; a check then warns when the point does not lie before it. Raises ``InputError`` for what
        cannot be right, before any request; what the service does not allow gives a plan that is not ready, with the
        failed checks.
        """
        nodes = data_nodes if isinstance(data_nodes, str | BaseModel) else tuple(data_nodes)
        zone = None if time_zone is None else find_time_zone(time_zone).key
        request = make_request(source, target, nodes, backup_id, restore_time, zone)
        require_node_ids(nodes)
        happened = None if incident is None else read_incident(incident, zone, now=self.now())
        given = as_given(
            source=source,
            target=target,
            data_nodes=nodes,
            backup_id=backup_id,
            restore_time=restore_time,
            incident=incident,
        )
        return self._plan_request(request, zone or self._settings.time_zone, given, happened)

    def plan_again(self, record: Record | str) -> Replan:
        """Make a new plan from a record's inputs, on this service as it is now, and show what changed since; sends nothing.

        Raises ``RecordError`` when the record holds no plan or was edited, ``InputError`` when it is of another service or
        project.
        """
        known = record if isinstance(record, Record) else self.records.get(record)
        known.require_unedited()
        run = known.run
        before, here = plan_of(run), self._service_identity()
        if before.identity != here:
            raise InputError(
                f"record {run.id} is of project {before.identity.project_id} of {before.identity.service}, this is project "
                f"{here.project_id} of {here.service}.",
                field="record",
                fix="Connect to that service, or rehearse the record on the simulator with ddmkit.replay(record).",
            )
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
        """Carry a plan out: at most one effective request, every step on the record.

        ``confirm`` is the target's name, ``accept`` the ids of the warnings that a person accepts. A plan that was sent
        already, or whose restore is open, gives the job that it has. Raises ``NotReadyError``, ``NotConfirmedError`` or
        ``BusyError`` with nothing sent; ``ServiceError`` or ``UnreachableError`` when nothing was started;
        ``UnknownOutcomeError`` when that cannot be told. The error's ``.record`` tells the rest.
        """
        confirmation = Confirmation(
            operator=self._operator,
            target_name=confirm,
            accepted=frozenset([accept] if isinstance(accept, str) else accept),
            purpose=purpose,
            ticket=ticket,
        )
        with self._records_on_errors():
            run_id = submit_plan(plan, confirmation, self._context)
            try:
                return self._take_up(run_id)
            except RecordError as error:
                raise _describe_submitted(run_id, error) from error

    def resume(self, record: Record | str) -> RestoreJob:
        """Take up a restore from its record, in any kernel on any machine; looks for its job where none is known.

        An imported record is followed only. Raises ``UnknownOutcomeError`` when it cannot be told whether the restore was
        started, ``InputError`` when it was not, and for a record of another service or project.
        """
        with self._records_on_errors():
            run_id = self._find_run(record)
            write_down_not_sent(self._context)
            return self._take_up(run_id)

    def adopt(self, record: Record | str, job_id: str) -> RestoreJob:
        """Say, after "unknown", that this was the job. Goes on the record under the operator's name."""
        run_id = self._find_own_run(record)
        with self._records_on_errors():
            adopt_job(run_id, job_id, self._context, operator=self._operator)
        return RestoreJob(run_id, self._context)

    def release(self, record: Record | str, *, reason: str, confirm: str) -> Record:
        """Say, after "unknown", that nothing was started; looks at the target once more and frees it for a new plan.

        Also closes a run whose job the service does not know any more (it forgets jobs after 30 days). ``confirm`` is the
        target's name. Raises ``NotReadyError`` when it looks as if something was started, or while the request may still be
        on its way: within two minutes of its claim, by the service's clock.
        """
        run_id = self._find_own_run(record)
        with self._records_on_errors():
            write_down_not_sent(self._context)
            release_run(run_id, self._context, reason=reason, confirm=confirm, operator=self._operator)
        return self.records.get(run_id)

    # Within ------------------------------------------------------------------------------------------------------

    @property
    def _context(self) -> RestoreContext:
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

    def _tell_time(self) -> datetime:
        """This machine's clock on a cloud; a simulator that was connected to tells its world's."""
        self._learn_world()
        return self._client.service_now() if self._client.world_id else datetime.now(UTC)

    def _learn_world(self) -> None:
        """Hear a simulator's clock before jobs are asked for by it."""
        if is_loopback(self._settings.identity_host) and not self._client.world_id:
            with suppress(DDMKitError):  # whatever is asked next meets the same trouble, and tells it
                self._client.probe()

    def _service_identity(self) -> ServiceIdentity:
        if not self._identity:
            host = self._settings.identity_host
            # A port says nothing about who answers there; a simulator tells its world's id.
            self._identity = (self._client.probe().world_id if is_loopback(host) else "") or host
        return ServiceIdentity(service=self._identity, project_id=self._client.find_project_id())

    def _reveal_secrets(self) -> list[str]:
        return [secret.get_secret_value() for secret in self._client.known_secrets()]

    def _find_run(self, record: Record | str) -> str:
        return self._context.store.get(record.id if isinstance(record, Record) else record).id

    def _find_own_run(self, record: Record | str) -> str:
        run = self._context.store.get(self._find_run(record))
        self._require_here(run)
        self._require_own(run)
        return run.id

    def _require_here(self, run: RunData) -> None:
        """Refuse a run of another service or project: this one knows nothing of its instances and jobs."""
        here = self._service_identity()
        if (run.service, run.header.project_id) != (here.service, here.project_id):
            raise InputError(
                f"record {run.id} is of project {run.header.project_id} of {run.service}, this is project "
                f"{here.project_id} of {here.service}.",
                field="record",
                fix="Connect to the service of the record, if it is yours.",
            )

    def _require_own(self, run: RunData) -> None:
        """Refuse to decide what became of an imported run."""
        if self._context.store.is_imported(run.id):
            raise InputError(
                f"record {run.id} was imported from a file and is {run.state}: what became of it is not decided here.",
                field="record",
                fix="Go on in the record store that it came from, or make a new plan.",
            )

    def _take_up(self, run_id: str) -> RestoreJob:
        context = self._context
        run = context.store.get(run_id)
        state = run.state
        self._require_here(run)
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
        """Turn the id of a run that an error carries into the record itself; it stays the id when that cannot be read."""
        try:
            yield
        except DDMKitError as error:
            if isinstance(error.record, str):
                with suppress(Exception):  # nothing done for a report takes its place
                    error.record = self.records.get(error.record)
            raise

    def _instant_of(self, source_id: str, point: Any, time_zone: str | None) -> datetime:
        backup_id = point.id if isinstance(point, Backup) else point
        chosen = choose_point(backup_id, time_zone, field="point")
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

    def _rows(self, model: type[Any], items: Sequence[Any], title: str, empty: str) -> Rows[Any]:
        return Rows(model, items, title=title, empty=empty, now=self.now(), zone=ZoneInfo(self._settings.time_zone))


def _describe_submitted(run_id: str, error: RecordError) -> RecordError:
    """Describe what stays true when the store fails after a submit: the restore is on the record already."""
    said = RecordError(
        f"The restore was submitted and is on record {run_id}, but the record store cannot be read any more: {error} Do not "
        f"submit again. Once the store works again, follow the job with kit.resume({run_id!r})."
    )
    said.record = run_id
    return said
