"""Gathering the proofs from stand-ins: what is asked, how often, and that no refusal becomes an exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ddmkit.errors import AuthError, DDMKitError, NotFoundError, UnreachableError
from ddmkit.models import Instance
from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import RdsJob, TaskDetail
from ddmkit.recovery_models.vpc import AddressGroup, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import OwnRestore
from ddmkit.restore.proofs.gather import Asked, gather_proofs, list_nodes
from ddmkit.restore.proofs.network import judge_networks
from ddmkit.restore.proofs.nodes import Wanted, judge_nodes
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.times import from_ms, to_ms
from tests.restore.proofs.builders import DAY, HOUR, MINUTE, T, read

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


def test_everything_is_proved_with_few_reads():
    service = Service()
    nodes, network = verdicts(service)
    assert (nodes.status, network.status) == ("pass", "pass"), (nodes.detail, network.detail)
    assert sorted(name for name, _ in service.asked) == sorted(
        ["list_instances", "list_traces", "list_traces", "show_subnet", "list_security_group_rules", "show_detail"]
    )


def test_the_traces_of_all_nodes_are_read_at_once_one_millisecond_wider():
    service = Service(list_instances=(listed("new-a"), listed("new-b", created=CREATED + 10 * MINUTE)))
    gathered(service)
    (made, replaced) = [asked for name, asked in service.asked if name == "list_traces"]
    assert list(map(to_ms, made[:2])) == [CREATED - 15 * MINUTE - 1, CREATED + 15 * MINUTE + 1]
    assert (made[2], replaced[2], to_ms(replaced[1])) == ("createInstance", "instanceRestore", NOW + 1)


@pytest.mark.parametrize("error", [REFUSED, UNPUBLISHED, GONE])
def test_an_audit_trail_that_does_not_answer_is_tried_and_told(error):
    nodes, _ = verdicts(Service(list_traces=error))
    assert nodes.status == "warn"
    assert f"audit trail (CTS), createInstance: {error}" in nodes.detail
    assert "no trace of its creation" not in nodes.detail


@pytest.mark.parametrize("error", [REFUSED, UNPUBLISHED, GONE])
@pytest.mark.parametrize("call", ["list_security_group_rules", "list_instances", "list_traces"])
def test_a_read_that_decides_lowers_a_proof_to_a_warning(call, error):
    found = verdicts(Service(**{call: error}))
    assert "warn" in {one.status for one in found}
    assert "fail" not in {one.status for one in found}


@pytest.mark.parametrize("error", [REFUSED, UNPUBLISHED, GONE])
@pytest.mark.parametrize("call", ["show_detail", "show_subnet"])
def test_a_read_that_does_not_decide_changes_nothing(call, error):
    assert {one.status for one in verdicts(Service(**{call: error}))} == {"pass"}


def test_services_without_an_address_are_told():
    nodes, network = verdicts(Service(), witnesses=Witnesses())
    assert (nodes.status, network.status) == ("warn", "warn")
    assert "audit trail (CTS): its address is not known (rds_endpoint=" in nodes.detail
    _, facts = gathered(Service(), witnesses=Witnesses())
    assert "networks and rules (VPC)" in [one.what for one in facts.tried]


def test_a_node_that_is_too_old_is_told_and_asked_of_its_tasks():
    service = Service(list_instances=tuple(listed(one, created=NOW - 8 * DAY) for one in NODES))
    found, _ = gathered(service)
    assert "too old" in found.remarks["new-a"][0]
    assert service.count("list_traces") == 0
    assert service.count("list_task_details") == 2
    assert "not asked: no data node of the last 7 days" in [one.answer for one in found.tried]


def test_a_task_with_parameters_is_a_witness_where_the_trail_is_silent():
    def tasks(node_id: str, *_: Any) -> tuple[TaskDetail, ...]:
        detail = {"sourceInstanceId": node_id.replace("new", "old"), "targetInstanceId": node_id, "restoreTime": T}
        return (TaskDetail.model_validate({"id": "task-1", "status": "Completed", "task_detail": detail}),)

    nodes, _ = verdicts(Service(list_traces=(), list_task_details=tasks))
    assert nodes.status == "pass", nodes.detail
    assert "task list, task task-1" in nodes.evidence[0]


def test_our_own_record_is_a_witness_and_an_imported_one_is_none():
    def own(*, imported: bool) -> Witnesses:
        told = OwnRestore(
            node_id="new-a",
            source_id="old-a",
            restore_time_ms=T,
            job_id="j",
            completed=True,
            record_id="r",
            imported=imported,
        )
        return Witnesses(rds=Service(list_traces=()), own_restores=lambda _: (told,))

    proved, _ = gathered(Service(), witnesses=own(imported=False))
    assert [one.kind for one in proved.evidence] == ["own-record"]
    refused, _ = gathered(Service(), witnesses=own(imported=True))
    assert refused.evidence == ()


def test_a_trace_without_an_instance_is_followed_by_its_job():
    service = Service(list_traces=trail(trace("", "old-a", response={"job_id": "job-1"})))
    found, _ = gathered(service)
    assert [one.node_id for one in found.evidence] == ["new-a"]
    assert service.count("show_job") == 1


def test_a_node_that_is_not_in_the_list_is_asked_for_by_its_id():
    def find(*, instance_id: str = "") -> tuple[NodeInstance, ...]:
        return (listed(instance_id),) if instance_id else (listed("new-b"), *map(listed, SOURCES))

    found, _ = gathered(Service(list_instances=find))
    assert found.nodes["new-a"].is_read
    gone, _ = gathered(Service(list_instances=lambda instance_id="": () if instance_id else (listed("new-b"),)))
    assert gone.nodes["new-a"].missing
    lost, _ = gathered(Service(list_instances=lambda instance_id="": REFUSED if instance_id else (listed("new-b"),)))
    assert "403" in lost.nodes["new-a"].problem


def test_the_blocks_of_the_vpc_are_read_only_where_the_subnets_differ():
    one = Service()
    gathered(one)
    assert one.count("show_vpc") == 0
    two = Service(list_instances=(listed("new-a", subnet_id="subnet-2"), listed("new-b"), *map(listed, SOURCES)))
    _, network = gathered(two)
    assert (two.count("show_vpc"), two.count("show_subnet")) == (1, 2)
    assert judge_networks(network, NODES).status == "fail"


def test_an_address_group_is_resolved():
    rules = (rule("in", "ingress", remote_address_group_id="ag-1"), rule("out", "egress"))
    assert verdicts(Service(list_security_group_rules=rules))[1].status == "pass"
    refused = Service(list_security_group_rules=rules, show_address_group=REFUSED)
    assert verdicts(refused)[1].status == "warn"


def test_a_group_without_rules_is_asked_for_alone():
    hidden = Service(list_security_group_rules=(), show_security_group=REFUSED)
    assert verdicts(hidden)[1].status == "warn"
    bare = Service(list_security_group_rules=())
    assert verdicts(bare)[1].status == "fail"
    assert bare.count("show_security_group") == 1


def test_a_target_that_is_not_readable_leaves_the_network_open():
    found = verdicts(Service(), target=Fact(problem="503"))[1]
    assert found.status == "warn"
    assert "The network of the target cannot be read (503)" in found.detail


def test_proofs_that_were_found_before_are_kept():
    before, _ = gathered(Service())
    after, _ = gathered(Service(list_traces=REFUSED))
    kept = after.with_earlier(before)
    assert judge_nodes(kept, NODES, AT).status == "pass"
    assert after.with_earlier(None) == after
    assert before.with_earlier(before) == before
