"""Reading the network from stand-ins: what is asked, and what a read that gave nothing leaves open."""

from __future__ import annotations

from ddmkit.errors import NotFoundError
from ddmkit.models import Instance
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import Place
from ddmkit.restore.proofs.gather.network import read_network
from ddmkit.restore.proofs.network import judge_networks
from ddmkit.restore.proofs.witnesses import Witnesses
from tests.restore.proofs.gather.builders import (
    NODES,
    REFUSED,
    SOURCES,
    Executor,
    Service,
    gathered,
    listed,
    rule,
    verdicts,
)


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


def test_where_something_will_be_created_each_vpc_and_group_is_shown_alone():
    service = Service(show_security_group=NotFoundError("404: no such group", status=404))
    witnesses = Witnesses(vpc=service, ddm=service)
    planned = [Place(vpc_id="vpc-1", subnet_id="subnet-1", security_group_ids=("sg-1",))]
    unknown = Fact[Instance](problem="it does not exist yet")
    network = read_network(Executor(), witnesses, {}, unknown, target_id="", planned=planned)
    assert [name for name, _ in service.asked] == ["show_subnet", "show_vpc", "show_security_group"]
    assert network.rules["sg-1"].missing
    assert [one.what for one in network.tried] == ["rules of sg-1 (VPC)"]


def test_the_newer_call_is_a_second_witness_of_an_existing_target():
    moved = InstanceDetail(id="target", vpc_id="vpc-2", subnet_id="subnet-2")
    assert verdicts(Service(show_detail=moved))[1].status == "fail"
