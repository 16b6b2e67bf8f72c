"""The plan of a whole recovery: every request in order, the checks, and the facts behind both.

A plan is data: frozen, printable, comparable. Making a plan changes nothing and records nothing. A plan is carried out once,
and expires, because its facts grow old. Names and client tokens of what it creates are fixed when it is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from ddmkit.errors import RecordError
from ddmkit.models import Instant
from ddmkit.records.events import canonical_json
from ddmkit.records.runs import RunData
from ddmkit.recovery.instant import RecoveryInstant
from ddmkit.recovery.inventory import RecordedFacts
from ddmkit.recovery.steps import PlannedStep
from ddmkit.recovery_models.requests import NodeRestoreRequest, TargetCreateRequest
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import ServiceIdentity, short_digest
from ddmkit.restore.preflight import Judged
from ddmkit.restore.proofs.nodes import NO_SNAPSHOT, Wanted
from ddmkit.times import format_instant

__all__ = ["PLAN_LIFE", "PlannedNode", "PlannedTarget", "RecoveryPlan", "digest_of_recovery", "recovery_plan_of"]

PLAN_LIFE = timedelta(minutes=30)
_GENERATED = frozenset({"name", "tags", "password"})
WAY_BACK = "Nothing is overwritten: the source and its nodes stay as they are. To go back, leave the applications on it."


class PlannedNode(BaseModel):
    """One source node: it is recovered by ``request``, or an existing node, ``existing_id``, is taken as it is."""

    model_config = ConfigDict(frozen=True)

    source_id: str
    source_name: str = ""
    action: Literal["recover", "take"] = "recover"
    request: NodeRestoreRequest | None = None
    token: str = ""
    existing_id: str = ""
    existing_name: str = ""
    notes: tuple[str, ...] = ()

    @property
    def new_name(self) -> str:
        """The name of the node that will stand in for the source node."""
        return self.request.name if self.request is not None else self.existing_name or self.existing_id


class PlannedTarget(BaseModel):
    """The target: created by ``request``, or an existing empty instance, ``existing_id``."""

    model_config = ConfigDict(frozen=True)

    action: Literal["create", "take"] = "create"
    request: TargetCreateRequest | None = None
    existing_id: str = ""
    existing_name: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the target."""
        return self.request.name if self.request is not None else self.existing_name or self.existing_id

    @property
    def id_or_place(self) -> str:
        """The id, or ``new:`` and the name while there is no id yet."""
        return self.existing_id or f"new:{self.name}"


class RecoveryPlan(Judged, BaseModel):
    """The plan of one recovery.

    ``digest`` is the same for every plan of the same recovery on the same service; names, tags and tokens are not in it.
    ``id`` is unique: it serves for one run, until ``expires``.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    suffix: str
    digest: str
    facts_digest: str
    created: Instant
    expires: Instant
    identity: ServiceIdentity
    source_id: str
    source_name: str
    instant: RecoveryInstant
    backup_id: str | None = None
    backup_ms: int | None = None
    later_backups_ms: tuple[int, ...] | None = None
    throwaway: bool = False
    nodes: tuple[PlannedNode, ...]
    target: PlannedTarget
    steps: tuple[PlannedStep, ...]
    checks: tuple[CheckResult, ...]
    time_zone: str = "UTC"
    incident: datetime | None = None
    inputs: dict[str, Any] = {}
    reads: tuple[dict[str, Any], ...] = ()
    facts: RecordedFacts | None = None

    def __repr__(self) -> str:
        """Describe in one line what the plan would do."""
        verdict = "ready" if self.ready else f"not ready: {', '.join(self.failed)}"
        kind = "drill" if self.throwaway else "recovery"
        return f"<{kind} plan {self.digest}: {self.source_name} -> {self.target.name}, {self.new_instances} new, {verdict}>"

    __str__ = __repr__

    @property
    def facts_read(self) -> datetime:
        """When the facts behind the checks were read."""
        return self.created

    @property
    def new_instances(self) -> int:
        """How many instances would be created, and billed."""
        return sum(node.action == "recover" for node in self.nodes) + (self.target.action == "create")

    @property
    def kind(self) -> Literal["recovery", "drill"]:
        """The kind of the run, as lists of records show it."""
        return "drill" if self.throwaway else "recovery"

    @property
    def wanted(self) -> Wanted:
        """What the nodes must have been recovered to, and from."""
        sources = tuple(node.source_id for node in self.nodes)
        if self.backup_id is None:
            return Wanted(restore_time_ms=self.instant.ms, source_ids=sources)
        return Wanted(backup_ms=self.backup_ms, later_backups_ms=self.later_backups_ms, source_ids=sources)

    def step(self, name: str) -> PlannedStep | None:
        """Return a step by its name, or ``None``."""
        return next((step for step in self.steps if step.name == name), None)

    def node(self, source_id: str) -> PlannedNode | None:
        """Return the node that stands in for a source node, or ``None``."""
        return next((node for node in self.nodes if node.source_id == source_id), None)

    @property
    def new_names(self) -> tuple[str, ...]:
        """The names of what will be created, the target's last."""
        nodes = [node.request.name for node in self.nodes if node.request is not None]
        return (*nodes, *([self.target.request.name] if self.target.request is not None else []))

    def costs(self) -> tuple[str, ...]:
        """Describe what would be billed: how many, of which flavour, and how. No prices: these depend on the account."""
        nodes = Counter(_size_of(node.request) for node in self.nodes if node.request is not None)
        lines = [f"{count} x RDS for MySQL {size}, on demand, billed from creation" for size, count in sorted(nodes.items())]
        new = self.target.request
        if new is not None:
            size = f"{new.flavor_ref}, {new.node_num} computing node{'s' if new.node_num != 1 else ''}"
            lines.append(f"1 x DDM {size}, on demand, billed from creation")
        return tuple(lines)

    def words(self) -> tuple[str, ...]:
        """Describe the plan in plain sentences."""
        return (
            f"{'Drill: recover' if self.throwaway else 'Recover'} {self.source_name} ({self.source_id}) on new instances.",
            self._describe_point(),
            *([self.instant.change_words] if self.instant.change_words else []),
            *(_describe_node(node) for node in self.nodes),
            self._describe_target(),
            *self._not_copied(),
            f"{self.new_instances} new instance{'s' if self.new_instances != 1 else ''}: "
            + ("; ".join(self.costs()) or "nothing is billed")
            + ".",
            *self._no_snapshot(),
            *(["Everything that this drill creates may be deleted afterwards."] if self.throwaway else []),
            WAY_BACK,
        )

    def cautions(self) -> tuple[str, ...]:
        """Describe what is not copied from the source, and what recoveries of several nodes to one instant are not."""
        return (*self._not_copied(), *self._no_snapshot())

    def for_record(self) -> dict[str, Any]:
        """Return the plan as JSON for the record, also in words; no password is among the fields of a request."""
        return {**self.model_dump(mode="json"), "words": list(self.words()), "costs": list(self.costs())}

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Self:
        """Return the plan from the JSON of ``for_record``; raises ``RecordError`` when the JSON is no plan."""
        try:
            return cls.model_validate_json(canonical_json(data))
        except ValidationError as error:
            raise RecordError(f"The plan on the record cannot be read: {error.error_count()} fields do not fit.") from error

    def _not_copied(self) -> tuple[str, ...]:
        parts = [*(node.notes for node in self.nodes), self.target.notes]
        return tuple(f"Not copied: {note}." for note in dict.fromkeys(note for part in parts for note in part))

    def _no_snapshot(self) -> tuple[str, ...]:
        return (NO_SNAPSHOT,) if len(self.nodes) > 1 else ()

    def _describe_point(self) -> str:
        text = format_instant(self.instant.moment, ZoneInfo(self.time_zone), self.created)
        if self.backup_id is not None:
            return f"Metadata from backup {self.backup_id}; every node at {text}, the first whole second after that backup."
        return f"As it was at {text}: the same integer for every node and for the metadata."

    def _describe_target(self) -> str:
        if self.target.request is not None:
            engine = self.target.request.engine_version
            return f"Create the target {self.target.name}: DDM {engine}, empty, in the nodes' network."
        return f"Restore to the existing instance {self.target.name} ({self.target.existing_id or 'none yet'})."


