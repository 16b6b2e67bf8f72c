"""Make the plan of a restore: the request, the checks, and the expected result.

A plan is data: frozen, printable, comparable. Making a plan changes nothing and records nothing. A plan can be submitted
once, and expires, because its facts grow old.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from ddmkit.errors import RecordError
from ddmkit.models import Backup, Instant, RestoreRequest
from ddmkit.records.events import canonical_json
from ddmkit.records.runs import RunData
from ddmkit.restore.checks.nodes import find_rows_instant
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.effects import COMES_BACK, STAYS_AWAY
from ddmkit.restore.inventory import Inventory
from ddmkit.restore.preflight import Judged, run_preflight
from ddmkit.restore.proofs.nodes import NO_SNAPSHOT
from ddmkit.service.calls import Call
from ddmkit.service.protocol import restore_metadata
from ddmkit.times import format_duration, format_instant, parse_service_time, to_ms

__all__ = [
    "PLAN_LIFE",
    "RestorePlan",
    "ServiceIdentity",
    "digest_of",
    "expect_backup",
    "make_plan",
    "plan_of",
    "short_digest",
]

PLAN_LIFE = timedelta(minutes=30)
_DIGEST_LENGTH = 12
_NUMBER = re.compile(r"[0-9]+(e[0-9]+)?|0b[01]+")

_FLAT_LIST = "The request carries them as a flat list; the service matches them with the shards of the backup."
_WAY_BACK = "The source is not touched: to go back, leave the applications on it."


class ServiceIdentity(BaseModel):
    """Which service and project a plan is for: the cloud's host or a simulator world's id, never a port."""

    model_config = ConfigDict(frozen=True)

    service: str
    project_id: str


class ExpectedBackup(BaseModel):
    """The backup that a restore is expected to use, and the next older one. For a time, the service itself chooses."""

    model_config = ConfigDict(frozen=True)

    backup: Backup
    distance: timedelta
    runner_up: Backup | None = None


class RestorePlan(Judged, BaseModel):
    """The plan of one restore: the request, the checks, and the facts behind both.

    ``digest`` is the same for every plan of the same request to the same service. ``id`` is unique: it serves for one
    submit, until ``expires``.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    digest: str
    facts_digest: str
    created: Instant
    expires: Instant
    identity: ServiceIdentity
    request: RestoreRequest
    checks: tuple[CheckResult, ...]
    inventory: Inventory
    time_zone: str = "UTC"
    inputs: dict[str, Any] = {}

    def __repr__(self) -> str:
        """Describe in one line what the plan would do; the facts are too many to print."""
        verdict = "ready" if self.ready else f"not ready: {', '.join(self.failed)}"
        return f"<plan {self.digest}: {self.source_name} -> {self.target_name}, {verdict}>"

    __str__ = __repr__

    @property
    def instance_ids(self) -> tuple[str, str]:
        """The ids of the source and the target."""
        return self.request.source_instance_id, self.request.target_instance_id

    @property
    def call(self) -> Call:
        """The exact request of this restore: what is shown, recorded and sent."""
        return restore_metadata(self.identity.project_id, self.request)

    @property
    def facts_read(self) -> datetime:
        """When the facts behind the checks were read."""
        return self.inventory.taken_at

    @property
    def incident(self) -> datetime | None:
        """When the damage was done, as a person gave it; ``None`` when it was not given."""
        return self.inventory.incident

    @property
    def incident_words(self) -> str:
        """When the damage was done and how far the point lies from it, as a sentence; empty when it was not given."""
        incident, point = self.inventory.incident, self.inventory.point
        if incident is None:
            return ""
        text = f"Incident: {format_instant(incident, ZoneInfo(self.time_zone), self.inventory.taken_at)}"
        if point is None:
            return f"{text}."
        if point < incident:
            return f"{text}; the point lies {format_duration(incident - point)} before it."
        away = "at the same time" if point == incident else f"{format_duration(point - incident)} AFTER it"
        return f"{text}; the point lies {away}, NOT before it."

    @property
    def rows_as_of(self) -> datetime | None:
        """The one instant to which all data nodes were recovered, so that of their rows; ``None`` where it is not proved."""
        return find_rows_instant(self.inventory, self.request)

    @property
    def source_name(self) -> str:
        """The source's name; of a deleted source the name in its backups, or else its id."""
        if self.inventory.source.value is not None:
            return self.inventory.source.value.name
        own = (one for one in self.inventory.backups.value or () if one.instance_id == self.request.source_instance_id)
        return next((one.instance_name for one in own if one.instance_name), self.request.source_instance_id)

    @property
    def target_name(self) -> str:
        """The target's name, which a person types to confirm; its id when the service does not give a name."""
        listed = self.inventory.listed_target(self.request.target_instance_id)
        if listed is not None and listed.instance_name:
            return listed.instance_name
        read = self.inventory.target.value
        return read.name if read is not None and read.name else self.request.target_instance_id

    @property
    def expected_backup(self) -> ExpectedBackup | None:
        """The chosen backup, or the backup that the service is expected to use for the point in time."""
        if self.inventory.chosen_backup is not None:
            return ExpectedBackup(backup=self.inventory.chosen_backup, distance=timedelta(0))
        own = [one for one in self.inventory.backups.value or () if one.instance_id == self.request.source_instance_id]
        return None if self.inventory.point is None else expect_backup(own, self.inventory.point)

    def words(self) -> tuple[str, ...]:
        """Describe the plan in plain sentences."""
        request = self.request
        nodes = ", ".join(self._name_nodes())
        source = f"{self.source_name} ({request.source_instance_id})"
        target = f"{self.target_name} ({request.target_instance_id})"
        return (
            f"Restore the metadata of {source} to {target}.",
            self._describe_point(),
            *([self.incident_words] if self.incident_words else []),
            f"Attach {len(request.data_nodes)} data node{'s' if len(request.data_nodes) > 1 else ''}: {nodes}. {_FLAT_LIST}",
            *([NO_SNAPSHOT] if len(request.data_nodes) > 1 else []),
            f"Comes back: {'; '.join(COMES_BACK)}.",
            f"Does not come back: {'; '.join(STAYS_AWAY)}.",
            _WAY_BACK,
        )

    def for_record(self) -> dict[str, Any]:
        """Return the plan as JSON for the record, also in words; only candidates that were not chosen are left out."""
        kept = self.model_copy(update={"inventory": self.inventory.with_chosen_only(self.request.data_nodes)})
        expected = self.expected_backup
        text = {"words": self.words(), "expected": expected and expected.model_dump(mode="json")}
        return {**kept.model_dump(mode="json"), **text}

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Self:
        """Return the plan from the JSON of ``for_record``; raises ``RecordError`` when the JSON is no plan."""
        try:
            plan = cls.model_validate_json(canonical_json(data))
            parse_service_time(plan.request.restore_time_ms)  # raises for a time out of bounds
        except ValidationError as error:
            raise RecordError(f"The plan on the record cannot be read: {error.error_count()} fields do not fit.") from error
        except ValueError as error:
            raise RecordError(f"The plan on the record cannot be read: it asks for {error}.") from error
        return plan

    def _describe_point(self) -> str:
        inventory, zone = self.inventory, ZoneInfo(self.time_zone)
        if self.request.backup_id is not None:
            backup = inventory.chosen_backup
            if backup is None:
                return f"From backup {self.request.backup_id}, which could not be read."
            text = format_instant(backup.created, zone, inventory.taken_at)
            return f"From backup {backup.name} ({backup.id}), made {text}."
        text = format_instant(inventory.point, zone, inventory.taken_at) if inventory.point else "an unknown instant"
        expected = self.expected_backup
        if expected is None:
            return f"As it was at {text}. No backup before that instant can be seen."
        return (
            f"As it was at {text}. The service is expected to use backup {expected.backup.name} ({expected.backup.id}), "
            f"made {format_duration(expected.distance)} before."
        )

    def _name_nodes(self) -> list[str]:
        rows = self.inventory.candidate_rows()
        names = [rows[one].instance_name if one in rows else one for one in self.request.data_nodes]
        return names if len(names) <= 10 else [*names[:10], f"and {len(names) - 10} more"]


