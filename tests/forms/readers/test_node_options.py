"""Reading the candidates of many data nodes."""

from types import SimpleNamespace

import pytest

from ddmkit.errors import AuthError, UnreachableError
from ddmkit.forms.readers.node_options import read_places
from ddmkit.models import DataNode, TargetNode

NODES = [DataNode(instance_id=f"n{number}", instance_name=f"node {number}") for number in range(5)]


def test_each_node_has_its_candidates_in_the_order_of_the_nodes(now):
    def candidates(_source, _target, node, _point):
        return [TargetNode(instance_id=f"for-{node}", available=True)]

    places = read_places(SimpleNamespace(target_nodes=candidates), "s", "t", NODES, now)
    assert [place.candidates[0].instance_id for place in places] == [f"for-n{number}" for number in range(5)]


def test_a_refused_first_look_is_not_followed_by_others(now):
    asked = []

    def refuse(*about):
        asked.append(about)
        raise AuthError("no")

    with pytest.raises(AuthError):
        read_places(SimpleNamespace(target_nodes=refuse), "s", "t", NODES, now)
    assert len(asked) == 1


def test_one_look_that_fails_later_is_told_at_its_place(now):
    def candidates(_source, _target, node, _point):
        if node == "n3":
            raise UnreachableError("away")
        return []

    places = read_places(SimpleNamespace(target_nodes=candidates), "s", "t", NODES, now)
    assert [place.problem for place in places] == ["", "", "", "away", ""]
    assert read_places(None, "s", "t", [], now) == []
