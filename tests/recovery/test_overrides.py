"""What a person wants different: named fields only, and each refusal names what is allowed."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.override_rules import NODE_FIELDS, TARGET_FIELDS
from ddmkit.recovery.overrides import NEVER, read_overrides


def test_without_overrides_everything_is_copied():
    read = read_overrides(None, creates_target=True)
    assert (read.for_node("n1"), read.target, read.for_record()) == ({}, {}, {})


def test_the_fields_of_one_node_win_over_those_of_all_nodes():
    like = {"nodes": {"port": "3307", "time_zone": "UTC"}, "n1": {"port": "3308"}, "target": {"node_num": 2}}
    read = read_overrides(like, creates_target=True)
    assert read.for_node("n1") == {"port": "3308", "time_zone": "UTC"}
    assert read.for_node("n2") == {"port": "3307", "time_zone": "UTC"}
    assert read.target == {"node_num": 2}
    assert read.key_of("n1", "port") == "like['n1']['port']"
    assert read.key_of("n1", "time_zone") == "like['nodes']['time_zone']"
    assert read.for_record() == like


@pytest.mark.parametrize(
    ("like", "field", "told"),
    [
        ("nodes", "like", "Give a mapping"),
        ({1: {}}, "like", "'target'"),
        ({"nodes": "rds.large"}, "like['nodes']", "Give a mapping"),
        ({"nodes": {"flavour": "x"}}, "like['nodes']['flavour']", "Allowed: flavor_ref"),
        ({"target": {"port": "1"}}, "like['target']['port']", "Allowed: flavor_ref, node_num"),
        ({"n1": {"node_num": 2}}, "like['n1']['node_num']", "Allowed: flavor_ref, volume"),
        ({"n1": {"port": 80}}, "like['n1']['port']", "from 1024 to 65535"),
        ({"target": {"node_num": 99}}, "like['target']['node_num']", "from 1 to 32"),
        ({"nodes": {"volume": {"size": 41}}}, "like['nodes']['volume']['size']", "in steps of 10"),
        ({"n" * 500: 7}, f"like[{'n' * 80!r}]", "Give a mapping"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_allowed(like, field, told):
    with pytest.raises(InputError) as caught:
        read_overrides(like, creates_target=True)
    assert caught.value.field == field
    assert told in str(caught.value)


@pytest.mark.parametrize("name", NEVER)
@pytest.mark.parametrize("key", ["nodes", "target", "n1"])
def test_some_fields_are_never_taken_from_a_person(key, name):
    with pytest.raises(InputError, match="cannot be chosen") as caught:
        read_overrides({key: {name: "hunter2secret"}}, creates_target=True)
    assert "hunter2secret" not in str(caught.value)


def test_no_field_is_both_allowed_and_never_taken():
    assert not {*NODE_FIELDS, *TARGET_FIELDS} & set(NEVER)


def test_a_target_that_exists_is_not_described():
    with pytest.raises(InputError, match="an existing target is used"):
        read_overrides({"target": {"node_num": 2}}, creates_target=False)


def test_the_nodes_that_are_named_must_be_recovered():
    read = read_overrides({"n1": {"port": "3307"}, "nodes": {}, "n9": {}}, creates_target=True)
    with pytest.raises(InputError, match=r"'n9' is no key.*n1, n2"):
        read.require_nodes(["n1"], ["n1", "n2"])
    with pytest.raises(InputError, match="'n1' is taken as it is"):
        read.require_nodes(["n2"], ["n1", "n2"])
    read_overrides({"n1": {}}, creates_target=True).require_nodes(["n1"], ["n1"])
