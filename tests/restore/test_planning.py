"""A kit and the workers of a fleet plan a restore alike."""

from __future__ import annotations

import ddmkit
from ddmkit.inputs import PlanInputs
from ddmkit.restore.planning import plan_restore


def test_the_plan_is_the_same_as_the_kits():
    with ddmkit.demo(now="2026-05-20T10:00:00Z") as kit:
        facts = kit.scenario
        given = {
            "source": facts.source,
            "target": facts.target,
            "data_nodes": facts.data_nodes,
            "backup_id": facts.backup_id,
        }
        mine = kit.plan(**given)
        request = PlanInputs(**given).request()
        made = plan_restore(request, kit._context, mine.identity, time_zone="UTC", inputs={}, incident=None)
        assert (made.digest, made.facts_digest, made.ready) == (mine.digest, mine.facts_digest, True)
        assert made.id != mine.id
