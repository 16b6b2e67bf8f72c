"""Names of new instances: legal in RDS and DDM, unique, and with the word drill where everything may be deleted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddmkit.recovery.names import LONGEST_NAME, make_names

LEGAL = re.compile(r"[A-Za-z][A-Za-z0-9-]{3,63}")


def names(source="orders", nodes=None, **changes):
    return make_names(source, nodes or {"a": "orders-n1"}, **{"suffix": "7f3a9c", "throwaway": False, **changes})


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("orders-n1", "orders-n1-7f3a9c"),
        ("orders_n1", "orders-n1-7f3a9c"),
        ("1orders", "r-1orders-7f3a9c"),
        ("订单", "r-7f3a9c"),
        ("", "r-7f3a9c"),
        ("x" * 70, "x" * 57 + "-7f3a9c"),
    ],
)
def test_a_name_is_that_of_the_source_node_with_the_suffix(base, name):
    assert names(nodes={"a": base}).nodes["a"] == name


def test_every_name_of_a_drill_says_so():
    made = names(nodes={"a": "n1", "b": "x" * 90}, throwaway=True)
    assert all("-drill-7f3a9c" in name for name in (*made.nodes.values(), made.target))


def test_equal_names_are_told_apart_by_a_number():
    made = names(nodes={"a": "orders", "b": "Orders", "c": "orders"})
    assert made.target == "orders-7f3a9c"
    assert tuple(made.nodes.values()) == ("orders-2-7f3a9c", "Orders-3-7f3a9c", "orders-4-7f3a9c")


def test_a_name_that_exists_already_is_not_used():
    assert names(taken=["ORDERS-N1-7f3a9c"]).nodes["a"] == "orders-n1-2-7f3a9c"


@given(st.text(max_size=80), st.dictionaries(st.text("abc", min_size=1), st.text(max_size=80), max_size=6), st.booleans())
def test_every_name_is_legal_and_unique(source, nodes, throwaway):
    made = make_names(source, nodes, suffix="7f3a9c", throwaway=throwaway)
    every = [made.target, *made.nodes.values()]
    assert all(LEGAL.fullmatch(name) and len(name) <= LONGEST_NAME for name in every)
    assert len({name.casefold() for name in every}) == len(every)
