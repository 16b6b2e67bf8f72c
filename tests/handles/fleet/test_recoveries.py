"""A whole recovery as a row of a fleet: planned, sent and followed by the same code as a single one."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.errors import InputError

PASSWORD = "Canary-Node-Pa55word!"


def test_a_whole_recovery_is_a_row_like_any_other(monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    monkeypatch.setenv("DDMKIT_NODE_PASSWORD", PASSWORD)
    with ddmkit.demo(scenario="whole-incident", operator="ada") as kit:
        facts = kit.scenario
        fleet = kit.plan_fleet([{"row": "orders", "source": facts.source, "restore_time": facts.restore_time}])
        (item,) = fleet.items
        assert (item.kind, item.target_name, fleet.ready) == ("recovery", "new", True)
        run = kit.submit_fleet(fleet, confirm="restore 1", accept={"orders": item.warnings})
        run.work()
        (row,) = run.rows
        assert (row.state, row.reason) == ("completed", "verified: the target holds what it should")
        assert kit.records.get(row.record).run.header.kind == "recovery"
        assert PASSWORD not in run.show().text + run.record.run.model_dump_json()
        made = [one["kind"] for one in kit.simulator.effective_changes()]
        assert sorted(made) == ["create", "restore", "restore"]


def test_a_worker_without_the_password_of_new_nodes_takes_nothing(monkeypatch):
    monkeypatch.delenv("DDMKIT_NODE_PASSWORD", raising=False)
    with ddmkit.demo(scenario="whole-incident", operator="ada") as kit:
        facts = kit.scenario
        fleet = kit.plan_fleet([{"row": "orders", "source": facts.source, "restore_time": facts.restore_time}])
        run = kit.submit_fleet(fleet, confirm="restore 1", accept={"orders": fleet.items[0].warnings})
        with pytest.raises(
            InputError, match="DDMKIT_NODE_PASSWORD: is not set here, and rows of the fleet create data nodes"
        ):
            run.work()
        assert run.counts == {"waiting": 1}
        assert kit.simulator.effective_changes() == []
