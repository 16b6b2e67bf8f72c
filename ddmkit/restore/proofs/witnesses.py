"""The services that can testify, as far as the proofs need them: by the calls that are made, and not by their clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import RdsJob, TaskDetail
from ddmkit.recovery_models.vpc import AddressGroup, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ddmkit.restore.proofs.facts import OwnRestore

__all__ = ["AuditTrail", "DataNodes", "Networks", "TargetDetails", "Witnesses"]


class DataNodes(Protocol):
    """The reads of RDS. Each may raise a ``DDMKitError``."""

    def list_instances(self, *, instance_id: str = "") -> tuple[NodeInstance, ...]:
        """List all data nodes, or the one with this id; an unknown id gives an empty list."""

    def show_job(self, job_id: str) -> RdsJob:
        """Show a job, with the instance that it made."""

    def list_task_details(self, instance_id: str, start: datetime, end: datetime | None = None) -> tuple[TaskDetail, ...]:
        """List the tasks of a node with their parameters."""


class Networks(Protocol):
    """The reads of VPC. Each may raise a ``DDMKitError``."""

    def show_vpc(self, vpc_id: str) -> Vpc:
        """Show a VPC with its address blocks."""

    def show_subnet(self, subnet_id: str) -> Subnet:
        """Show a subnet by the id that RDS and DDM use."""

    def show_security_group(self, group_id: str) -> SecurityGroup:
        """Show a security group with its rules."""

    def list_security_group_rules(self, group_ids: Sequence[str]) -> tuple[SecurityGroupRule, ...]:
        """List the rules of some security groups."""

    def show_address_group(self, group_id: str) -> AddressGroup:
        """Show the addresses of an address group."""


class AuditTrail(Protocol):
    """The read of CTS. It may raise a ``DDMKitError``."""

    def list_traces(self, start: datetime, end: datetime, *, trace_name: str = "") -> tuple[Trace, ...]:
        """List the traces of RDS instances between two instants, which do not count themselves."""


class TargetDetails(Protocol):
    """The newer call of DDM that shows an instance. It may raise a ``DDMKitError``."""

    def show_detail(self, instance_id: str) -> InstanceDetail:
        """Show an instance with its network."""


@dataclass(frozen=True)
class Witnesses:
    """What can testify; ``None`` for a service whose address is not known.

    ``own_restores`` returns what our own records tell about data nodes, given their ids.
    """

    rds: DataNodes | None = None
    vpc: Networks | None = None
    cts: AuditTrail | None = None
    ddm: TargetDetails | None = None
    own_restores: Callable[[Iterable[str]], Iterable[OwnRestore]] = lambda _: ()