def make_plan(
    request: RestoreRequest,
    inventory: Inventory,
    *,
    identity: ServiceIdentity,
    plan_id: str,
    now: datetime,
    time_zone: str = "UTC",
    inputs: Mapping[str, Any] | None = None,
) -> RestorePlan:
    """Make the plan of a request: run every check on the facts, and compute the digests.

    Args:
        request: The request.
        inventory: The facts, as they are now.
        identity: The service and the project.
        plan_id: A new, unique id.
        now: The present.
        time_zone: The zone in which times are shown beside UTC.
        inputs: The inputs as the caller gave them, for the record.

    Returns:
        The plan, ready or not.
    """
    checks = run_preflight(inventory, request)
    return RestorePlan(
        id=plan_id,
        digest=digest_of(request, identity),
        facts_digest=short_digest(_facts_that_matter(inventory, request, checks)),
        created=now,
        expires=now + PLAN_LIFE,
        identity=identity,
        request=request,
        checks=checks,
        inventory=inventory,
        time_zone=time_zone,
        inputs=dict(inputs or {}),
    )


def plan_of(run: RunData) -> RestorePlan:
    """Return the plan of a run's metadata restore from its record; raises ``RecordError`` when the record holds none.

    In a run of several steps it is the plan of the step that restores the metadata, the newest of them.
    """
    is_restore = run.header.kind == "restore"
    plans = [event.data for event in run.events if event.kind == ("planned" if is_restore else "step-planned")]
    planned = (plans[0] if is_restore else plans[-1]) if plans else None
    if planned is None and not is_restore:
        raise RecordError(f"Record {run.id} is a {run.header.kind} that has not come to the restore of the metadata.")
    if planned is None:
        raise RecordError(f"Record {run.id} holds no plan: it ended before one was written down. Make a new plan.")
    return RestorePlan.from_record(planned)


