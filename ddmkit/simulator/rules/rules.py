"""The product's rules: which targets and data nodes the service offers, and when it accepts a metadata restore.

Pure decisions over gathered facts. `RULES` is the table of rule, documented code and order; the first broken one is the
answer. Gathering the facts and starting the job are left to the restores. Source of the rules: ddm-api.md 13.2.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ddmkit.simulator.rules.ranges import Range, holds
from ddmkit.simulator.storage.schema import Backup, DataNode, Instance

__all__ = [
    "BACKUP_LIFE_MS",
    "RULES",
    "RestoreFacts",
    "Rule",
    "candidate_objection",
    "first_broken_rule",
    "is_busy_status",
    "is_frozen",
    "target_objection",
    "version_key",
]

BACKUP_LIFE_MS = 30 * 86_400_000
SOURCE_FROM = (2, 3, 2, 11)
TARGET_FROM = (3, 0, 8)


@functools.lru_cache(maxsize=256)
def version_key(text: str, parts: int = 4) -> tuple[int, ...]:
    """Return dotted text as numbers padded with zeros, so that 3.0.10 comes after 3.0.8. Source: ddm-api.md 5.6."""
    numbers = [int(part) if part.isdecimal() else 0 for part in text.split(".")]
    return tuple((numbers + [0] * parts)[: max(parts, len(numbers))])


def is_frozen(instance: Instance) -> bool:
    """Whether an instance is frozen."""
    return instance.status in {"FREEZING", "FROZEN"}


def is_busy_status(instance: Instance) -> bool:
    """Whether an instance's own status says that an action runs on it or that it is faulty."""
    return instance.status != "RUNNING" and not is_frozen(instance)


def target_objection(target: Instance, *, busy: bool, has_node: bool, common_accounts: Iterable[str]) -> str:
    """Return why an instance is unavailable as target, empty when it is available. Source: API page ShowAvalibleDdms.

    Neither the engine version nor schemas and other accounts are among the service's reasons.
    """
    if is_frozen(target):
        return "The DDM instance is frozen."
    if busy or is_busy_status(target):
        return "Another action is being performed on the DDM instance."
    if has_node:
        return "The DDM instance has been associated with a data node."
    names = ", ".join(sorted(common_accounts))
    return f"An account with the same name exists on the DDM instance: {names}." if names else ""


def candidate_objection(candidate: DataNode, source: DataNode, target: Instance, *, taken: bool) -> str:
    """Return why an RDS instance is unavailable for a source data node. Source: API page ShowAvalibleRds."""
    objections = (
        (candidate.engine_name != source.engine_name, "The engine differs from that of the source data node."),
        (candidate.vpc_id != target.vpc_id, "The data node and the DDM instance are in different VPCs."),
        (taken, "The data node has been associated with another DDM instance."),
        (candidate.status != "normal", "The data node is abnormal."),
        (
            version_key(candidate.version) < version_key(source.version),
            "The version is earlier than that of the source data node.",
        ),
        (candidate.read_only, "The data node is read-only."),
    )
    return next((reason for objected, reason in objections if objected), "")


