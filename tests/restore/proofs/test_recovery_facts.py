from __future__ import annotations

from pydantic import SecretStr

from ddmkit.restore.proofs.recovery_facts import RecoveryFacts, name_nodes
from tests.restore.proofs.builders import read
from tests.restore.proofs.recovery_builders import asked, facts, instance, source_node


def test_long_lists_of_nodes_are_counted():
    assert name_nodes(["a", "b"]) == "a, b"
    assert name_nodes([source_node(), *"bcdefg"]) == "rds-old-a, b, c, d, e, and 2 more"
    assert source_node(name="").words == "old-a"


def test_a_node_that_nobody_takes_is_to_be_recovered_even_if_no_request_can_be_made():
    taken = source_node("old-b", taken=read(instance()), request=None)
    found = facts(source_node(), taken, source_node("old-c", request=None))
    assert [one.node_id for one in found.to_recover] == ["old-a", "old-c"]


def test_the_facts_of_a_plan_never_hold_the_password():
    with_password = asked().with_password(SecretStr("Canary-7f3a-word"))
    found = facts(source_node(request=with_password))
    assert "Canary" not in found.model_dump_json() + repr(found)
    assert RecoveryFacts.model_validate_json(found.model_dump_json()).nodes[0].node_id == "old-a"
