"""Gathering both proofs from stand-ins: what is asked, how often, and that no refusal becomes an exception."""

from __future__ import annotations

import pytest

from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.proofs.witnesses import Witnesses
from tests.restore.proofs.gather.builders import (
    GONE,
    REFUSED,
    SOURCES,
    UNPUBLISHED,
    Service,
    gathered,
    listed,
    verdicts,
)


def test_everything_is_proved_with_few_reads():
    service = Service()
    nodes, network = verdicts(service)
    assert (nodes.status, network.status) == ("pass", "pass"), (nodes.detail, network.detail)
    assert sorted(name for name, _ in service.asked) == sorted(
        ["list_instances", "list_traces", "list_traces", "show_subnet", "list_security_group_rules", "show_detail"]
    )


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


def test_a_node_that_is_not_in_the_list_is_asked_for_by_its_id():
    def find(*, instance_id: str = "") -> tuple[NodeInstance, ...]:
        return (listed(instance_id),) if instance_id else (listed("new-b"), *map(listed, SOURCES))

    found, _ = gathered(Service(list_instances=find))
    assert found.nodes["new-a"].is_read
    gone, _ = gathered(Service(list_instances=lambda instance_id="": () if instance_id else (listed("new-b"),)))
    assert gone.nodes["new-a"].missing
    lost, _ = gathered(Service(list_instances=lambda instance_id="": REFUSED if instance_id else (listed("new-b"),)))
    assert "403" in lost.nodes["new-a"].problem
