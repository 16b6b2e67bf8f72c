"""Data nodes as the service documents them."""

from __future__ import annotations

from datetime import UTC, datetime

from ddmkit.models import (
    RelatedNodes,
    TargetNode,
)
from tests.models.samples import answer


def test_the_documented_related_nodes_keep_size_version_and_latest_time() -> None:
    related = RelatedNodes.model_validate(answer("show_related_dns"))
    node = related.related_data_nodes[0]
    assert (node.instance_status, node.version, node.data_volume_size) == ("abnormal", "8.0.32", 40e9)
    assert related.latest_restorable_time == datetime(2025, 5, 27, 2, 38, 15, tzinfo=UTC)


def test_the_documented_candidates_have_their_addresses() -> None:
    nodes = [TargetNode.model_validate(row) for row in answer("show_available_rds")["target_data_nodes"]]
    assert [node.private_ip for node in nodes] == ["172.16.248.115", "172.16.192.156"]
