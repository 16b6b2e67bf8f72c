"""Make the requests of a recovery: what a source node has, its new node gets, unless a person chose otherwise.

RDS copies nothing by itself over the API: flavour, port, network, backup policy and tags have to be in the request
(rds-api.md, "PITR to a new instance"). What the source does not show cannot be copied; it becomes a problem of the draft,
and the plan is not ready.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ddmkit.errors import InputError
from ddmkit.models import Instance
from ddmkit.recovery.overrides import Overrides
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.requests import NodeRestoreRequest, TargetCreateRequest

__all__ = [
    "RECOVERY_TAG",
    "SOURCE_TAG",
    "TIME_TAG",
    "Draft",
    "TargetOffer",
    "draft_node",
    "draft_target",
    "token_for",
    "zones_of",
]

SOURCE_TAG, TIME_TAG, RECOVERY_TAG = "ddmkit-source", "ddmkit-time", "ddmkit-recovery"
_SMALLEST_GB, _STEP_GB = 40, 10
_NAMESPACE = uuid.UUID("6b6c8e0e-2b9e-5d0c-9a55-3f1d1c7f6a51")

RequestT = TypeVar("RequestT", bound=BaseModel)


class Draft(BaseModel, Generic[RequestT]):
    """A request, or the problems for which there is none; ``notes`` tell what could not be copied from the source."""

    model_config = ConfigDict(frozen=True)

    request: RequestT | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class TargetOffer(BaseModel):
    """What the service sells for a new target, as chosen from its lists: an engine version and zones."""

    model_config = ConfigDict(frozen=True)

    engine_version: str
    zones: tuple[str, ...]


def token_for(plan_id: str, step: str) -> str:
    """Return the client token of a step: the same for every sending of the same step of the same plan.

    Source: rds-api.md, "Sending at most once": a UUID in lower case.
    """
    return str(uuid.uuid5(_NAMESPACE, f"{plan_id}/{step}"))


def draft_node(
    source: NodeInstance, overrides: Overrides, *, name: str, restore_time_ms: int, plan_id: str, region: str
) -> Draft[NodeRestoreRequest]:
    """Return the request that recovers one node.

    Args:
        source: The source node, as RDS lists it.
        overrides: What a person wants different.
        name: The name of the new node.
        restore_time_ms: The instant, a whole second in milliseconds.
        plan_id: The plan, for the tag by which the new node is found again.
        region: The region, where the source node does not show its own.

    Raises:
        InputError: A value that a person chose cannot be sent.
    """
    chosen, copied = overrides.for_node(source.id), _known(_copied_from(source))
    tags = {SOURCE_TAG: source.id, TIME_TAG: str(restore_time_ms), RECOVERY_TAG: plan_id}
    fields = {
        "name": name,
        **copied,
        "region": source.region or region,
        **_chosen_for_node(chosen, copied),
        "tags": tuple({"key": key, "value": value} for key, value in tags.items()),
        "restore_point": {"instance_id": source.id, "type": "timestamp", "restore_time": restore_time_ms},
    }
    notes = (
        () if "configuration_id" in chosen else ("parameter template: RDS does not show the source's; the default is used",)
    )
    named = {field: overrides.key_of(source.id, field) for field in chosen}
    if "availability_zone" in named:
        named["zones"] = named["availability_zone"]
    return _read_request(NodeRestoreRequest, fields, named, notes)


def _copied_from(source: NodeInstance) -> dict[str, Any]:
    strategy = source.backup_strategy
    return {
        "flavor_ref": source.flavor_ref,
        "volume": _known({"type": source.volume.type, "size": _rounded_gb(source.volume.size)}),
        "zones": source.zones,
        "ha": {"mode": "Ha", "replication_mode": source.ha.replication_mode or "async"} if source.is_ha else None,
        "vpc_id": source.vpc_id,
        "subnet_id": source.subnet_id,
        "security_group_id": source.security_group_id,
        "port": source.port,
        "time_zone": source.time_zone,
        "backup_strategy": _known({"start_time": strategy.start_time, "keep_days": strategy.keep_days}),
        "enterprise_project_id": source.enterprise_project_id,
        "disk_encryption_id": source.disk_encryption_id,
    }


def _chosen_for_node(chosen: Mapping[str, Any], copied: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chosen fields in the form of the request; a part of a disk or of a policy keeps the other part."""
    fields = {name: value for name, value in chosen.items() if name != "availability_zone"}
    for name in ("volume", "backup_strategy", "ha"):
        if isinstance(fields.get(name), Mapping):
            fields[name] = {**(copied.get(name) or {}), **fields[name]}
    if "availability_zone" in chosen:
        fields["zones"] = _zones_in(chosen["availability_zone"])
    if isinstance(fields.get("port"), str) and fields["port"].isdecimal():
        fields["port"] = int(fields["port"])
    return fields