def digest_of(request: RestoreRequest, identity: ServiceIdentity) -> str:
    """Return the digest of a request to a service: facts, time and the order of the nodes do not change it."""
    return short_digest(
        {
            "service": identity.service,
            "project_id": identity.project_id,
            "source": request.source_instance_id,
            "target": request.target_instance_id,
            "backup_id": request.backup_id,
            "restore_time": request.restore_time_ms,
            "data_nodes": sorted(request.data_nodes),
        }
    )


def expect_backup(backups: Sequence[Backup], point: datetime) -> ExpectedBackup | None:
    """Return the newest usable backup made at or before the point in time, with the next older one.

    The manual says "closest" in one place and "most recent" in another (ddm-api.md 13.3). A backup made before the point is
    the careful choice in both readings.
    """
    earlier = [one for one in backups if one.is_usable and one.created <= point]
    if not earlier:
        return None
    newest, older, *_ = (*sorted(earlier, key=lambda one: one.created, reverse=True), None)
    return ExpectedBackup(backup=newest, distance=point - newest.created, runner_up=older)


def _facts_that_matter(inventory: Inventory, request: RestoreRequest, checks: Sequence[CheckResult]) -> dict[str, Any]:
    rows, source, target = inventory.candidate_rows(), inventory.source.value, inventory.target.value
    chosen = inventory.chosen_backup
    return {
        "checks": {check.id: check.status for check in checks},
        "source": source and [source.status, source.engine_version],
        "target": target and [target.status, target.engine_version],
        "target_holds": [
            sorted(schema.name for schema in inventory.target_schemas.value or ()),
            sorted(account.name for account in inventory.target_accounts.value or ()),
        ],
        "backup": chosen and [chosen.id, chosen.status, to_ms(chosen.created)],
        "source_nodes": sorted(node.instance_id for node in inventory.source_nodes or ()),
        "nodes": {one: [rows[one].available, rows[one].vpc_name] for one in request.data_nodes if one in rows},
    }


def short_digest(data: dict[str, Any]) -> str:
    """Return a part of the hash that notebook parameters cannot mistake for a number, as ``12e456789012`` would be."""
    whole = hashlib.sha256(canonical_json(data).encode()).hexdigest()
    parts = (whole[start : start + _DIGEST_LENGTH] for start in range(len(whole) - _DIGEST_LENGTH + 1))
    return next((part for part in parts if not _NUMBER.fullmatch(part)), f"d{whole[: _DIGEST_LENGTH - 1]}")
