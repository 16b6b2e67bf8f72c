"""A whole recovery as a row of a fleet: planned, sent and followed by the same code as a single one."""

from __future__ import annotations

import ddmkit

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
