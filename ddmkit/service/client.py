"""The client: one method per call of the service, which takes and returns models; lists are complete or an error.

Reads are retried after transient failures (see ``transport.RetryReads``), share connections, and run in parallel in a
bounded thread pool. The request that starts a restore is sent once, over its own connection, whatever the answer.
``protocol.py`` builds paths and bodies, ``connection.py`` sends them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from ddmkit.errors import DDMKitError, InputError, NotFoundError, ServiceError
from ddmkit.models import (
    Account,
    Backup,
    BackupDetail,
    DataNode,
    Instance,
    Job,
    ListedBackup,
    ListedRange,
    RelatedNodes,
    RestorableRange,
    Schema,
    SchemaDetail,
    SchemaMetadata,
    TargetInstance,
    TargetNode,
)
from ddmkit.secrecy.redaction import quote_text, scrub_text
from ddmkit.service import protocol
from ddmkit.service.calls import Answer, Call, ReadNote, read_model
from ddmkit.service.ddm.client import DdmWriter
from ddmkit.service.deadline import Attempt
from ddmkit.service.error_codes.explain import is_unpublished
from ddmkit.service.error_parsing import make_unusable
from ddmkit.service.headers import find_header, read_date, read_request_id
from ddmkit.times import format_utc

__all__ = ["Client", "Probe", "ReadNote", "Submission"]

_JOBS_REACH = timedelta(days=30)
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
Asked = TypeVar("Asked", Instance, BackupDetail, Job)


@dataclass(frozen=True)
class Probe:
    """What answers at the endpoint. ``world_id`` and ``world_now`` are those of a simulator, and empty on a cloud."""

    status: int
    world_id: str = ""
    world_now: datetime | None = None
    service_date: datetime | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Submission:
    """The answer to a restore request. ``service_date`` is its time by the clock that dates the service's jobs."""

    job_id: str
    status: int
    request_id: str
    service_date: datetime | None


