"""The tables of RDS jobs, audit traces, deleted rows and networks, in the form of `storage.schema`."""

from __future__ import annotations

from dataclasses import dataclass

from ddmkit.simulator.storage.schema import TableRow

__all__ = ["AddressGroup", "NodeJob", "RowDeletion", "SecurityRule", "Subnet", "Trace", "Vpc"]


@dataclass(frozen=True)
class NodeJob(TableRow):
    """A job of RDS. The clock decides its status. Source: RDS API, "Querying a Task" (ListJobInfo).

    `kind` is the effect: `restore`, `create`, `delete` or `read-only`. A job can be read from `visible_at` on. `stalls`
    means that the job never ends. `settled` means that the effect has been applied.
    """

    id: str
    name: str
    kind: str
    instance_id: str
    instance_name: str
    created: int
    duration_ms: int
    visible_at: int
    outcome: str = "Completed"
    fail_reason: str = ""
    stalls: bool = False
    settled: bool = False
    source_id: str = ""
    details: str = "{}"


@dataclass(frozen=True)
class Trace(TableRow):
    """An audit trace. Source: CTS API, "Querying Traces". `request` and `response` are JSON text.

    A trace can be read from `record_time` on, and for seven days after `time`.
    """

    id: str
    name: str
    time: int
    record_time: int
    service: str
    resource_type: str
    resource_id: str
    resource_name: str
    code: str
    request: str = ""
    response: str = ""
    trace_type: str = "ApiCall"
    rating: str = "normal"
    user: str = "simulator-operator"


@dataclass(frozen=True)
class RowDeletion(TableRow):
    """Rows of a schema that somebody deleted: at an instant, a percentage of the rows that existed."""

    schema_id: int
    at: int
    percent: int


@dataclass(frozen=True)
class Vpc(TableRow):
    """A VPC. `extended` is a JSON list of its secondary address blocks."""

    id: str
    name: str
    cidr: str
    extended: str = "[]"


@dataclass(frozen=True)
class Subnet(TableRow):
    """A subnet of a VPC."""

    id: str
    vpc_id: str
    name: str
    cidr: str


@dataclass(frozen=True)
class SecurityRule(TableRow):
    """A rule of a security group. None means every protocol, port or address. Source: VPC API v3."""

    id: str
    group_id: str
    direction: str
    protocol: str | None = None
    multiport: str | None = None
    action: str = "allow"
    priority: int = 1
    remote_group_id: str | None = None
    remote_ip_prefix: str | None = None
    remote_address_group_id: str | None = None
    ethertype: str = "IPv4"
    enabled: bool = True


@dataclass(frozen=True)
class AddressGroup(TableRow):
    """A named list of addresses; `addresses` is a JSON list."""

    id: str
    name: str
    addresses: str
