"""Instances as the service documents them."""

from __future__ import annotations

import pytest

from ddmkit.models import (
    Instance,
    TargetInstance,
    is_healthy,
)
from tests.models.samples import answer


def test_the_documented_instance_has_its_networks_and_nodes() -> None:
    instance = Instance.model_validate(answer("show_instance"))
    assert (instance.engine_version, instance.access_port, instance.admin_user_name) == ("3.0.6", "5066", "root")
    assert instance.nodes[0].node_id == "4a2b97b7f5e3462c9c78aae93b46ed83no09"


def test_the_documented_target_carries_the_verdict() -> None:
    target = TargetInstance.model_validate(answer("show_available_ddms")["instances"][0])
    assert (target.available, target.vpc_name) == (True, "vpc-ddm-172")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("normal", True), ("RUNNING", True), (" Running ", True), ("ACTIVE", True), ("abnormal", False), ("", False)],
)
def test_healthy_is_said_in_several_words(status: str, expected: bool) -> None:
    assert is_healthy(status) is expected
