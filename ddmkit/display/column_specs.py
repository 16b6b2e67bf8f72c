"""The columns of the table of each model, and how their values are written.

The choice is for readers only: ``Rows.frame()`` has every field. Ids come last and in full, so that they can be copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from ddmkit.display.status import Tone, tone_of, tone_of_run
from ddmkit.display.table import Cell, CellKind
from ddmkit.times import format_ago, format_duration

if TYPE_CHECKING:
    from ddmkit.drills.coverage import DrillCoverage
    from ddmkit.models import DataNode, Instance, Job, RestorableRange, TargetInstance, TargetNode

__all__ = ["Column", "DisplayOptions", "columns_of", "describe_backup_type", "format_size", "job_tone"]

_BACKUP_TYPES = {"auto_metadata": "daily", "metadata": "before an operation"}
_FALLBACK_COLUMNS = 10


@dataclass(frozen=True)
class DisplayOptions:
    """What cells need to know beside their row: the present for ages, a zone for local times."""

    now: datetime | None = None
    zone: ZoneInfo | None = None

    @property
    def has_zone(self) -> bool:
        """Whether local times stand beside UTC."""
        return self.zone is not None and self.zone.key != "UTC"


@dataclass(frozen=True)
class Column:
    """One column: its header and the function that makes a row's cell."""

    header: str
    make_cell: Callable[[Any, DisplayOptions], Cell]
    is_time: bool = False

    def header_for(self, options: DisplayOptions) -> str:
        """Return the header; that of a time names the zones of its cells."""
        if not self.is_time:
            return self.header
        return f"{self.header} (UTC, {options.zone.key})" if options.zone and options.has_zone else f"{self.header} (UTC)"


def columns_of(model: type[BaseModel], options: DisplayOptions) -> Sequence[Column]:
    """Return the columns of a model; a model without a choice of its own shows its first fields."""
    chosen = _CHOSEN.get(f"{model.__module__}.{model.__qualname__}") or [
        _field(name.replace("_", " "), name) for name in list(model.model_fields)[:_FALLBACK_COLUMNS]
    ]
    return [column for column in chosen if options.now is not None or column.header != "age"]


def describe_backup_type(backup_type: str) -> str:
    """Return why a backup was made, beside the service's own word. Source: API page ListBackups."""
    reason = _BACKUP_TYPES.get(backup_type)
    return f"{reason} ({backup_type})" if reason else backup_type


def format_size(size_bytes: float | None) -> str:
    """Return a size in decimal units, as the service counts: ``40 GB``; empty for ``None``."""
    if size_bytes is None:
        return ""
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f}".removesuffix(".0") + f" {unit}"


def job_tone(job: Job) -> Tone:
    """Return a job's tone: ``Running`` means not yet done for a job, and healthy for an instance."""
    if job.is_completed:
        return Tone.GOOD
    if job.is_failed:
        return Tone.BAD
    return Tone.QUIET if job.is_finished else Tone.BUSY


def _time_cell(instant: datetime | None, options: DisplayOptions) -> Cell:
    if instant is None:
        return Cell("", CellKind.TIME)
    utc, local = instant.astimezone(UTC), instant.astimezone(options.zone)
    written = f"{local:%H:%M:%S %z}" if local.date() == utc.date() else f"{local:%Y-%m-%d %H:%M:%S %z}"
    return Cell(f"{utc:%Y-%m-%d %H:%M:%S}", CellKind.TIME, more=written if options.has_zone else "")


def _format_value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(_name_of(one) for one in value)
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else str(value)


def _name_of(value: object) -> str:
    names = (getattr(value, name, "") for name in ("name", "instance_name", "physical_db_name", "id", "instance_id"))
    return next((str(name) for name in names if name), str(value))


def _field(header: str, name: str, kind: CellKind = CellKind.TEXT) -> Column:
    return Column(header, lambda row, _: Cell(_format_value(getattr(row, name)), kind))


