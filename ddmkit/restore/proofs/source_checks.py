"""Preconditions about the source's data nodes: they exist, are not frozen, are idle, and can be copied as they are."""

from __future__ import annotations

from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.checks.result import Finding, fail, ok, skip, unread, warn
from ddmkit.restore.proofs.recovery_facts import Precondition, RecoveryFacts, SourceNodeFacts, name_nodes
from ddmkit.restore.proofs.time_zones import TIME_ZONES_DIFFER, describe_time_zones

__all__ = ["SOURCE_CHECKS"]

_BUSY = frozenset(
    {"restoring", "modifying", "modifying instance type", "modifying database port", "rebooting", "switchover", "migrating"}
    | {"backing up", "build"}
)


def _read(facts: RecoveryFacts) -> list[tuple[SourceNodeFacts, NodeInstance]]:
    return [(node, node.instance.value) for node in facts.to_recover if node.instance.value is not None]


def _status(instance: NodeInstance) -> str:
    return " ".join(instance.status.replace("_", " ").casefold().split())


def check_sources_exist(facts: RecoveryFacts) -> Finding:
    """Every data node that is to be recovered still exists."""
    gone = [node for node in facts.to_recover if node.instance.missing]
    if gone:
        return fail(
            f"No longer exists: {name_nodes(gone)}. Its automated backups were deleted with it.",
            "Look in the recycle bin of RDS, which keeps a deleted instance for 1 to 7 days, or restore a manual backup.",
        )
    problems = [node for node in facts.to_recover if node.instance.value is None]
    if problems:
        return unread(
            f"Cannot be read: {name_nodes(problems)} ({problems[0].instance.problem}).",
            "A node whose settings are not known cannot be copied.",
            *(node.instance for node in problems),
        )
    seen = tuple(f"{node.words}: {instance.status or 'no status'}" for node, instance in _read(facts))
    return ok(f"All {len(seen)} exist." if seen else "No data node is to be recovered.", seen)


def check_sources_not_frozen(facts: RecoveryFacts) -> Finding:
    """No data node is frozen, and none is in a state from which a recovery often fails."""
    frozen = [
        node
        for node, instance in _read(facts)
        if _status(instance) == "frozen" or (node.activity.value is not None and node.activity.value.frozen)
    ]
    if frozen:
        return fail(
            f"Frozen: {name_nodes(frozen)}.", "Settle the account: the service refuses all work on frozen instances."
        )
    odd = [node for node, instance in _read(facts) if _status(instance) in {"failed", "storage full", "shutdown"}]
    if odd:
        states = ", ".join(f"{node.words} is {instance.status}" for node, instance in _read(facts) if node in odd)
        return warn(
            f"Not healthy: {states}.",
            "A recovery uses the backups and may still work. For a full disk, ask for a larger disk in like=.",
        )
    return ok("None is frozen, failed or full.")


def check_sources_idle(facts: RecoveryFacts) -> Finding:
    """Nothing runs on the data nodes."""
    busy = []
    for node, instance in _read(facts):
        actions = node.activity.value.current_actions if node.activity.value is not None else ()
        if actions or _status(instance) in _BUSY:
            busy.append(f"{node.words} ({', '.join(actions) or instance.status})")
    if busy:
        return warn(
            f"Something runs on {name_nodes(busy)}.",
            "Wait until it has ended; the service answers 409 as long as a node is busy, and nothing is created.",
        )
    unasked = [node for node, _ in _read(facts) if node.activity.value is None]
    seen = tuple(f"{node.words}: running operations not read ({node.activity.problem})" for node in unasked)
    return ok("Nothing runs on them, as far as their status tells." if seen else "Nothing runs on them.", seen)


def check_encryption(facts: RecoveryFacts) -> Finding:
    """An encrypted disk needs its key for the copy."""
    locked = [node for node, instance in _read(facts) if instance.disk_encryption_id]
    if locked:
        return warn(
            f"The disk is encrypted: {name_nodes(locked)}. Whether the key can be used is not shown.",
            "Make sure in the key service (DEW) that the key is enabled and that you may use it.",
        )
    return ok("No disk is encrypted.")


def check_same_settings(facts: RecoveryFacts) -> Finding:
    """All nodes, new ones and those that are taken, have one time zone, and all new ones one parameter template."""
    told = describe_time_zones((node.words, _planned_zone(node)) for node in facts.nodes)
    if told:
        own = describe_time_zones((node.words, _zone_of(node.instance.value)) for node in facts.nodes)
        hint = f"{TIME_ZONES_DIFFER}: give all the same in like=, or take other nodes."
        return (warn if own else fail)(f"The data nodes would differ in their time zone: {told}.", hint)
    templates = {node.request.configuration_id or "the default" for node in facts.nodes if node.request is not None}
    if len(templates) > 1:
        return warn(
            f"The new nodes would have different parameter templates: {', '.join(sorted(templates))}.",
            "DDM refuses data nodes that differ in sql_mode or lower_case_table_names (DBS.300334, DBS.300368): give all "
            "the same template in like={'nodes': ...}, or compare the two in the console.",
        )
    return ok("All have one time zone, and all new ones one parameter template.")


def _planned_zone(node: SourceNodeFacts) -> str:
    if node.request is not None:
        return node.request.time_zone
    return "" if node.taken is None else _zone_of(node.taken.value)


def _zone_of(instance: NodeInstance | None) -> str:
    return "" if instance is None else instance.time_zone


def check_ssl_off(facts: RecoveryFacts) -> Finding:
    """SSL is off: DDM does not work with data nodes that require it."""
    on = [node for node, instance in _read(facts) if instance.enable_ssl]
    if on:
        return warn(
            f"SSL is on: {name_nodes(on)}. The copy may have it on too.",
            "Switch SSL off on the new node before the metadata restore, if the service does not do it.",
        )
    return ok("SSL is off.")


def tell_binlog(_facts: RecoveryFacts) -> Finding:
    """Whether somebody reset the binary log since the last full backup cannot be read."""
    return skip("No call shows whether the binary log was reset since the last full backup. The recovery would then fail.")


SOURCE_CHECKS = (
    Precondition("source-exists", "Data nodes exist", "Recovery to a point in time needs the instance", check_sources_exist),
    Precondition("source-not-frozen", "Data nodes are not frozen", "RDS error DBS.280449", check_sources_not_frozen),
    Precondition("source-idle", "Data nodes are idle", "RDS: one operation at a time on an instance", check_sources_idle),
    Precondition("encryption", "Encrypted disks", "RDS: the key must be usable for the new instance", check_encryption),
    Precondition(
        *("same-settings", "Settings of all nodes", "DDM errors DBS.300333, DBS.300334, DBS.300368"), check_same_settings
    ),
    Precondition("ssl-off", "SSL of the data nodes", "DDM manual: SSL off on data nodes", check_ssl_off),
    Precondition("binlog-intact", "Binary log", "RDS manual: no RESET MASTER since the full backup", tell_binlog),
)
