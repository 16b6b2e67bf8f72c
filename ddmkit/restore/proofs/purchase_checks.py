"""Preconditions about what will be created: flavours and zones for sale, disks, quota, addresses, network and names."""

from __future__ import annotations

from collections import Counter

from ddmkit.models import version_key
from ddmkit.recovery_models.rds import NodeFlavor
from ddmkit.recovery_models.requests import NodeRestoreRequest
from ddmkit.restore.checks.result import Finding, fail, ok, skip, warn
from ddmkit.restore.proofs.recovery_facts import Precondition, RecoveryFacts, SourceNodeFacts, name_nodes
from ddmkit.times import to_ms

__all__ = ["PURCHASE_CHECKS"]


def _requests(facts: RecoveryFacts) -> list[tuple[SourceNodeFacts, NodeRestoreRequest]]:
    return [(node, node.request) for node in facts.nodes if node.request is not None]


def _flavours_for(facts: RecoveryFacts, node: SourceNodeFacts) -> tuple[NodeFlavor, ...] | None:
    version = node.instance.value.datastore.version if node.instance.value is not None else ""
    listed = facts.flavours.get(".".join(version.split(".")[:2]))
    return listed.value if listed is not None else None


def check_flavours_on_sale(facts: RecoveryFacts) -> Finding:
    """The flavour of every new node is for sale in each of its zones."""
    sold_out, unasked, unnamed = [], [], []
    for node, request in _requests(facts):
        listed = _flavours_for(facts, node)
        if listed is None:
            unasked.append(node)
            continue
        own = next((one for one in listed if one.spec_code == request.flavor_ref), None)
        bad = [zone for zone in dict.fromkeys(request.zones) if own is None or own.is_sold_in(zone) is False]
        if own is not None:
            unnamed += [f"{node.words} in {zone}" for zone in dict.fromkeys(request.zones) if own.is_sold_in(zone) is None]
        if bad:
            others = _alternatives(listed, request, own)
            sold_out.append(f"{node.words}: {request.flavor_ref} in {', '.join(bad)}; for sale: {others}")
    if sold_out:
        return fail(f"Not for sale: {name_nodes(sold_out)}.", "Choose another flavour or zone in like=.", tuple(sold_out))
    if unasked or unnamed:
        return warn(
            f"What is for sale cannot be read for {name_nodes([*unasked, *unnamed])}.",
            "Look in the console of RDS whether the flavour can be bought in these zones.",
        )
    return ok("The flavour of every new node is for sale in its zones.")


def _alternatives(listed: tuple[NodeFlavor, ...], request: NodeRestoreRequest, own: NodeFlavor | None) -> str:
    mode = own.instance_mode if own is not None else "ha" if request.ha is not None else "single"
    fitting = [
        one.spec_code
        for one in listed
        if one.instance_mode.casefold() == mode.casefold()
        and one.spec_code != request.flavor_ref
        and all(one.is_sold_in(zone) for zone in request.zones)
        and (own is None or (one.vcpus, one.ram) == (own.vcpus, own.ram))
    ]
    return name_nodes(fitting, 3) or "no flavour of this size"


def check_versions(facts: RecoveryFacts) -> Finding:
    """The version of every data node can still be bought."""
    gone = []
    for node, request in _requests(facts):
        instance, listed = node.instance.value, _flavours_for(facts, node)
        if instance is None or listed is None:
            continue
        own = next((one for one in listed if one.spec_code == request.flavor_ref), None)
        major = ".".join(instance.datastore.version.split(".")[:2])
        if own is not None and own.version_name and major not in own.version_name:
            gone.append(f"{node.words} ({instance.datastore.version})")
    if gone:
        return warn(
            f"The flavour is not offered for the version of {name_nodes(gone)}.",
            "The service chooses the exact version of a copy. A version below the source's is refused by DDM later.",
        )
    return ok("The version of every data node is offered.")


def check_volumes(facts: RecoveryFacts) -> Finding:
    """Every new disk is at least as large as the source's and as its backup needs."""
    small = []
    for node, request in _requests(facts):
        size, instance = request.volume.size, node.instance.value
        needed = [instance.volume.size] if instance is not None and instance.volume.size is not None else []
        full = [one for one in node.backups.value or () if one.is_completed and one.is_full and one.end_time is not None]
        used = [one for one in full if one.end_time is not None and to_ms(one.end_time) <= facts.restore_time_ms]
        least = max(used, key=lambda one: one.end_time or 0, default=None)
        if least is not None and least.min_data_volume_capacity_for_restore is not None:
            needed.append(least.min_data_volume_capacity_for_restore)
        if needed and size < max(needed):
            small.append(f"{node.words}: {size} GB, at least {-(-max(needed) // 10) * 10} GB are needed")
    if small:
        return fail(
            f"Disk too small: {name_nodes(small)}.", "Give a larger disk in like=, a multiple of 10 GB.", tuple(small)
        )
    return ok("Every disk is at least as large as the source's.")


