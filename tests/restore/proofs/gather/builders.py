"""Stand-ins of the services for the proofs, which count what is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ddmkit.errors import AuthError, DDMKitError, NotFoundError, UnreachableError
from ddmkit.models import Instance
from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import RdsJob
from ddmkit.recovery_models.vpc import AddressGroup, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ddmkit.restore.proofs.gather.proofs import Asked, gather_proofs, list_nodes
from ddmkit.restore.proofs.network import judge_networks
from ddmkit.restore.proofs.nodes import Wanted, judge_nodes
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.times import from_ms
from tests.restore.proofs.builders import HOUR, MINUTE, T, read

CREATED = T + 2 * HOUR
NOW = CREATED + HOUR
NODES, SOURCES = ("new-a", "new-b"), ("old-a", "old-b")
AT = Wanted(restore_time_ms=T, source_ids=SOURCES)
REFUSED = AuthError("403: these credentials may not do this", status=403)
UNPUBLISHED = NotFoundError("404: no such call here", status=404, code="APIGW.0101")
GONE = UnreachableError("no answer", sent=True)


def listed(node_id: str, **changes: Any) -> NodeInstance:
    values = {"id": node_id, "name": f"rds-{node_id}", "status": "ACTIVE", "created": CREATED, "port": 3306}
    place = {"vpc_id": "vpc-1", "subnet_id": "subnet-1", "security_group_id": "sg-1", "private_ips": ["10.0.1.20"]}
    return NodeInstance.model_validate({**values, **place, **changes})


def trace(node_id: str, source_id: str, **changes: Any) -> Trace:
    point = {"instance_id": source_id, "type": "timestamp", "restore_time": T}
    values = {"trace_id": f"t-{node_id}", "trace_name": "createInstance", "service_type": "RDS", "code": 202}
    request = {"restore_point": point}
    return Trace.model_validate({**values, "resource_id": node_id, "time": CREATED - MINUTE, "request": request, **changes})


def trail(*traces: Trace) -> Callable[..., tuple[Trace, ...]]:
    return lambda _start, _end, *, trace_name: tuple(one for one in traces if one.trace_name == trace_name)


def rule(rule_id: str, direction: str, **changes: Any) -> SecurityGroupRule:
    values = {"id": rule_id, "security_group_id": "sg-1", "direction": direction, "ethertype": "IPv4", "action": "allow"}
    return SecurityGroupRule.model_validate({**values, "priority": 1, **changes})


RULES = (rule("in", "ingress", remote_group_id="sg-1"), rule("out", "egress"))


class Service:
    """A stand-in of every service: it answers from its attributes, raises errors among them, and counts what is asked."""

    def __init__(self, **answers: Any) -> None:
        usual: dict[str, Any] = {
            "list_instances": tuple(map(listed, (*NODES, *SOURCES))),
            "list_traces": trail(trace("new-a", "old-a"), trace("new-b", "old-b")),
            "list_security_group_rules": RULES,
            "show_subnet": Subnet(id="subnet-1", cidr="10.0.1.0/24", vpc_id="vpc-1"),
            "show_vpc": Vpc(id="vpc-1", cidr="10.0.0.0/16"),
            "show_security_group": SecurityGroup(id="sg-1"),
            "show_address_group": AddressGroup(id="ag-1", ip_set=("10.0.1.0/24",)),
            "show_detail": InstanceDetail(id="target", vpc_id="vpc-1", subnet_id="subnet-1", security_group_id="sg-1"),
            "show_job": RdsJob.model_validate({"id": "job-1", "status": "Completed", "instance": {"id": "new-a"}}),
            "list_task_details": (),
        }
        self._answers = {**usual, **answers}
        self.asked: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        answer = self._answers[name]

        def method(*arguments: Any, **options: Any) -> Any:
            self.asked.append((name, (*arguments, *options.values())))
            found = answer(*arguments, **options) if callable(answer) else answer
            if isinstance(found, DDMKitError):
                raise found
            return found

        return method

    def count(self, name: str) -> int:
        return sum(asked == name for asked, _ in self.asked)


class Executor:
    """Runs reads one after the other, as a client runs them in parallel."""

    def gather(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
        return [call() for call in calls]


TARGET = Instance(id="target", vpc_id="vpc-1", subnet_id="subnet-1", security_group_id="sg-1", nodes=[{"ip": "10.0.1.4"}])


def gathered(service: Service, **changes: Any) -> tuple[Any, Any]:
    witnesses = changes.pop("witnesses", Witnesses(rds=service, vpc=service, cts=service, ddm=service))
    asked: dict[str, Any] = {"node_ids": NODES, "source_ids": SOURCES, "target_id": "target", "target": read(TARGET)}
    asked |= {"listed": list_nodes(witnesses), "now": from_ms(NOW), **changes}
    return gather_proofs(Executor(), witnesses, Asked(**asked))


def verdicts(service: Service, **changes: Any) -> tuple[Any, Any]:
    nodes, network = gathered(service, **changes)
    return judge_nodes(nodes, NODES, AT), judge_networks(network, NODES)