@dataclass(frozen=True)
class RestoreFacts:
    """All that the service looks at before it accepts a metadata restore.

    `at` is the instant asked for, or that of the backup; `taken` are the data nodes that belong to someone.
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
    taken: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """A rule, its number in ddm-api.md 13.2 (empty for what follows from the calls), and the answer when it is broken."""

    name: str
    number: str
    status: int
    code: str
    message: str
    broken: Callable[[RestoreFacts], bool]


def first_broken_rule(facts: RestoreFacts) -> Rule | None:
    """Return the first rule, in the order of the table, that a restore would break."""
    return next((rule for rule in RULES if rule.broken(facts)), None)


def _source(facts: RestoreFacts) -> Instance:
    if facts.source is None:
        raise LookupError("The rule on an unknown source stands first.")
    return facts.source


def _target(facts: RestoreFacts) -> Instance:
    if facts.target is None:
        raise LookupError("The rule on an unknown target stands before those that look at it.")
    return facts.target


def _backup_is_missing(facts: RestoreFacts) -> bool:
    return facts.backup is None or facts.backup.created <= facts.now - BACKUP_LIFE_MS


def _backup_is_foreign(facts: RestoreFacts) -> bool:
    return facts.backup is not None and facts.backup.instance_id != _source(facts).id


def _backup_is_unusable(facts: RestoreFacts) -> bool:
    return facts.backup is not None and facts.backup.status != "normal"


def _time_is_outside(facts: RestoreFacts) -> bool:
    return facts.by_time and (facts.at > facts.now or not holds(facts.ranges, facts.at))


def _any_node(test: Callable[[DataNode, RestoreFacts], bool]) -> Callable[[RestoreFacts], bool]:
    return lambda facts: any(test(node, facts) for node in facts.nodes)


def _too_old_for_sources(facts: RestoreFacts) -> bool:
    # Versions are in one order, so a one-to-one assignment exists exactly when the sorted lists fit side by side.
    given = sorted(version_key(node.version) for node in facts.nodes)
    needed = sorted(version_key(node.version) for node in facts.source_nodes)
    return any(have < want for have, want in zip(given, needed, strict=True))


def _is_extended(node: DataNode, facts: RestoreFacts) -> bool:
    return _target(facts).network == "primary" and node.network == "extended"


def _version_is_foreign(node: DataNode, _: RestoreFacts) -> bool:
    return version_key(node.version)[:2] not in {(5, 7), (8, 0)}


NO_INSTANCE = "The DB instance does not exist."
BUSY = "Another operation is being performed on the DB instance, or the DB instance is faulty."
PARAMETER = "Parameter error."
BAD_TARGET = "Invalid destination DDM instance."
BAD_NODE_STATE = "The status of the RDS instance does not allow it to be associated."
UNAVAILABLE_NODE = "The associated RDS instance is unavailable or in a state that does not allow this operation."
NO_NODE = "The RDS instance does not exist or is in a different VPC."
NO_CONNECTION = "The RDS connectivity check failed."

RULES: tuple[Rule, ...] = (
    Rule("source-exists", "8", 404, "DBS.200002", NO_INSTANCE, lambda f: f.source is None),
    Rule(
        "source-version",
        "6",
        400,
        "DBS.300005",
        "The request could not be processed.",
        lambda f: version_key(_source(f).engine_version) < SOURCE_FROM,
    ),
    Rule("source-is-idle", "", 409, "DBS.200019", BUSY, lambda f: f.source_busy),
    Rule("time-in-range", "7", 400, "DBS.280001", PARAMETER, _time_is_outside),
    Rule("backup-exists", "", 400, "DBS.201203", "The backup does not exist.", _backup_is_missing),
    Rule("backup-of-source", "", 400, "DBS.280001", PARAMETER, _backup_is_foreign),
    Rule("backup-usable", "", 400, "DBS.280001", PARAMETER, _backup_is_unusable),
    Rule("source-has-nodes", "8", 400, "DBS.300103", NO_NODE, lambda f: not f.source_nodes),
    Rule(
        "source-nodes-are-mysql",
        "1",
        400,
        "DBS.300323",
        UNAVAILABLE_NODE,
        lambda f: any(node.engine_name != "mysql" for node in f.source_nodes),
    ),
    Rule("target-exists", "2", 404, "DBS.200002", NO_INSTANCE, lambda f: f.target is None),
    Rule("target-is-not-source", "2", 400, "DBS.300372", BAD_TARGET, lambda f: _target(f).id == _source(f).id),
    Rule("target-is-not-frozen", "", 400, "DBS.280449", "The object is frozen.", lambda f: is_frozen(_target(f))),
    Rule("target-is-idle", "", 409, "DBS.200019", BUSY, lambda f: f.target_busy or is_busy_status(_target(f))),
    Rule("target-has-no-nodes", "2", 400, "DBS.300372", BAD_TARGET, lambda f: f.target_nodes > 0),
    Rule("target-has-no-schemas", "2", 400, "DBS.300372", BAD_TARGET, lambda f: f.target_schemas > 0),
    Rule("target-has-no-accounts", "2", 400, "DBS.300372", BAD_TARGET, lambda f: f.target_accounts > 0),
    Rule(
        "target-version",
        "6",
        400,
        "DBS.300372",
        BAD_TARGET,
        lambda f: version_key(_target(f).engine_version) < TARGET_FROM,
    ),
    Rule(
        "nodes-are-distinct",
        "",
        400,
        "DBS.300108",
        "Duplicate RDS instances in the request.",
        lambda f: len(set(f.requested)) < len(f.requested),
    ),
    Rule("nodes-exist", "", 400, "DBS.300103", NO_NODE, lambda f: len(f.nodes) < len(f.requested)),
    Rule(
        "nodes-count",
        "",
        400,
        "DBS.300102",
        "The number of RDS instances is incorrect.",
        lambda f: len(f.nodes) != len(f.source_nodes),
    ),
    Rule("nodes-are-mysql", "1", 400, "DBS.300323", UNAVAILABLE_NODE, _any_node(lambda n, _: n.engine_name != "mysql")),
    Rule("nodes-vpc", "4", 400, "DBS.300103", NO_NODE, _any_node(lambda n, f: n.vpc_id != _target(f).vpc_id)),
    Rule("nodes-subnet", "4", 400, "DBS.300103", NO_NODE, _any_node(lambda n, f: n.subnet_id != _target(f).subnet_id)),
    Rule(
        "nodes-security-group",
        "4",
        400,
        "DBS.300408",
        NO_CONNECTION,
        _any_node(lambda n, f: n.security_group_id != _target(f).security_group_id),
    ),
    Rule("nodes-extended-network", "5", 400, "DBS.300408", NO_CONNECTION, _any_node(_is_extended)),
    Rule("nodes-are-free", "9", 400, "DBS.300110", BAD_NODE_STATE, _any_node(lambda n, f: n.id in f.taken)),
    Rule("nodes-are-healthy", "9", 400, "DBS.300110", BAD_NODE_STATE, _any_node(lambda n, _: n.status != "normal")),
    Rule("nodes-are-writable", "9", 400, "DBS.300110", BAD_NODE_STATE, _any_node(lambda n, _: n.read_only)),
    Rule("nodes-version", "9", 400, "DBS.300323", UNAVAILABLE_NODE, _too_old_for_sources),
    Rule("nodes-mysql-version", "10", 400, "DBS.300323", UNAVAILABLE_NODE, _any_node(_version_is_foreign)),
    Rule(
        "nodes-table-names",
        "10",
        400,
        "DBS.300368",
        "The value of lower_case_table_names must be 1.",
        _any_node(lambda n, _: n.lower_case_table_names != 1),
    ),
    Rule("nodes-without-ssl", "10", 400, "DBS.300323", UNAVAILABLE_NODE, _any_node(lambda n, _: n.ssl)),
)