def check_ha(facts: RecoveryFacts) -> Finding:
    """A flavour for HA comes with a standby and two zones, and any other flavour without."""
    wrong = []
    for node, request in _requests(facts):
        is_ha = _is_ha_flavour(facts, node, request.flavor_ref)
        if is_ha and request.ha is None:  # the request itself has two zones with ha, and one without
            wrong.append(f"{node.words} (HA flavour {request.flavor_ref} without standby or second zone)")
        elif is_ha is False and request.ha is not None:
            wrong.append(f"{node.words} ({request.flavor_ref} is no HA flavour)")
    if wrong:
        return fail(
            f"Standby and flavour do not fit: {name_nodes(wrong)}.",
            "Give ha and two zones for an HA flavour, ha=None and one zone for any other. The service answers 'Invalid AZ' "
            "(DBS.280285) otherwise.",
        )
    return ok("Standby, zones and flavour fit together.")


def _is_ha_flavour(facts: RecoveryFacts, node: SourceNodeFacts, spec_code: str) -> bool | None:
    """Return what the service's list says of a flavour, or else its name or the source; ``None`` if nothing tells."""
    own = next((one for one in _flavours_for(facts, node) or () if one.spec_code == spec_code), None)
    if own is not None and own.instance_mode:
        return own.instance_mode.casefold() == "ha"
    if spec_code.endswith(".ha"):
        return True
    source = node.instance.value
    return source.is_ha if source is not None and source.flavor_ref == spec_code else None


def check_quota(facts: RecoveryFacts) -> Finding:
    """The quota is enough for all new nodes at once."""
    wanted = len(facts.to_recover)
    if facts.quotas.value is None:
        return warn(
            f"The quota cannot be read ({facts.quotas.problem}).", f"Make sure that {wanted} more RDS instances are allowed."
        )
    left = next((one.left for one in facts.quotas.value if one.type.casefold() == "instance"), None)
    if left is None:
        return warn("The service does not show a quota of instances.", f"Make sure that {wanted} more are allowed.")
    if left < wanted:
        return fail(
            f"{left} more RDS instances are allowed, {wanted} are needed.",
            "Ask for a higher quota, or delete instances that nobody needs. The service itself checks this one by one.",
        )
    return ok(f"{left} more RDS instances are allowed, {wanted} are needed.")


def check_addresses(facts: RecoveryFacts) -> Finding:
    """Each subnet has enough free addresses."""
    needed: Counter[str] = Counter()
    for _, request in _requests(facts):
        needed[request.subnet_id] += 3 if request.ha is not None else 1
    if facts.target is not None:
        needed[facts.target.subnet_id] += facts.target.node_num + 1
    few, unasked = [], []
    for subnet_id, count in needed.items():
        read = facts.subnets.get(subnet_id)
        free = read.value.free_addresses if read is not None and read.value is not None else None
        if free is None:
            unasked.append(subnet_id)
        elif free < count:
            few.append(f"{subnet_id} has {free} free addresses, about {count} are needed")
    if few:
        return warn(f"Few addresses: {name_nodes(few)}.", "Free some, or choose another subnet for nodes and target alike.")
    if unasked:
        return ok(f"Free addresses not shown: {name_nodes(unasked)}. The service refuses a request that finds none.")
    return ok("The subnets have enough free addresses.")


def check_network(facts: RecoveryFacts) -> Finding:
    """All new instances are asked for in one subnet; that subnet is in the VPC, and the security groups exist."""
    asked = [(request.vpc_id, request.subnet_id, request.security_group_id) for _, request in _requests(facts)]
    if facts.target is not None:
        asked.append((facts.target.vpc_id, facts.target.subnet_id, facts.target.security_group_id))
    places = sorted({(vpc, subnet) for vpc, subnet, _ in asked})
    if len(places) > 1:
        words = "; ".join(f"VPC {vpc}, subnet {subnet}" for vpc, subnet in places)
        return fail(
            f"Several networks are asked for: {words}.", "Nodes and target need one subnet: set it for all in like=."
        )
    for vpc, subnet in places:
        read = facts.subnets.get(subnet)
        if read is not None and read.missing:
            return fail(f"Subnet {subnet} does not exist.", "Choose one that exists, for nodes and target alike.")
        if read is not None and read.value is not None and read.value.vpc_id not in {"", vpc}:
            return fail(f"Subnet {subnet} is in VPC {read.value.vpc_id}, not in {vpc}.", "Give the subnet's own VPC.")
    groups = dict.fromkeys(group for *_, group in asked)
    gone = [one for one in groups if one in facts.security_groups and facts.security_groups[one].missing]
    if gone:
        return fail(f"Security group does not exist: {name_nodes(gone)}.", "Choose one that exists.")
    unread_ones = [one for one in groups if one not in facts.security_groups or facts.security_groups[one].value is None]
    unread_ones += [subnet for _, subnet in places if subnet not in facts.subnets or facts.subnets[subnet].value is None]
    if unread_ones:
        return ok(f"One subnet for all. Not read, so not checked: {name_nodes(unread_ones)}.")
    return ok("One subnet for all; it is in the VPC, and the security groups exist.")


