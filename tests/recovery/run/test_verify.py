"""What is stale on the target: an address or a version that DDM shows differently from RDS."""

from __future__ import annotations

import pytest

from ddmkit.models import SchemaDataNode, TargetNode
from ddmkit.recovery.run.verify import stale_nodes
from tests.recovery.builders import node_instance

INSTANCES = {"new-1": node_instance("new-1", private_ips=["10.0.1.5"])}  # version 8.0, complete 8.0.28.1


@pytest.mark.parametrize(
    ("shown", "stale"),
    [
        (SchemaDataNode(id="new-1", engine_version="8.0"), ()),
        (SchemaDataNode(id="new-1", engine_version="8.0.28"), ()),
        (SchemaDataNode(id="new-1", engine_version=""), ()),
        (SchemaDataNode(id="new-1", engine_version="5.7"), ("new-1",)),
        (SchemaDataNode(id="unknown", engine_version="5.7"), ()),
        (TargetNode(instance_id="new-1", version="8.0", private_ip="10.0.1.5"), ()),
        (TargetNode(instance_id="new-1", version="8.0", private_ip=""), ()),
        (TargetNode(instance_id="new-1", version="8.0", private_ip="10.0.1.9"), ("new-1",)),
    ],
)
def test_only_what_is_shown_differently_is_stale(shown, stale):
    assert stale_nodes([shown], INSTANCES) == stale