class Client(DdmWriter):
    """The client of one service; use it as a context manager, or close it.

    Methods raise ``ServiceError`` or a subclass for refusals and unusable answers, ``UnreachableError`` without an answer,
    and ``InputError`` for input that cannot be sent. ``clock`` is this machine's clock, which dates signatures; ``sleep``
    pauses between retries.
    """

    def probe(self) -> Probe:
        """Ask, without credentials, what answers at the endpoint; every HTTP answer counts."""
        return self._exchange(self._open_reads, protocol.probe(), self._read_probe)

    def _read_probe(self, answer: Answer) -> Probe:
        return Probe(
            answer.status,
            world_id=self.world_id if find_header(answer.headers, "x-simulator-world") else "",
            world_now=self._world_now,
            service_date=read_date(answer.headers),
            request_id=read_request_id(answer.headers),
        )

    def learn_clock(self) -> None:
        """Fetch the service's clock, by which jobs are asked for, unless an answer has told it already."""
        if self.last_skew is None:
            with suppress(DDMKitError):  # the next request meets the same problem, and reports it
                self.probe()

    def list_instances(self) -> tuple[Instance, ...]:
        """List the DDM instances of the project, in the service's order."""
        return self._list(Instance, protocol.list_instances(self._project())).rows

    def show_instance(self, instance_id: str) -> Instance:
        """Show one instance with its network and engine version; ``NotFoundError`` when it does not exist."""
        return self._show_asked(Instance, protocol.show_instance(self._project(), instance_id), instance_id)

    def list_backups(self, instance_id: str = "") -> tuple[Backup, ...]:
        """List metadata backups, newest first; with ``instance_id``, those of one instance.

        Left out are backups without a time of creation (in progress) and, with ``instance_id``, backups that name no
        instance. The remark of the read and a warning count them. Raises ``ServiceError`` when no row names its instance,
        or when no finished backup has a time.
        """
        call = protocol.list_backups(self._project(), instance_id)
        remark_on = functools.partial(_remark_on_backups, call, instance_id)
        rows = self._list(ListedBackup, call, remark_on, whole=Backup).rows
        chosen = (row for row in rows if isinstance(row, Backup) and instance_id in {"", row.instance_id})
        return tuple(sorted(chosen, key=lambda row: (row.created, row.id), reverse=True))

    def show_backup(self, source_id: str, backup_id: str) -> BackupDetail:
        """Show which data nodes a backup of the source refers to."""
        return self._show_asked(BackupDetail, protocol.show_backup(self._project(), source_id, backup_id), backup_id)

    def list_restorable_ranges(self, source_id: str) -> tuple[RestorableRange, ...]:
        """List the ranges of points in time to restore to, earliest first; ranges without start or end are left out."""
        call = protocol.list_restorable_ranges(self._project(), source_id)
        rows = self._list(ListedRange, call, functools.partial(_remark_on_ranges, call), whole=RestorableRange).rows
        whole = (row for row in rows if isinstance(row, RestorableRange))
        return tuple(sorted(whole, key=lambda row: (row.start_time, row.end_time)))

    def list_target_instances(self, source_id: str) -> tuple[TargetInstance, ...]:
        """List possible targets, unavailable ones too, in the service's order."""
        return self._list(TargetInstance, protocol.list_target_instances(self._project(), source_id)).rows

    def show_related_nodes(self, source_id: str, restore_time: datetime) -> RelatedNodes:
        """Show all data nodes of the source at a point in time, and the latest instant to restore them to."""
        call = protocol.show_related_nodes(self._project(), source_id, restore_time)
        listing = self._list(DataNode, call)
        latest = {"latest_restorable_time": listing.pages[0].rest.get("latest_restorable_time")}
        return read_model(RelatedNodes, latest, call).model_copy(update={"related_data_nodes": listing.rows})

    def list_target_nodes(
        self, source_id: str, target_id: str, source_node_id: str, restore_time: datetime
    ) -> tuple[TargetNode, ...]:
        """List the candidates that could replace one source data node on the target, unavailable ones too."""
        call = protocol.list_target_nodes(self._project(), source_id, target_id, source_node_id, restore_time)
        return self._list(TargetNode, call).rows

    def list_schemas(self, instance_id: str) -> tuple[Schema, ...]:
        """List the schemas of an instance."""
        return self._list(Schema, protocol.list_schemas(self._project(), instance_id)).rows

    def show_schema(self, instance_id: str, name: str) -> SchemaDetail:
        """Show one schema with its shards."""
        return self._show(SchemaDetail, protocol.show_schema(self._project(), instance_id, name))

    def list_accounts(self, instance_id: str) -> tuple[Account, ...]:
        """List the accounts of an instance; use the older call if the service does not have the newer one."""
        try:
            return self._list(Account, protocol.list_accounts(self._project(), instance_id)).rows
        except ServiceError as error:
            if not is_unpublished(error):
                raise
        return self._list(Account, protocol.list_accounts_v1(self._project(), instance_id)).rows

    def export_schema_metadata(self, instance_id: str) -> SchemaMetadata:
        """Return the shard distribution of all schemas as the service exports it, still compressed."""
        return self._show(SchemaMetadata, protocol.export_schema_metadata(self._project(), instance_id))

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        """List the jobs created from ``start`` to ``end`` (default: now, fixed before the first page), newest first.

        Raises ``InputError`` for a start more than 30 days back, because the service has no older jobs. A start within a
        minute of that limit is moved to the limit, because time passes until the request arrives.
        """
        start, end = self._fit_jobs_span(start, end)
        rows = self._list(Job, protocol.list_jobs(self._project(), start, end)).rows
        return tuple(sorted(rows, key=lambda row: (row.created_time or _EARLIEST, row.id), reverse=True))

    def show_job(self, job_id: str) -> Job:
        """Show one job; only the jobs list has the reason of a failure.

        If the service does not have this call, the job is taken from the jobs list.
        """
        try:
            return self._show_asked(Job, protocol.show_job(self._project(), job_id), job_id, "job")
        except NotFoundError as error:
            if not is_unpublished(error):
                raise
            refused = error
        listed = self.list_jobs(self.service_now() - _JOBS_REACH)
        found = next((job for job in listed if job.id == job_id), None)
        if found is None:
            raise refused
        return found

    def _show_asked(self, model: type[Asked], call: Call, asked: str, key: str = "") -> Asked:
        """Return the answer, which must be about the id that was asked for: a cache on the way may answer with another's."""
        found = self._show(model, call, key)
        if found.id.casefold() != asked.casefold():
            other = quote_text(scrub_text(found.id, self.known_secrets()), 60)
            raise make_unusable(call.what, f"the answer is about another one, {other!r}", 200, {})
        return found

    def restore_metadata(
        self,
        call: Call,
        *,
        last_check: Callable[[], None] = lambda: None,
        attempt: Attempt | None = None,
    ) -> Submission:
        """Start a restore: send ``protocol.restore_metadata(...)`` exactly once, as ``send_once`` describes it.

        Returns the job that the service started, with the evidence of the answer. Source: API page RestoreMetadata.
        """
        return self.send_once(
            call, lambda answer: self._read_submission(answer, call), last_check=last_check, attempt=attempt
        )

    def _read_submission(self, answer: Answer, call: Call) -> Submission:
        payload = self._read(answer, call)
        job_id = payload.get("job_id")
        if not isinstance(job_id, str) or not job_id.strip() or not job_id.isprintable():
            raise make_unusable(
                call.what, "the answer names no job", answer.status, answer.headers, secrets=self.known_secrets()
            )
        date = self._world_now or read_date(answer.headers)
        return Submission(job_id.strip(), answer.status, read_request_id(answer.headers), date)

    def _fit_jobs_span(self, start: datetime, end: datetime | None) -> tuple[datetime, datetime]:
        now = self.service_now()
        last = self._latest_possible_now() if end is None else end
        if start.tzinfo is None or last.tzinfo is None:
            raise InputError("is a time without a zone.", field="start", fix="Give aware datetimes.")
        earliest = now - _JOBS_REACH
        if start < earliest - timedelta(minutes=1):
            raise InputError(
                f"{format_utc(start)} lies more than 30 days back; the service lists no older jobs.",
                field="start",
                fix=f"Give {format_utc(earliest)} or later.",
            )
        return max(start, earliest + timedelta(seconds=5)), last


