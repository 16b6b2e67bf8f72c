from __future__ import annotations

import dataclasses
import html
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ddmkit.display.plans import PlanNode, PlanView, plan_html, plan_text
from ddmkit.restore.effects import STAYS_AWAY

NOW = datetime(2025, 5, 20, 13, 24, 32, tzinfo=UTC)
BODY = '{"source":{"backup_id":"b"},"target":{"instance_id":"t","data_nodes":["n1","n2"]}}'


def view(**changes: Any) -> PlanView:
    given = {
        "source_id": "source-in09",
        "source_name": "ddm-shop",
        "target_id": "target-in09",
        "target_name": "ddm-new",
        "now": NOW,
        "zone": ZoneInfo("Europe/Berlin"),
        "digest": "3f9a-12cd",
        "body_json": BODY,
        "point": NOW - timedelta(hours=5, minutes=12),
        "backup_id": "backup-br09",
        "backup_name": "Backup-1",
        "backup_note": "chosen",
        "nodes": (PlanNode("n1", "rds-1"), PlanNode("n2", "rds-2")),
        "is_ready": True,
    }
    return PlanView(**{**given, **changes})


def shown(made: PlanView) -> list[str]:
    return [html.unescape(plan_html(made)), plan_text(made)]


@pytest.mark.parametrize(
    "part",
    [
        "Plan 3f9a-12cd: restore metadata of ddm-shop to ddm-new",
        "ddm-shop (source-in09) (is not changed)",
        "ddm-new (target-in09)",
        "2025-05-20 08:12:32 UTC = 2025-05-20 10:12:32 Europe/Berlin (+0200) = 1747728752000 ms, 5 h 12 min ago",
        "Backup-1 (backup-br09), chosen",
        "rds-2",
        BODY,
        *STAYS_AWAY,
    ],
)
def test_a_plan_shows_all_that_a_person_decides_on(part: str) -> None:
    assert all(part in text for text in shown(view()))


def test_every_data_node_is_shown_however_many() -> None:
    nodes = tuple(PlanNode(f"node-{index:03d}-in01") for index in range(129))
    for text in shown(view(nodes=nodes)):
        assert all(node.id in text for node in nodes)
        assert "129 rows" in text


def test_pairs_are_shown_where_they_are_known() -> None:
    for text in shown(view(nodes=(PlanNode("n1", "rds-1", "old-1", "rds-old"),))):
        assert "in the place of" in text
        assert "old-1" in text
    assert all("in the place of" not in text for text in shown(view()))


def test_warnings_stand_in_the_plan_until_accepted() -> None:
    assert all("nodes-recovered: look" in text for text in shown(view(warnings=("nodes-recovered: look",))))
    assert all("Warnings" not in text for text in shown(view()))


def test_a_plan_that_is_not_ready_says_so_first() -> None:
    assert "(not ready: see the checks)" in plan_text(view(is_ready=False)).splitlines()[0]


def test_missing_facts_are_said_and_not_left_blank() -> None:
    bare = view(source_name="", target_name="", point=None, backup_id="", backup_note="", nodes=())
    for text in shown(bare):
        assert "restore metadata of source-in09 to target-in09" in text
        assert "the service picks one; it is not known which" in text
        assert "no data nodes" in text


def test_the_expiry_and_the_path_are_shown_when_given() -> None:
    for text in shown(view(expires=NOW + timedelta(hours=1), path="/v3/p/instances/s/backups/metadata-recovery")):
        assert "in 1 h" in text
        assert "POST /v3/p/instances/s/backups/metadata-recovery:" in text


def test_names_cannot_break_out() -> None:
    hostile = view(target_name="<script>alert(1)</script>\u202e", body_json="</pre><script>")
    assert "<script" not in plan_html(hostile)
    assert plan_html(hostile).count("</pre>") == 1
    assert "<U+202E>" in plan_text(hostile)


def test_a_view_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        view().digest = "other"
