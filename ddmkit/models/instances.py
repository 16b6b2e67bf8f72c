"""DDM instances, as sources and as possible targets of a restore."""

from __future__ import annotations

from typing import Annotated

from ddmkit.models.values import Count, Flag, InstantOrNone, Listed, ServiceModel, Word

__all__ = ["Instance", "InstanceNode", "TargetInstance", "is_healthy"]


class InstanceNode(ServiceModel):
    """One computing node of a DDM instance. Source: API page ShowInstance."""

    node_id: str = ""
    status: Word = ""
    ip: str = ""
    port: str = ""
    group_id: str = ""


class Instance(ServiceModel):
    """A DDM instance. Source: API pages ListInstances and ShowInstance (v1)."""

    id: str
    name: str = ""
    status: Word = ""
    engine_version: Word = ""
    flavor_ref: Word = ""
    created: InstantOrNone = None
    updated: InstantOrNone = None
    vpc_id: str = ""
    subnet_id: str = ""
    security_group_id: str = ""
    available_zone: str = ""
    node_count: Count = None
    access_ip: str = ""
    access_port: str = ""
    admin_user_name: str = ""
    project_id: str = ""
    error_msg: str = ""
    nodes: Annotated[tuple[InstanceNode, ...], Listed] = ()


class TargetInstance(ServiceModel):
    """A DDM instance as a possible target, and whether the service accepts it. Source: API page ShowAvalibleDdms.

    ``engine_version`` is not in the service's list; ``kit.targets`` adds it from the list of instances.
    """

    instance_id: str
    instance_name: str = ""
    status: Word = ""
    available: Flag = False
    unavailable_reason: str = ""
    vpc_name: str = ""
    engine_version: str = ""


def is_healthy(status: str) -> bool:
    """Return whether a status of a DDM instance or data node means healthy (``normal`` or ``RUNNING`` in the APIs)."""
    return status.strip().casefold() in {"normal", "running", "active"}
