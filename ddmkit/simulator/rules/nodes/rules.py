"""The rules of RDS for a request that creates an instance, with or without a point to restore.

All functions are pure; `NODE_RULES` is the table in the order of evaluation, each rule with its documented error. Source:
RDS API, "Creating a DB Instance", "Restoring Data to a New DB Instance", and the table of error codes; the codes for wrong
zones are those of public failure reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.nodes.catalog import LARGEST_GB, SMALLEST_GB, STORAGE_TYPES, VERSIONS, ZONES, flavour_named
from ddmkit.simulator.rules.ranges import Range, contains
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["NODE_RULES", "NodeFacts", "NodeRequest", "first_broken_node_rule", "major_minor", "size_gb"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{3,63}")
_PASSWORD = re.compile(r"[A-Za-z0-9~!@#$%^*\-_=+?,()&]{8,32}")
_CLASSES = ("[A-Z]", "[a-z]", "[0-9]", r"[^A-Za-z0-9]")
_TIME_ZONE = re.compile(r"UTC(?:[+-](?:0\d|1[0-2]):\d\d)?")
_WINDOW = re.compile(r"(\d\d):(00|15|30|45)-(\d\d):(00|15|30|45)")
_TAKEN_PORTS = {12017, 33071}
_MOST_TAGS = 20


@dataclass(frozen=True)
class NodeRequest:
    """A request for a new instance. Without `source_id` it is a plain one. `body` is the request as it was sent."""

    name: str
    flavor_ref: str
    volume_type: str
    volume_gb: int
    zones: tuple[str, ...]
    vpc_id: str
    subnet_id: str
    security_group_id: str
    body: dict[str, Any]
    password: str = ""
    ha_mode: str = ""
    replication_mode: str = ""
    port: int = 3306
    time_zone: str = "UTC"
    keep_days: int = 0
    backup_window: str = ""
    tags: str = "[]"
    tag_count: int = 0
    engine: str = ""
    version: str = ""
    source_id: str | None = None
    restore_type: str = "backup"
    restore_time: int | None = None
    backup_id: str | None = None
    count: int = 1
    enterprise_project_id: str = "0"
    disk_encryption_id: str = ""
    configuration_id: str = ""
    charge_mode: str = "postPaid"
    dry_run: bool = False


@dataclass(frozen=True)
class NodeFacts:
    """Everything that the rules check. `at` is the instant of the content, None when it cannot be had."""

    request: NodeRequest
    source: DataNode | None
    source_status: str
    ranges: tuple[Range, ...]
    at: int | None
    name_exists: bool
    vpc_exists: bool
    subnet_in_vpc: bool
    group_exists: bool
    used: int
    quota: int
    needs_password: bool


@dataclass(frozen=True)
class NodeRule:
    """A rule with its error: status, code and text."""

    name: str
    status: int
    code: str
    message: str
    broken: Callable[[NodeFacts], bool]

    def error(self) -> ApiError:
        """Return the documented error."""
        return ApiError(self.status, self.code, self.message)


def first_broken_node_rule(facts: NodeFacts) -> NodeRule | None:
    """Return the first rule of the table that a request breaks, or None."""
    return next((rule for rule in NODE_RULES if rule.broken(facts)), None)


def size_gb(node: DataNode) -> int:
    """Return the size of the volume in GB; DDM shows bytes."""
    return round(node.volume_bytes / 1_000_000_000)


def major_minor(version: str) -> str:
    """Return the first two numbers of a version."""
    return ".".join(version.split(".")[:2])


def _restores(facts: NodeFacts) -> bool:
    return facts.request.source_id is not None


def _is_point_unclear(facts: NodeFacts) -> bool:
    request = facts.request
    given = {"timestamp": (True, False), "backup": (False, True)}.get(request.restore_type)
    return _restores(facts) and (request.restore_time is not None, request.backup_id is not None) != given


def _is_time_outside(facts: NodeFacts) -> bool:
    request = facts.request
    by_time = _restores(facts) and request.restore_type == "timestamp"
    return by_time and not contains(facts.ranges, request.restore_time or 0)


def _is_backup_missing(facts: NodeFacts) -> bool:
    return _restores(facts) and facts.request.restore_type == "backup" and facts.at is None


def _version(facts: NodeFacts) -> str:
    return facts.source.version if facts.source else facts.request.version


def _has_foreign_engine(facts: NodeFacts) -> bool:
    request = facts.request
    if facts.source is None:
        return request.engine.lower() != "mysql" or major_minor(request.version) not in VERSIONS
    same = request.version in {"", facts.source.version, major_minor(facts.source.version)}
    return facts.source.engine_name != "mysql" or request.engine.lower() not in {"", "mysql"} or not same


def _is_flavour_unknown(facts: NodeFacts) -> bool:
    flavour = flavour_named(facts.request.flavor_ref)
    return flavour is None or flavour.mode == "replica"


def _has_wrong_mode(facts: NodeFacts) -> bool:
    return facts.request.ha_mode.lower() not in {"", "ha", "single"}


def _has_wrong_zones(facts: NodeFacts) -> bool:
    request, flavour = facts.request, flavour_named(facts.request.flavor_ref)
    pair = flavour is not None and flavour.mode == "ha"
    complete = not pair or (request.ha_mode.lower() == "ha" and request.replication_mode in {"async", "semisync"})
    unfit = not pair and request.ha_mode.lower() == "ha"
    return unfit or not complete or len(request.zones) != (2 if pair else 1) or not set(request.zones) <= set(ZONES)


def _is_too_small(facts: NodeFacts) -> bool:
    return facts.source is not None and facts.request.volume_gb < size_gb(facts.source)


def _is_password_weak(facts: NodeFacts) -> bool:
    password = facts.request.password
    if not password:
        return facts.needs_password
    classes = sum(bool(re.search(kind, password)) for kind in _CLASSES)
    return not _PASSWORD.fullmatch(password) or classes < 3


def _is_port_taken(facts: NodeFacts) -> bool:
    port = facts.request.port
    return not 1024 <= port <= 65535 or port in _TAKEN_PORTS


def _is_window_wrong(facts: NodeFacts) -> bool:
    request = facts.request
    if not request.backup_window:
        return request.keep_days > 0
    match = _WINDOW.fullmatch(request.backup_window)
    return match is None or int(match[3]) != (int(match[1]) + 1) % 24 or match[2] != match[4]


def _parameter(name: str, broken: Callable[[NodeFacts], bool]) -> NodeRule:
    return NodeRule(name, 400, "DBS.280001", "Parameter error.", broken)


BUSY_STATES = {"BUILD", "RESTORING", "MODIFYING", "REBOOTING"}
NODE_RULES: tuple[NodeRule, ...] = (
    _parameter("point-is-clear", _is_point_unclear),
    NodeRule("name", 400, "DBS.200021", "Invalid instance name.", lambda f: not _NAME.fullmatch(f.request.name)),
    NodeRule(
        *("source-exists", 404, "DBS.200002", "The DB instance does not exist."), lambda f: _restores(f) and f.source is None
    ),
    NodeRule("source-not-frozen", 400, "DBS.280449", "The object is frozen.", lambda f: f.source_status == "FROZEN"),
    NodeRule("source-idle", 409, "DBS.200047", "The DB instance is busy.", lambda f: f.source_status in BUSY_STATES),
    NodeRule(
        *("no-backup-runs", 409, "DBS.201205", "A backup is being created."), lambda f: f.source_status == "BACKING UP"
    ),
    NodeRule("name-is-free", 409, "DBS.200022", "Instance name already exists.", lambda f: f.name_exists),
    NodeRule("engine", 400, "DBS.201207", "The DB engine or version does not match.", _has_foreign_engine),
    NodeRule("flavour", 400, "DBS.200053", "Invalid flavor.", _is_flavour_unknown),
    NodeRule("mode", 400, "DBS.200051", "Invalid HA mode.", _has_wrong_mode),
    NodeRule("zones", 400, "DBS.280285", "Invalid AZ.", _has_wrong_zones),
    NodeRule(
        "volume-type", 400, "DBS.200026", "Invalid storage type.", lambda f: f.request.volume_type not in STORAGE_TYPES
    ),
    NodeRule(
        *("volume-range", 400, "DBS.200023", "The storage space is out of range."),
        lambda f: not SMALLEST_GB <= f.request.volume_gb <= LARGEST_GB,
    ),
    NodeRule(
        *("volume-step", 400, "DBS.200027", "The storage space must be a multiple of 10 GB."),
        lambda f: f.request.volume_gb % 10 != 0,
    ),
    NodeRule("volume-size", 400, "DBS.200306", "The storage space is smaller than the original one.", _is_too_small),
    NodeRule("vpc", 404, "DBS.200503", "The VPC does not exist.", lambda f: not f.vpc_exists),
    NodeRule("subnet", 404, "DBS.200501", "The subnet does not exist in this VPC.", lambda f: not f.subnet_in_vpc),
    NodeRule("group", 404, "DBS.200050", "The security group does not exist in this VPC.", lambda f: not f.group_exists),
    NodeRule("password", 400, "DBS.200052", "Invalid password.", _is_password_weak),
    _parameter("port", _is_port_taken),
    _parameter("time-zone", lambda f: not _TIME_ZONE.fullmatch(f.request.time_zone)),
    NodeRule(
        *("keep-days", 400, "DBS.280250", "Invalid backup retention period."), lambda f: not 0 <= f.request.keep_days <= 732
    ),
    NodeRule("backup-window", 400, "DBS.280253", "Invalid backup start time.", _is_window_wrong),
    NodeRule("tags", 400, "DBS.200087", "The number of tags exceeds the quota.", lambda f: f.request.tag_count > _MOST_TAGS),
    _parameter("count", lambda f: not 1 <= f.request.count <= 50 or (_restores(f) and f.request.count > 1)),
    # No code is documented for an instant outside the ranges.
    NodeRule("time-in-range", 400, "DBS.200001", "Parameter error: restore_time.", _is_time_outside),
    NodeRule("backup-exists", 404, "DBS.201010", "The backup does not exist.", _is_backup_missing),
    NodeRule(*("quota", 413, "DBS.200046", "The instance quota is used up."), lambda f: f.used + f.request.count > f.quota),
)