def _size_of(request: NodeRestoreRequest) -> str:
    kind = "HA" if request.ha is not None else "single"
    return f"{request.flavor_ref} ({kind}, {request.volume.size} GB {request.volume.type})"


def _describe_node(node: PlannedNode) -> str:
    source = f"{node.source_name or node.source_id} ({node.source_id})"
    if node.action == "take":
        return f"Take {node.existing_name or node.existing_id} ({node.existing_id}) for {source}, with its proof."
    if node.request is None:
        return f"Recover {source}: no request can be made."
    return f"Recover {source} to the new node {node.request.name}, {_size_of(node.request)}."


def digest_of_recovery(
    identity: ServiceIdentity,
    source_id: str,
    *,
    restore_time_ms: int | None,
    backup_id: str | None,
    throwaway: bool,
    nodes: tuple[PlannedNode, ...],
    target: PlannedTarget,
) -> str:
    """Return the digest of a recovery: names, tags, tokens and facts do not change it, everything else does."""
    return short_digest(
        {
            "service": identity.service,
            "project_id": identity.project_id,
            "source": source_id,
            "restore_time": None if backup_id is not None else restore_time_ms,
            "backup_id": backup_id,
            "throwaway": throwaway,
            "nodes": {node.source_id: _wanted(node.request, node.existing_id) for node in nodes},
            "target": _wanted(target.request, target.existing_id),
        }
    )


def _wanted(request: NodeRestoreRequest | TargetCreateRequest | None, existing_id: str) -> Any:
    if request is None:
        return f"take {existing_id}" if existing_id else "no request"
    return {name: value for name, value in request.body().items() if name not in _GENERATED}


def recovery_plan_of(run: RunData) -> RecoveryPlan:
    """Return the plan of a run from its record; raises ``RecordError`` when the record holds no plan of a recovery."""
    planned = next((event.data for event in run.events if event.kind == "planned"), None)
    if planned is None:
        raise RecordError(f"Record {run.id} holds no plan: it ended before one was written down. Make a new plan.")
    return _read_plan(_Recorded(planned))


@dataclass(frozen=True, eq=False)
class _Recorded:
    """The JSON of a plan, compared by identity: the record store gives the same object for the same event."""

    data: Mapping[str, Any]

    def __hash__(self) -> int:
        return id(self.data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recorded) and other.data is self.data


@lru_cache(maxsize=4)  # a run is looked at many times while it goes on, and its plan never changes
def _read_plan(recorded: _Recorded) -> RecoveryPlan:
    return RecoveryPlan.from_record(recorded.data)
