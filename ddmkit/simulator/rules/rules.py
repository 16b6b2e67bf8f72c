"""The service's rules: which targets and data nodes are available, and which restores the service accepts.

All functions are pure. `RULES` is the table of rules in the order of their evaluation, each with the documented error; the
service answers with the error of the first broken rule. Source of the rules: ddm-api.md 13.2.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ddmkit.simulator.rules.ranges import Range, contains
from ddmkit.simulator.storage.schema import Backup, DataNode, Instance

__all__ = [
    "BACKUP_LIFE_MS",
    "RULES",
    "RestoreFacts",
    "Rule",
    "candidate_unavailable_reason",
    "first_broken_rule",
    "is_busy_status",
    "is_frozen",
    "target_unavailable_reason",
    "version_key",
]

BACKUP_LIFE_MS = 30 * 86_400_000
SOURCE_FROM = (2, 3, 2, 11)
TARGET_FROM = (3, 0, 8)


@functools.lru_cache(maxsize=256)
def version_key(text: str, parts: int = 4) -> tuple[int, ...]:
    """Convert a dotted version to numbers, so that 3.0.10 is greater than 3.0.8. Source: ddm-api.md 5.6."""
    numbers = [int(part) if part.isdecimal() else 0 for part in text.split(".")]
    return tuple((numbers + [0] * parts)[: max(parts, len(numbers))])


def is_frozen(instance: Instance) -> bool:
    """Whether an instance is frozen."""
    return instance.status in {"FREEZING", "FROZEN"}


def is_busy_status(instance: Instance) -> bool:
    """Whether the status of an instance means a running action or a fault."""
    return instance.status != "RUNNING" and not is_frozen(instance)


def target_unavailable_reason(target: Instance, *, busy: bool, has_node: bool, common_accounts: Iterable[str]) -> str:
    """Return why a target is unavailable, or "". Source: API page ShowAvalibleDdms.

    The page lists neither the engine version nor schemas nor other accounts among the reasons.
    """
    if is_frozen(target):
        return "The DDM instance is frozen."
    if busy or is_busy_status(target):
        return "Another action is being performed on the DDM instance."
    if has_node:
        return "The DDM instance has been associated with a data node."
    names = ", ".join(sorted(common_accounts))
    return f"An account with the same name exists on the DDM instance: {names}." if names else ""


def candidate_unavailable_reason(candidate: DataNode, source: DataNode, target: Instance, *, associated: bool) -> str:
    """Return why an RDS instance cannot replace a source data node, or "". Source: API page ShowAvalibleRds."""
    reasons = (
        (candidate.engine_name != source.engine_name, "The engine differs from that of the source data node."),
        (candidate.vpc_id != target.vpc_id, "The data node and the DDM instance are in different VPCs."),
        (associated, "The data node has been associated with another DDM instance."),
        (candidate.status != "normal", "The data node is abnormal."),
        (
            version_key(candidate.version) < version_key(source.version),
            "The version is earlier than that of the source data node.",
        ),
        (candidate.read_only, "The data node is read-only."),
    )
    return next((reason for applies, reason in reasons if applies), "")


@dataclass(frozen=True)
class RestoreFacts:
    """Everything that the rules check before the service accepts a metadata restore.

    `at` is the requested instant or the instant of the backup. `associated` holds the ids of the data nodes that belong to
    an instance or to a running restore, `unreachable` those that the security groups keep the target away from.
    """

    now: int
    source: Instance | None
    source_busy: bool
    by_time: bool
    at: int
    ranges: tuple[Range, ...]
    backup: Backup | None
    source_nodes: tuple[DataNode, ...]
    target: Instance | None
    target_busy: bool
    target_nodes: int
    target_schemas: int
    target_accounts: int
    requested: tuple[str, ...]
    nodes: tuple[DataNode, ...]
    associated: frozenset[str]
    unreachable: frozenset[str] = frozenset()


class ErrorResponse(NamedTuple):
    """The documented error of a broken rule."""

    status: int
    code: str
    message: str


@dataclass(frozen=True)
class Rule:
    """A rule with its error. `number` refers to ddm-api.md 13.2; it is empty for rules that follow from the calls."""

    name: str
    number: str
    error: ErrorResponse
    broken: Callable[[RestoreFacts], bool]


def first_broken_rule(facts: RestoreFacts) -> Rule | None:
    """Return the first rule of the table that a restore breaks, or None."""
    return next((rule for rule in RULES if rule.broken(facts)), None)


def _source(facts: RestoreFacts) -> Instance:
    if facts.source is None:
        raise LookupError("The rule source-exists must be evaluated first.")
    return facts.source


def _target(facts: RestoreFacts) -> Instance:
    if facts.target is None:
        raise LookupError("The rule target-exists must be evaluated before the rules about the target.")
    return facts.target


def _backup_is_missing(facts: RestoreFacts) -> bool:
    return facts.backup is None or facts.backup.created <= facts.now - BACKUP_LIFE_MS


def _backup_is_foreign(facts: RestoreFacts) -> bool:
    return facts.backup is not None and facts.backup.instance_id != _source(facts).id


def _backup_is_unusable(facts: RestoreFacts) -> bool:
    return facts.backup is not None and facts.backup.status != "normal"


def _time_is_outside(facts: RestoreFacts) -> bool:
    return facts.by_time and (facts.at > facts.now or not contains(facts.ranges, facts.at))


def _any_node(test: Callable[[DataNode, RestoreFacts], bool]) -> Callable[[RestoreFacts], bool]:
    return lambda facts: any(test(node, facts) for node in facts.nodes)


def _too_old_for_sources(facts: RestoreFacts) -> bool:
    # A one-to-one assignment exists exactly when the sorted lists of versions match pair by pair.
    given = sorted(version_key(node.version) for node in facts.nodes)
    needed = sorted(version_key(node.version) for node in facts.source_nodes)
    return any(have < want for have, want in zip(given, needed, strict=True))


def _is_unreachable(node: DataNode, facts: RestoreFacts) -> bool:
    return node.id in facts.unreachable


def _is_extended(node: DataNode, facts: RestoreFacts) -> bool:
    return _target(facts).network == "primary" and node.network == "extended"


def _has_unsupported_version(node: DataNode, _: RestoreFacts) -> bool:
    return version_key(node.version)[:2] not in {(5, 7), (8, 0)}


NO_INSTANCE = ErrorResponse(404, "DBS.200002", "The DB instance does not exist.")
BUSY = ErrorResponse(
    409, "DBS.200019", "Another operation is being performed on the DB instance, or the DB instance is faulty."
)
PARAMETER = ErrorResponse(400, "DBS.280001", "Parameter error.")
NOT_PROCESSED = ErrorResponse(400, "DBS.300005", "The request could not be processed.")
NO_BACKUP = ErrorResponse(400, "DBS.201203", "The backup does not exist.")
FROZEN = ErrorResponse(400, "DBS.280449", "The object is frozen.")
BAD_TARGET = ErrorResponse(400, "DBS.300372", "Invalid destination DDM instance.")
WRONG_COUNT = ErrorResponse(400, "DBS.300102", "The number of RDS instances is incorrect.")
NO_NODE = ErrorResponse(400, "DBS.300103", "The RDS instance does not exist or is in a different VPC.")
DUPLICATES = ErrorResponse(400, "DBS.300108", "Duplicate RDS instances in the request.")
BAD_NODE_STATE = ErrorResponse(400, "DBS.300110", "The status of the RDS instance does not allow it to be associated.")
UNAVAILABLE_NODE = ErrorResponse(
    400, "DBS.300323", "The associated RDS instance is unavailable or in a state that does not allow this operation."
)
TIME_ZONES = ErrorResponse(400, "DBS.300333", "The values of time_zone of the RDS instances are different.")
TABLE_NAMES = ErrorResponse(400, "DBS.300368", "The value of lower_case_table_names must be 1.")
NO_CONNECTION = ErrorResponse(400, "DBS.300408", "The RDS connectivity check failed.")

RULES: tuple[Rule, ...] = (
    Rule("source-exists", "8", NO_INSTANCE, lambda f: f.source is None),
    Rule("source-version", "6", NOT_PROCESSED, lambda f: version_key(_source(f).engine_version) < SOURCE_FROM),
    Rule("source-is-idle", "", BUSY, lambda f: f.source_busy),
    Rule("time-in-range", "7", PARAMETER, _time_is_outside),
    Rule("backup-exists", "", NO_BACKUP, _backup_is_missing),
    Rule("backup-of-source", "", PARAMETER, _backup_is_foreign),
    Rule("backup-usable", "", PARAMETER, _backup_is_unusable),
    Rule("source-has-nodes", "8", NO_NODE, lambda f: not f.source_nodes),
    Rule("source-nodes-are-mysql", "1", UNAVAILABLE_NODE, lambda f: any(n.engine_name != "mysql" for n in f.source_nodes)),
    Rule("target-exists", "2", NO_INSTANCE, lambda f: f.target is None),
    Rule("target-is-not-source", "2", BAD_TARGET, lambda f: _target(f).id == _source(f).id),
    Rule("target-is-not-frozen", "", FROZEN, lambda f: is_frozen(_target(f))),
    Rule("target-is-idle", "", BUSY, lambda f: f.target_busy or is_busy_status(_target(f))),
    Rule("target-has-no-nodes", "2", BAD_TARGET, lambda f: f.target_nodes > 0),
    Rule("target-has-no-schemas", "2", BAD_TARGET, lambda f: f.target_schemas > 0),
    Rule("target-has-no-accounts", "2", BAD_TARGET, lambda f: f.target_accounts > 0),
    Rule("target-version", "6", BAD_TARGET, lambda f: version_key(_target(f).engine_version) < TARGET_FROM),
    Rule("nodes-are-distinct", "", DUPLICATES, lambda f: len(set(f.requested)) < len(f.requested)),
    Rule("nodes-exist", "", NO_NODE, lambda f: len(f.nodes) < len(f.requested)),
    Rule("nodes-count", "", WRONG_COUNT, lambda f: len(f.nodes) != len(f.source_nodes)),
    Rule("nodes-are-mysql", "1", UNAVAILABLE_NODE, _any_node(lambda n, _: n.engine_name != "mysql")),
    Rule("nodes-vpc", "4", NO_NODE, _any_node(lambda n, f: n.vpc_id != _target(f).vpc_id)),
    Rule("nodes-subnet", "4", NO_NODE, _any_node(lambda n, f: n.subnet_id != _target(f).subnet_id)),
    Rule("nodes-security-group", "4", NO_CONNECTION, _any_node(_is_unreachable)),
    Rule("nodes-extended-network", "5", NO_CONNECTION, _any_node(_is_extended)),
    Rule("nodes-are-free", "9", BAD_NODE_STATE, _any_node(lambda n, f: n.id in f.associated)),
    Rule("nodes-are-healthy", "9", BAD_NODE_STATE, _any_node(lambda n, _: n.status != "normal")),
    Rule("nodes-are-writable", "9", BAD_NODE_STATE, _any_node(lambda n, _: n.read_only)),
    Rule("nodes-version", "9", UNAVAILABLE_NODE, _too_old_for_sources),
    Rule("nodes-mysql-version", "10", UNAVAILABLE_NODE, _any_node(_has_unsupported_version)),
    Rule("nodes-time-zone", "", TIME_ZONES, lambda f: len({node.time_zone for node in f.nodes}) > 1),
    Rule("nodes-table-names", "10", TABLE_NAMES, _any_node(lambda n, _: n.lower_case_table_names != 1)),
    Rule("nodes-without-ssl", "10", UNAVAILABLE_NODE, _any_node(lambda n, _: n.ssl)),
)
