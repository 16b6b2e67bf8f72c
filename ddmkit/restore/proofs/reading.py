"""Turn the answers of DDM, RDS and VPC into the facts of the proofs."""

from __future__ import annotations

from collections.abc import Iterable

from ddmkit.models import Instance
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import TaskDetail
from ddmkit.recovery_models.vpc import SecurityGroupRule, Subnet, Vpc
from ddmkit.restore.proofs.facts import Evidence, NodeFacts, Place, Rule, SubnetFacts, VpcFacts
from ddmkit.times import to_ms

__all__ = [
    "SOURCE_TAG",
    "TIME_TAG",
    "evidence_of_tags",
    "evidence_of_tasks",
    "node_facts",
    "place_of_detail",
    "place_of_instance",
    "rule_facts",
    "subnet_facts",
    "vpc_facts",
]

SOURCE_TAG, TIME_TAG = "ddmkit-source", "ddmkit-time"
"""The tags that ddmkit gives to a recovered node: the source node, and the instant in milliseconds."""


def node_facts(instance: NodeInstance) -> NodeFacts:
    """Return the facts about a data node, as RDS lists it."""
    return NodeFacts(
        id=instance.id,
        name=instance.name,
        status=instance.status,
        created_ms=to_ms(instance.created) if instance.created is not None else None,
        version=instance.datastore.complete_version or instance.datastore.version,
        volume_gb=instance.volume.size,
        of_ddm=bool(instance.associated_with_ddm),
        time_zone=instance.time_zone,
        tags=tuple((tag.key, tag.value) for tag in instance.tags if tag.key in {SOURCE_TAG, TIME_TAG}),
        place=Place(
            vpc_id=instance.vpc_id,
            subnet_id=instance.subnet_id,
            security_group_ids=(instance.security_group_id,) if instance.security_group_id else (),
            addresses=instance.private_ips,
            port=instance.port,
        ),
    )


def place_of_instance(instance: Instance) -> Place:
    """Return the place of a DDM instance from the older call, which has the addresses of its computing nodes."""
    return Place(
        vpc_id=instance.vpc_id,
        subnet_id=instance.subnet_id,
        security_group_ids=(instance.security_group_id,) if instance.security_group_id else (),
        addresses=tuple(node.ip for node in instance.nodes if node.ip),
    )


def place_of_detail(detail: InstanceDetail) -> Place:
    """Return the place of a DDM instance from the newer call."""
    groups = (detail.security_group_id,) if detail.security_group_id else ()
    return Place(vpc_id=detail.vpc_id, subnet_id=detail.subnet_id, security_group_ids=groups)


def vpc_facts(vpc: Vpc) -> VpcFacts:
    """Return the address blocks of a VPC."""
    return VpcFacts(id=vpc.id, primary=vpc.cidr, secondary=vpc.extend_cidrs)


def subnet_facts(subnet: Subnet) -> SubnetFacts:
    """Return the address block of a subnet."""
    blocks = (subnet.cidr,) if subnet.cidr else ()
    return SubnetFacts(id=subnet.id, vpc_id=subnet.vpc_id, blocks=blocks, free_addresses=subnet.available_ip_address_count)


def rule_facts(rule: SecurityGroupRule, group_id: str) -> Rule:
    """Return a rule of a security group; a rule that does not name its group belongs to the one that was asked for."""
    return Rule(
        id=rule.id,
        group_id=rule.security_group_id or group_id,
        direction=rule.direction,
        ethertype=rule.ethertype,
        protocol=rule.protocol,
        ports=rule.multiport,
        action=rule.action,
        priority=rule.priority,
        remote_group_id=rule.remote_group_id,
        remote_prefix=rule.remote_ip_prefix,
        remote_address_group_id=rule.remote_address_group_id,
        enabled=rule.enabled,
    )


def evidence_of_tasks(node_id: str, tasks: Iterable[TaskDetail]) -> tuple[Evidence, ...]:
    """Return the statements of finished tasks that recovered something to this node, source and instant both named."""
    found = []
    for task in tasks:
        is_done = task.status.casefold() == "completed"
        if not is_done or task.target_instance_id != node_id or not task.source_instance_id:
            continue
        is_backup = bool(task.backup_id) and task.restore_time is None
        if not is_backup and task.restore_time is None:
            continue
        found.append(
            Evidence(
                kind="task-detail",
                node_id=node_id,
                source_id=task.source_instance_id,
                restore_type="backup" if is_backup else "timestamp",
                restore_time_ms=to_ms(task.restore_time) if task.restore_time is not None else None,
                backup_id=task.backup_id,
                where=f"task {task.id}",
            )
        )
    return tuple(found)


def evidence_of_tags(node: NodeFacts) -> tuple[Evidence, ...]:
    """Return what the tags of a node claim: weak, because anybody who may edit tags can write them."""
    tags = dict(node.tags)
    source, time = tags.get(SOURCE_TAG, ""), tags.get(TIME_TAG, "")
    if not source:
        return ()
    instant = int(time) if time.isascii() and time.isdigit() and len(time) < 15 else None
    return (Evidence(kind="tags", node_id=node.id, source_id=source, restore_time_ms=instant, where="tags of the node"),)