def _remark_on_backups(call: Call, instance_id: str, rows: Sequence[ListedBackup]) -> str:
    """Describe the backups that cannot be used; raise if there are no others."""
    undated = [row for row in rows if row.created is None]
    strays = [row for row in rows if instance_id and not row.instance_id]
    if strays and len(strays) == len(rows):
        raise _unusable_rows(call, f"none of the {len(rows)} backups names its instance")
    if undated and len(undated) == len(rows) and any(row.is_usable for row in rows):
        raise _unusable_rows(call, f"none of the {len(rows)} backups says when it was made")
    remarks = [
        f"{len(found)} of {len(rows)} {problem}: {_name_rows(found)}"
        for found, problem in (
            (undated, "have no time of creation and are not usable (yet)"),
            (strays, "name no instance and are left out"),
        )
        if found
    ]
    return "; ".join(remarks)


def _remark_on_ranges(call: Call, rows: Sequence[ListedRange]) -> str:
    open_ended = sum(row.start_time is None or row.end_time is None for row in rows)
    if open_ended and open_ended == len(rows):
        raise _unusable_rows(call, f"none of the {len(rows)} ranges has both its ends")
    return f"{open_ended} of {len(rows)} lack an end and are not usable" if open_ended else ""


def _name_rows(rows: Sequence[ListedBackup]) -> str:
    named = [f"{quote_text(row.id, 60)} ({quote_text(row.status, 40) or 'no status'})" for row in rows[:5]]
    return ", ".join(named) + (", ..." if len(rows) > 5 else "")


def _unusable_rows(call: Call, problem: str) -> ServiceError:
    return make_unusable(call.what, problem, 200, {})
