"""Rows in the JSON format of the service."""

from __future__ import annotations

import pytest

from ddmkit.simulator.http.serializers import (
    candidate_row,
    instance_detail_v3,
    job_detail,
    job_row,
    related_node_row,
    v3_status,
)
from ddmkit.simulator.rules.jobs import JobState
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.world.builder import WorldBuilder

DRAFT = WorldBuilder(Seed("shapes"), 1_779_269_400_000)


@pytest.mark.parametrize(("status", "shown"), [("RUNNING", "normal"), ("ERROR", "abnormal"), ("FROZEN", "frozen")])
def test_the_backup_calls_print_statuses_in_lower_case(status: str, shown: str) -> None:
    assert v3_status(status) == shown


def test_a_frozen_instance_is_marked_and_runs_no_action() -> None:
    detail = instance_detail_v3(DRAFT.instance("cold", status="FROZEN"), "p")
    assert (detail["is_frozen"], detail["actions"]) == (True, [])


def test_a_job_is_nested_by_itself_and_flat_in_the_list() -> None:
    job = DRAFT.job("RestartInstance", DRAFT.instance("shop"), DRAFT.anchor, operations='["toBeRetried"]')
    state = JobState("Failed", "", DRAFT.anchor, "why")
    assert "fail_reason" not in job_detail(job, state)["job"]
    row = job_row(job, state)
    assert (row["fail_reason"], row["operations"], row["instance_name"]) == ("why", ["toBeRetried"], "shop")


def test_a_reason_makes_a_candidate_unavailable() -> None:
    node = DRAFT.data_node("node")
    assert candidate_row(node, "")["available"]
    assert not candidate_row(node, "no")["available"]
    assert related_node_row(node)["data_volume_size"] == 40_000_000_000
