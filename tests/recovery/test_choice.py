"""What a person chose: one point, one node for each, nothing that stands in for itself."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from tests.recovery.builders import SOURCE, choice

SOURCE_NODES = {"old-a": "rds-old-a", "old-b": ""}


def test_exactly_one_point_is_chosen():
    with pytest.raises(InputError, match="exactly one"):
        choice(instant=None)
    with pytest.raises(InputError, match="exactly one"):
        choice(backup_id="backup-1", instant=choice().instant)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"existing": {"old-a": "old-a"}}, "stand in for itself"),
        ({"existing": {"old-a": "new-1", "old-b": "new-1"}}, "new-1 is given for old-a and for old-b"),
        ({"target_id": SOURCE}, "the source itself"),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(changes, told):
    with pytest.raises(InputError, match=told):
        choice(**changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"existing": {"old-c": "new-1"}}, r"old-c was no data node.*old-a \(rds-old-a\), old-b"),
        ({"existing": {"old-a": "old-b"}}, "old-b is a node of the source itself"),
        ({"like": {"old-c": {}}}, "'old-c' is no key"),
        ({"like": {"old-a": {}}, "existing": {"old-a": "new-1"}}, "'old-a' is taken as it is"),
    ],
)
def test_nodes_that_the_source_did_not_have_are_refused(changes, told):
    with pytest.raises(InputError, match=told):
        choice(**changes).require_known_nodes(SOURCE_NODES)


def test_what_fits_is_accepted():
    choice(existing={"old-a": "new-1"}, like={"old-b": {"port": 3307}, "nodes": {}}).require_known_nodes(SOURCE_NODES)
