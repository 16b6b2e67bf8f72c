"""What is chosen for a whole recovery beside source and point."""

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.logic.recovery_choices import (
    field_names,
    list_overrides,
    new_target_row,
    place_nodes,
    read_override,
    remove_override,
)
from ddmkit.models import DataNode
from ddmkit.recovery_models.rds import NodeInstance

NODES = {"a" * 32 + "in01": "orders-1", "b" * 32 + "in01": "orders-2"}
FIRST, SECOND = NODES


def instance(node_id, **changes):
    values = {"id": node_id, "name": "some", "status": "ACTIVE", "datastore": {"type": "MySQL", "version": "8.0.32"}}
    return NodeInstance.model_validate({**values, **changes})


def test_the_nodes_of_the_source_itself_stand_in_for_nothing():
    places = place_nodes([DataNode(instance_id=FIRST, instance_name="orders-1")], [instance(FIRST), instance(SECOND)])
    assert [one.instance_id for one in places[0].candidates] == [SECOND]
    assert places[0].available


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"status": "BUILD"}, "its status is BUILD, not ACTIVE"), ({"datastore": {"type": "PostgreSQL"}}, "not MySQL")],
)
def test_a_node_that_cannot_stand_in_has_its_reason(changes, why):
    places = place_nodes([DataNode(instance_id=FIRST)], [instance(SECOND, **changes)])
    assert not places[0].available
    assert why in places[0].candidates[0].unavailable_reason


@pytest.mark.parametrize(
    ("subject", "name", "text", "expected"),
    [
        ("all new nodes", "flavor_ref", " rds.x ", {"nodes": {"flavor_ref": "rds.x"}}),
        ("", "port", "3307", {"nodes": {"port": "3307"}}),
        ("target", "node_num", "3", {"target": {"node_num": 3}}),
        ("orders-1", "volume", '{"type": "CLOUDSSD", "size": 100}', {FIRST: {"volume": {"type": "CLOUDSSD", "size": 100}}}),
        (SECOND, "availability_zone", "az2", {SECOND: {"availability_zone": "az2"}}),
    ],
)
def test_an_override_is_read_as_the_plan_takes_it(subject, name, text, expected):
    assert read_override({}, subject, name, text, NODES, ()) == expected


@pytest.mark.parametrize(
    ("subject", "name", "text", "said"),
    [
        ("nobody", "port", "1", "orders-1, orders-2"),
        ("orders-2", "port", "1", "an existing node is taken"),
        ("target", "port", "1", "no field that can be chosen"),
        ("all new nodes", "restore_point", "1", "it follows from"),
        ("all new nodes", "password", "Secret-1", "never kept"),
        ("all new nodes", "port", " ", "is empty"),
        ("all new nodes", "volume", "{size", "Write JSON"),
        ("all new nodes", "volume", '{"size": 5}', "from 40 to 4000 in steps of 10"),
        ("target", "node_num", "99", "from 1 to 32"),
    ],
)
def test_what_cannot_be_different_is_refused_in_words(subject, name, text, said):
    with pytest.raises(InputError, match=said):
        read_override({}, subject, name, text, NODES, [SECOND])


def test_overrides_are_listed_and_removed_one_by_one():
    like = read_override({"nodes": {"port": "3307"}}, "orders-1", "port", "3308", NODES, ())
    rows = list_overrides(like, NODES)
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["all new nodes", "port", "3307"],
        ["orders-1", "port", "3308"],
    ]
    assert remove_override(like, rows[1].key) == {"nodes": {"port": "3307"}}
    assert remove_override({"nodes": {"port": "3309"}}, "nodes/port") == {}


def test_every_field_is_named_once_and_the_row_for_a_new_target_can_be_chosen():
    assert len(set(field_names())) == len(field_names())
    assert new_target_row().reason == ""
