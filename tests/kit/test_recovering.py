"""Whole recoveries as a kit offers them: planning leaves nothing, and no act is taken on what is not a recovery."""

from __future__ import annotations

import pytest

import ddmkit
from tests.kit.conftest import NOON

PASSWORD = "Canary-7f3a9c!"


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recovering")
    with ddmkit.demo(scenario="half-recovered", now=NOON, world=folder / "w.sqlite", records=folder / "r.sqlite") as opened:
        yield opened


def test_the_rds_instances_of_the_project_are_listed_recovered_ones_too(kit):
    rows = kit.node_instances()
    assert set(kit.scenario.data_nodes) <= {row.id for row in rows}
    assert "RDS instances" in rows._repr_mimebundle_()["text/html"]
    assert kit.simulator.effective_changes() == []


def test_a_plan_sends_and_records_nothing(kit):
    facts = kit.scenario
    made = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time)
    assert made.source_id == facts.source
    assert len(kit.records) == 0
    assert kit.simulator.effective_changes() == []


def test_the_name_of_the_source_is_needed_before_anything_is_sent(kit):
    facts = kit.scenario
    made = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time)
    with pytest.raises((ddmkit.NotConfirmedError, ddmkit.NotReadyError), match="othing was sent"):
        kit.recover(made, confirm="another name", node_password=PASSWORD)
    assert kit.simulator.effective_changes() == []


@pytest.mark.parametrize(
    "act",
    [
        lambda kit: kit.accept("no-such-record", [], confirm="x"),
        lambda kit: kit.send_again("no-such-record", step="target", confirm="x", node_password=PASSWORD),
        lambda kit: kit.follow_up("no-such-record", "source-read-only", confirm="x"),
        lambda kit: kit.plan_abandon("no-such-record"),
    ],
)
def test_an_act_needs_a_record_of_this_store(kit, act):
    with pytest.raises(ddmkit.RecordError, match="no-such-record"):
        act(kit)
    assert kit.simulator.effective_changes() == []
    assert PASSWORD not in kit.known_secrets()
