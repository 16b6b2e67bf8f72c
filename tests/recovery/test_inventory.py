"""The facts of a recovery: frozen, and unread until they are read."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ddmkit.restore.proofs.recovery_facts import SourceNodeFacts
from tests.recovery.builders import facts


def test_what_was_not_asked_for_says_so():
    node = SourceNodeFacts(node_id="old-a")
    assert {node.instance.problem, node.ranges.problem, node.policy.problem, node.backups.problem} == {"not asked for"}


def test_facts_do_not_change():
    with pytest.raises(ValidationError):
        facts().region = "elsewhere"