def _time(header: str, name: str) -> Column:
    return Column(header, lambda row, options: _time_cell(getattr(row, name), options), is_time=True)


def _status(header: str, name: str = "status", tone: Callable[[str], Tone] = tone_of) -> Column:
    return Column(header, lambda row, _: Cell(getattr(row, name), CellKind.STATUS, tone(getattr(row, name))))


def _id(name: str) -> Column:
    return _field("id", name, CellKind.ID)


def _age_cell(row: Any, options: DisplayOptions) -> Cell:
    return Cell(format_ago(row.created, options.now) if options.now else "", CellKind.TIME)


def _verdict_cell(row: TargetInstance | TargetNode, _: DisplayOptions) -> Cell:
    if row.available:
        return Cell("available", CellKind.STATUS, Tone.GOOD, row.unavailable_reason)
    return Cell("unavailable", CellKind.STATUS, Tone.BAD, row.unavailable_reason or "the service gives no reason")


def _range_cell(row: RestorableRange, _: DisplayOptions) -> Cell:
    return Cell(format_duration(row.end_time - row.start_time), CellKind.TIME)


def _address_cell(row: Instance, _: DisplayOptions) -> Cell:
    return Cell(f"{row.access_ip}:{row.access_port}".strip(":"))


def _engine_cell(row: DataNode | TargetNode, _: DisplayOptions) -> Cell:
    return Cell(f"{row.engine_name} {row.version}".strip())


def _job_status_cell(row: Job, _: DisplayOptions) -> Cell:
    return Cell(row.status, CellKind.STATUS, job_tone(row))


def _job_progress_cell(row: Job, _: DisplayOptions) -> Cell:
    return Cell("" if row.progress is None else f"{row.progress:.0%}", CellKind.NUMBER)


def _job_duration_cell(row: Job, options: DisplayOptions) -> Cell:
    # The service may give a running job an end time without meaning; an end time counts only for a finished job.
    end = row.end_time if row.is_finished else options.now
    if row.created_time is None or end is None or end - row.created_time < timedelta(0):
        return Cell("", CellKind.TIME)
    return Cell(format_duration(end - row.created_time), CellKind.TIME)


def _job_end_cell(row: Job, options: DisplayOptions) -> Cell:
    return _time_cell(row.end_time if row.is_finished else None, options)


def _record_state_cell(row: Any, _options: DisplayOptions) -> Cell:
    """Return the state of a record; with the number of instances that are billed though nobody uses them."""
    return Cell(f"{row.state}; {row.still_billed} still billed" if row.still_billed else row.state)


def _duration(header: str, name: str) -> Column:
    """Return a column of durations that the model has in seconds; a negative one is written without its sign."""
    return Column(header, lambda row, _: Cell(_format_seconds(getattr(row, name)), CellKind.TIME))


def _format_seconds(seconds: float | None) -> str:
    return "" if seconds is None else format_duration(timedelta(seconds=seconds))


_COVERAGE_TONES = {"covered": Tone.GOOD, "overdue": Tone.WARNING, "never passed": Tone.BAD}


def _failure_seen_cell(row: DrillCoverage, _: DisplayOptions) -> Cell:
    return Cell("" if not row.drills else "not tried" if row.never_failed else "yes")


