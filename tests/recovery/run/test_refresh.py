"""The refresh of what the target knows of its nodes: sent only where DDM shows another version than RDS."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.models import Schema, SchemaDataNode, SchemaDetail
from ddmkit.recovery.run import refresh
from ddmkit.recovery.steps import REFRESH, TARGET, StepState
from ddmkit.sending.log import StepLog
from tests.recovery.builders import node_instance
from tests.recovery.run.records import open_run


@pytest.fixture
def refreshed(tmp_path, monkeypatch):
    """Return a function that refreshes a target which shows a version of its first node, and gives run, context, sendings."""

    def run(version):
        run_id, context = open_run(tmp_path)
        for step, made in (("node:old-a", "new-a"), ("node:old-b", "new-b"), (TARGET, "new-t")):
            StepLog(context.store, run_id, step).append("answered", {"instance_id": made})
        detail = SchemaDetail(name="orders", data_nodes=(SchemaDataNode(id="new-a", engine_version=version),))
        context.services.ddm = SimpleNamespace(
            list_schemas=lambda target: (Schema(name="orders"),),
            show_schema=lambda target, name: detail,
            gather=lambda calls: [call() for call in calls],
        )
        context.services.rds = SimpleNamespace(list_instances=lambda: (node_instance("new-a"),))
        sent = []
        monkeypatch.setattr(refresh, "carry_out", lambda *given, **options: sent.append(options["again"]))
        monkeypatch.setattr(refresh, "refresh_step", lambda view, context: None)
        refresh.refresh_nodes(run_id, context)
        return context.view(run_id), sent

    return run


def test_equal_versions_end_the_step_without_a_request(refreshed):
    view, sent = refreshed("8.0.28")
    assert (view.state_of(REFRESH), sent) == (StepState.COMPLETED, [])
    assert "not needed" in view.events_of(REFRESH)[-1].data["note"]


def test_a_stale_node_is_recorded_before_the_request_is_sent(refreshed):
    view, sent = refreshed("5.7")
    assert sent == [False]
    assert view.events_of(REFRESH)[-1].data == {"step": REFRESH, "stale": ["new-a"], "compared": 1}
