"""Checks of the target: available, another instance than the source, new enough, empty, on the nodes' network."""

from __future__ import annotations

from collections.abc import Iterable

from ddmkit.models import Instance, RestoreRequest, TargetInstance, is_below
from ddmkit.restore.checks.result import RESTORING_METADATA, Check, Finding, fail, ok, unread, warn
from ddmkit.restore.inventory import Inventory
from ddmkit.restore.proofs.network import judge_networks

__all__ = ["TARGET_CHECKS", "check_target_empty", "empty_as_created", "judge_targets"]

TARGET_MINIMUM = "3.0.8"


def check_target_available(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The service lists the target as one that may be restored to."""
    if inventory.targets.value is None:
        if inventory.target.missing:
            return fail(f"The target does not exist ({inventory.target.problem}).", "Choose an instance of this project.")
        return unread(
            f"The possible targets cannot be read ({inventory.targets.problem}).",
            "Only instances that the service lists as available may be chosen.",
            inventory.targets,
        )
    listed = inventory.listed_target(request.target_instance_id)
    if listed is None:
        return fail(
            f"{request.target_instance_id} is not among the {len(inventory.targets.value)} possible targets.",
            "Choose a new, empty DDM instance of the same project and region; in code, kit.targets(source) lists them.",
        )
    if not listed.available:
        reason = listed.unavailable_reason.rstrip(".") or "the service gives no reason"
        return fail(
            f"{listed.instance_name} is unavailable: {reason}.",
            "Fix what the service names, or choose another target (in code: kit.targets(source)).",
        )
    return ok(f"{listed.instance_name} is available, status {listed.status or 'not told'}.")


def compare_target_to_source(_inventory: Inventory, request: RestoreRequest) -> Finding:
    """The target is not the source itself."""
    if request.target_instance_id == request.source_instance_id:
        return fail(
            "Source and target are the same instance.",
            "Restore to a new, empty DDM instance; the source is left as it is.",
        )
    return ok("Source and target are two instances.")


def is_too_old(version: str) -> bool | None:
    """Return whether a target's engine is below the least version; ``None`` when the version cannot be read."""
    return is_below(version, TARGET_MINIMUM)


def judge_targets(listed: Iterable[TargetInstance], instances: Iterable[Instance]) -> tuple[TargetInstance, ...]:
    """Return the possible targets with their engine versions; one whose engine is too old is unavailable.

    The service's list does not look at the engine, and its restore refuses an old one.
    """
    versions = {one.id: one.engine_version for one in instances}
    return tuple(_judge_target(one, versions.get(one.instance_id, "")) for one in listed)


def _judge_target(listed: TargetInstance, version: str) -> TargetInstance:
    known = listed.model_copy(update={"engine_version": version})
    if not is_too_old(version):
        return known
    reasons = [listed.unavailable_reason, f"its engine is {version}, below {TARGET_MINIMUM}"]
    all_reasons = "; ".join(reason for reason in reasons if reason)
    return known.model_copy(update={"available": False, "unavailable_reason": all_reasons})


def compare_target_version(inventory: Inventory, _request: RestoreRequest) -> Finding:
    """The target's engine is new enough to be restored to."""
    version = inventory.target.value.engine_version if inventory.target.value else ""
    is_refused = is_too_old(version)
    if is_refused is None:
        return warn(
            f"The target's engine version is not readable ({version or inventory.target.problem}).",
            f"Make sure in the console that it is {TARGET_MINIMUM} or later.",
        )
    if is_refused:
        return fail(
            f"The target's engine is {version}, below {TARGET_MINIMUM}.",
            "Upgrade the target, or create a new instance with a current engine.",
        )
    return ok(f"Engine {version}, at least {TARGET_MINIMUM}.")


def check_target_empty(inventory: Inventory, _request: RestoreRequest) -> Finding:
    """The target holds no schemas, data nodes or accounts."""
    schemas, accounts = inventory.target_schemas.value or (), inventory.target_accounts.value or ()
    administrator = inventory.target.value.admin_user_name if inventory.target.value else ""
    named_nowhere = not administrator and (inventory.target.is_read or inventory.target.unpublished)
    if len(accounts) == 1 and named_nowhere:
        administrator = accounts[0].name  # every instance has an administrator; the warning below asks a person
    others = [account.name for account in accounts if account.name != administrator]
    node_ids = sorted({node.id for schema in schemas for node in schema.used_rds})
    held = [
        _describe_some("schema", [schema.name for schema in schemas]),
        _describe_some("data node", node_ids),
        _describe_some("account", others),
    ]
    if any(held):
        return fail(
            f"The target holds {', '.join(part for part in held if part)}.",
            "Use a new DDM instance. Do not empty one that somebody may need.",
        )
    not_read = [fact for fact in (inventory.target_schemas, inventory.target_accounts) if not fact.is_read]
    if not_read:
        return unread(
            f"Cannot tell whether the target is empty ({' '.join(fact.problem for fact in not_read)}).",
            "A target that is not empty must not be restored to.",
            *not_read,
        )
    if accounts and named_nowhere:
        return warn(
            f"The target holds one account, {administrator}. The service does not say who the administrator is.",
            "Accept this only if it is the administrator that was created with the instance.",
        )
    if accounts:
        return warn(
            f"The target holds only its administrator account, {administrator}.",
            "Whether the service counts it as an account is undocumented; if it refuses, that is the likely cause.",
        )
    return ok("No schemas, no data nodes, no accounts.")


def empty_as_created(inventory: Inventory, request: RestoreRequest) -> Finding | None:
    """Return that a target is empty which its own recovery created without an account, where accounts cannot be listed.

    ``None`` when the accounts can be listed, or when anything that is shown speaks against it. An account of the same name
    would make the target unavailable (API page ShowAvalibleDdms: unavailable_reason).
    """
    target, listed = inventory.target.value, inventory.listed_target(request.target_instance_id)
    if not inventory.target_accounts.unpublished or inventory.target_schemas.value != ():
        return None
    if target is None or target.admin_user_name or listed is None or not listed.available:
        return None
    return ok(
        "No schemas, no data nodes. This edition of the service does not list accounts; this recovery created the target "
        "without one.",
        (
            "own record: the request that created it names no administrator",
            "ShowInstance: no administrator",
            "ShowAvalibleDdms: available, which an account of the same name would prevent",
        ),
    )


def _describe_some(noun: str, names: list[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"{len(names)} {noun}{'s' if len(names) > 1 else ''} ({shown})"


def compare_networks(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The target and its data nodes are in one subnet, and the security groups let the target reach its data nodes."""
    by_name = _compare_names(inventory, request)
    if inventory.network is None or by_name.status == "fail":
        return by_name
    verdict = judge_networks(inventory.network, request.data_nodes)
    tried = "; ".join(map(str, inventory.network.tried))
    detail = f"{verdict.detail} Tried: {tried}." if verdict.status == "warn" and tried else verdict.detail
    return Finding(verdict.status, detail, verdict.hint, verdict.evidence)


def _compare_names(inventory: Inventory, request: RestoreRequest) -> Finding:
    """Compare the names of the VPCs, which the lists of DDM show. They can only refute: two VPCs may have one name."""
    listed = inventory.listed_target(request.target_instance_id)
    rows = inventory.candidate_rows()
    nodes = [rows[node_id] for node_id in request.data_nodes if node_id in rows and rows[node_id].vpc_name]
    if listed is None or not listed.vpc_name or not nodes:
        return warn(
            "The networks of target and data nodes cannot be compared: the service does not show both.",
            "Make sure that they are in the same VPC and subnet, with the same security-group rules.",
        )
    strangers = [node for node in nodes if node.vpc_name != listed.vpc_name]
    if strangers:
        named = ", ".join(f"{node.instance_name} in {node.vpc_name}" for node in strangers[:5])
        return fail(
            f"The target is in {listed.vpc_name}, but {len(strangers)} of the data nodes are not: {named}.",
            "Choose data nodes in the target's VPC.",
        )
    unseen = len(set(request.data_nodes)) - len({node.instance_id for node in nodes})
    if unseen:
        return warn(
            f"The target is in {listed.vpc_name}; the network of {unseen} of the data nodes is not shown.",
            "Make sure that they are in the same VPC and subnet, with the same security-group rules.",
        )
    return warn(
        f"Target and data nodes are all in {listed.vpc_name}. Subnet, security group and secondary CIDR were not read.",
        "Compare them in the console: same subnet, same security-group rules; and not the target in the primary network "
        "with its nodes in the extended one.",
    )


TARGET_CHECKS = (
    Check(
        "target-available",
        "Target availability",
        "API page ShowAvalibleDdms: available, unavailable_reason",
        check_target_available,
    ),
    Check(
        "target-not-source",
        "Target and source",
        f"{RESTORING_METADATA}: the target is a new instance",
        compare_target_to_source,
    ),
    Check(
        "target-version",
        "Target engine version",
        f"{RESTORING_METADATA}: target engine 3.0.8 or later",
        compare_target_version,
    ),
    Check(
        "target-empty",
        "Content of the target",
        f"{RESTORING_METADATA}: no schemas, data nodes or accounts on the target",
        check_target_empty,
    ),
    Check(
        "same-network",
        "Network of target and data nodes",
        f"{RESTORING_METADATA}: same VPC and subnet, same security-group rules",
        compare_networks,
    ),
)