_VERDICT = Column("verdict", _verdict_cell)
# By name, because a list of records, for one, is shown without loading the models of the service.
_CHOSEN: dict[str, list[Column]] = {
    "ddmkit.handles.records.RecordRow": [
        _field("id", "id"),
        _field("kind", "kind"),
        Column("state", _record_state_cell),
        *(_field(name.replace("_", " "), name) for name in ("created", "source_name", "target_name")),
        *(_field(name, name) for name in ("operator", "ticket", "purpose", "origin")),
    ],
    "ddmkit.recovery_models.rds.NodeInstance": [
        _field("name", "name"),
        _status("status"),
        _field("flavour", "flavor_ref"),
        _time("created", "created"),
        _id("id"),
    ],
    "ddmkit.restore.proofs.nodes.NodeVerdict": [
        _field("name", "name"),
        _status("fits", "status"),
        _field("seen", "detail"),
        _id("node_id"),
    ],
    "ddmkit.models.instances.Instance": [
        _field("name", "name"),
        _status("status"),
        _field("version", "engine_version"),
        _time("created", "created"),
        _field("nodes", "node_count", CellKind.NUMBER),
        Column("address", _address_cell),
        _id("id"),
    ],
    "ddmkit.models.backups.Backup": [
        _field("name", "name"),
        _time("created", "created"),
        Column("age", _age_cell),
        Column("made", lambda row, _: Cell(describe_backup_type(row.backup_type))),
        _status("status"),
        _field("instance", "instance_name"),
        _id("id"),
    ],
    "ddmkit.models.backups.RestorableRange": [
        _time("from", "start_time"),
        _time("to", "end_time"),
        Column("length", _range_cell),
    ],
    "ddmkit.models.nodes.DataNode": [
        _field("name", "instance_name"),
        _status("status", "instance_status"),
        Column("engine", _engine_cell),
        Column("disk", lambda row, _: Cell(format_size(row.data_volume_size), CellKind.NUMBER)),
        _id("instance_id"),
    ],
    "ddmkit.models.instances.TargetInstance": [
        _field("name", "instance_name"),
        _VERDICT,
        _status("status"),
        _field("network", "vpc_name"),
        _id("instance_id"),
    ],
    "ddmkit.models.nodes.TargetNode": [
        _field("name", "instance_name"),
        _VERDICT,
        _status("status"),
        Column("engine", _engine_cell),
        _field("network", "vpc_name"),
        _field("address", "private_ip"),
        _id("instance_id"),
    ],
    "ddmkit.models.schemas.Schema": [
        _field("name", "name"),
        _status("status"),
        _field("mode", "shard_mode"),
        _field("shards", "shard_number", CellKind.NUMBER),
        _time("created", "created"),
        _field("data nodes", "used_rds"),
    ],
    "ddmkit.models.schemas.Account": [
        _field("name", "name"),
        _status("status"),
        _field("may", "base_authority"),
        _field("schemas", "databases"),
        _time("created", "created"),
    ],
    "ddmkit.models.jobs.Job": [
        _field("job", "name"),
        Column("status", _job_status_cell),
        Column("done", _job_progress_cell),
        _time("started", "created_time"),
        Column("ended", _job_end_cell, is_time=True),
        Column("took", _job_duration_cell),
        _field("instance", "instance_name"),
        _field("reason of failure", "fail_reason"),
        _id("id"),
    ],
    "ddmkit.drills.coverage.DrillCoverage": [
        _field("source", "source_name"),
        _status("state", "state", lambda state: _COVERAGE_TONES.get(state, Tone.QUIET)),
        _field("drills", "drills", CellKind.NUMBER),
        _time("last passed", "passed"),
        _time("with real backups", "in_cloud"),
        _time("next due", "next_due"),
        _duration("recovery time", "rto_s"),
        _duration("lost writes", "rpo_s"),
        Column("failure noticed", _failure_seen_cell),
        _field("record", "record", CellKind.ID),
    ],
    "ddmkit.fleet.progress.ProgressRow": [
        _field("row", "row"),
        _field("wave", "wave", CellKind.NUMBER),
        _status("state", "state", tone_of_run),
        _field("for", "age", CellKind.TIME),
        _field("left", "left", CellKind.TIME),
        _field("reason", "reason"),
        _field("owner", "owner"),
        _field("record", "record", CellKind.ID),
    ],
    "ddmkit.fleet.plan.RowCheck": [
        _field("check", "check"),
        _status("status"),
        _field("rows", "rows", CellKind.NUMBER),
        _field("which", "which"),
        _field("what was seen", "detail"),
        _field("what to do", "hint"),
    ],
}