def check_names(facts: RecoveryFacts) -> Finding:
    """The names of the new instances are free and different."""
    names = [request.name for _, request in _requests(facts)] + ([facts.target.name] if facts.target is not None else [])
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        return fail(f"Given twice: {name_nodes(doubled)}.", "Plan again: names are made with a random ending.")
    if facts.names.value is None:
        return warn(
            f"The names in use cannot be read ({facts.names.problem}).",
            "The names have a random ending. If one is taken all the same, the service refuses it, and nothing is created.",
        )
    taken = sorted(set(names).intersection(facts.names.value))
    if taken:
        return fail(f"Taken: {name_nodes(taken)}.", "Plan again: names are made with a random ending.")
    return ok("All names are free.")


def check_target_on_sale(facts: RecoveryFacts) -> Finding:
    """The flavour of the new target is for sale in its zones."""
    if facts.target is None:
        return skip("The target exists already.")
    if facts.target_flavours.value is None:
        return warn(
            f"What DDM sells cannot be read ({facts.target_flavours.problem}).",
            f"Look in the console of DDM: {facts.target.flavor_ref} in {', '.join(facts.target.available_zones)}.",
        )
    asked = facts.target.flavor_ref
    own = next((one for one in facts.target_flavours.value if asked in {one.spec_code, one.id}), None)
    bad = [zone for zone in facts.target.available_zones if own is None or own.is_sold_in(zone) is False]
    if bad:
        zones = facts.target.available_zones
        others = [one.spec_code for one in facts.target_flavours.value if all(one.is_sold_in(zone) for zone in zones)]
        return fail(
            f"{asked} is not for sale in {', '.join(bad)}. For sale there: {name_nodes(others) or 'nothing'}.",
            "Choose another flavour or zone for the target in like=.",
        )
    unnamed = [zone for zone in facts.target.available_zones if own is not None and own.is_sold_in(zone) is None]
    if unnamed:
        return warn(
            f"Whether {asked} is for sale in {', '.join(unnamed)} cannot be read.",
            "Look in the console of DDM whether the flavour can be bought in these zones.",
        )
    return ok(f"{asked} is for sale in {', '.join(facts.target.available_zones)}.")


def check_target_version(facts: RecoveryFacts) -> Finding:
    """The engine of the new target is new enough."""
    if facts.target is None:
        return skip("The target exists already.")
    key, least = version_key(facts.target.engine_version), version_key("3.0.8")
    if key is None or least is None or key < least:
        return fail(f"The target's engine would be {facts.target.engine_version}.", "Choose an engine of 3.0.8 or later.")
    return ok(f"Engine {facts.target.engine_version}.")


def tell_balance(_facts: RecoveryFacts) -> Finding:
    """The balance of the account is not asked for; frozen instances are found by their state."""
    return skip("The balance is not read. New nodes and the target are billed on demand from their creation on.")


PURCHASE_CHECKS = (
    Precondition("flavour-on-sale", "Flavours of the new nodes", "API page ListFlavors: az_status", check_flavours_on_sale),
    Precondition("same-version", "Versions of the new nodes", "RDS manual: the versions are equal", check_versions),
    Precondition("volume", "Disks of the new nodes", "RDS manual: at least the size of the source", check_volumes),
    Precondition("ha-complete", "Standby and zones", "API page CreateRestoreInstance: ha", check_ha),
    Precondition("quota", "Quota for all new nodes", "API page ShowQuotas", check_quota),
    Precondition("addresses", "Free addresses", "API page ShowSubnet: available_ip_address_count", check_addresses),
    Precondition(
        "network", "Network of nodes and target", "DDM manual, Restoring Metadata: same VPC and subnet", check_network
    ),
    Precondition("names-free", "Names of the new instances", "RDS error DBS.200022", check_names),
    Precondition("target-on-sale", "Flavour of the target", "API page ListDdmFlavors: az_infos", check_target_on_sale),
    Precondition("target-engine", "Engine of the target", "DDM manual: target engine 3.0.8 or later", check_target_version),
    Precondition("balance", "Balance", "Restores need a balance that is not negative", tell_balance),
)