def _zones_in(given: Any) -> Any:
    if isinstance(given, str):
        return tuple(zone.strip() for zone in given.split(",") if zone.strip())
    return tuple(given) if isinstance(given, Sequence) else given


def draft_target(
    source: Instance,
    detail: InstanceDetail | None,
    network: Mapping[str, str],
    offer: TargetOffer | None,
    overrides: Overrides,
    *,
    name: str,
) -> Draft[TargetCreateRequest]:
    """Return the request that creates the target: empty, on demand, without an administrator.

    Args:
        source: The source, as DDM's older detail shows it.
        detail: The source, as DDM's newer detail shows it; ``None`` where it could not be read.
        network: ``vpc_id``, ``subnet_id`` and ``security_group_id`` of the data nodes.
        offer: The engine and the zones as chosen from the service's lists; ``None`` where these could not be read.
        overrides: What a person wants different.
        name: The name of the target.

    Raises:
        InputError: A value that a person chose cannot be sent.
    """
    chosen = dict(overrides.target)
    if "available_zones" in chosen:
        chosen["available_zones"] = _zones_in(chosen["available_zones"])
    copied = {
        "flavor_ref": source.flavor_ref,
        "node_num": source.node_count,
        "engine_version": offer.engine_version if offer else "",
        "available_zones": offer.zones if offer else (),
        **network,
        "time_zone": detail.time_zone if detail else "",
        "enterprise_project_id": detail.enterprise_project_id if detail else "",
    }
    missing = {
        "time_zone": "time zone: DDM does not show the source's; the default, UTC, is used",
        "param_group_id": "parameter group: DDM does not show the source's; the default is used",
    }
    fields = {"name": name, **_known(copied), **chosen}
    notes = tuple(words for field, words in missing.items() if field not in fields)
    return _read_request(TargetCreateRequest, fields, {field: f"like['target'][{field!r}]" for field in chosen}, notes)


def zones_of(source: Instance, detail: InstanceDetail | None) -> tuple[str, ...]:
    """Return the zones of a DDM instance, each once: those of its computing nodes, or else that of the instance."""
    members = [member.az_code for group in (detail.groups if detail else ()) for member in group.nodes]
    named = [*members, *(source.available_zone.split(",") if not any(members) else [])]
    return tuple(dict.fromkeys(zone.strip() for zone in named if zone.strip()))


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the service shows: an empty text, an empty list and ``None`` are left out."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), {})}


def _rounded_gb(size: int | None) -> int | None:
    """Return the size of a disk that can be ordered: never smaller, at least 40 GB, in steps of 10 GB."""
    return None if size is None else max(_SMALLEST_GB, -(-size // _STEP_GB) * _STEP_GB)


def _read_request(
    model: type[RequestT], fields: Mapping[str, Any], chosen: Mapping[str, str], notes: tuple[str, ...]
) -> Draft[RequestT]:
    """Return the draft; a problem of a chosen field is the caller's error, any other is a problem of the source."""
    try:
        return Draft[RequestT](request=model.model_validate(dict(fields)), notes=notes)
    except ValidationError as error:
        found = [
            (str(one["loc"][0]) if one["loc"] else "", one["msg"].removeprefix("Value error, "))
            for one in error.errors(include_url=False)
        ]
    for field, message in found:
        if chosen.get(field):
            raise InputError(
                f"{message}.", field=chosen[field], fix="Give another value, or leave it out to copy the source's."
            )
        if not field and chosen:
            raise InputError(f"{message}.", field="like", fix="Look at what the chosen values mean together.")
    problems = dict.fromkeys(f"{field or 'the request'}: {message}" for field, message in found)
    return Draft[RequestT](problems=tuple(problems), notes=notes)
