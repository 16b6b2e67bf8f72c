"""A restore planned again from its record: what differs now, and the new plan itself."""

from __future__ import annotations

import json

from ddmkit.handles.plan import Plan
from ddmkit.handles.replan import Replan
from ddmkit.records.events import canonical_json, chain_event
from ddmkit.records.runs import RunData, RunHeader
from tests.restore.builders import NOW, inventory, read, source
from tests.restore.test_plan import plan_for


def replan(now):
    recorded = json.loads(canonical_json(plan_for().for_record()))
    header = RunHeader(plan_id="p-1", digest="d", project_id="p", source_id="s", target_id="t")
    event = chain_event(seq=1, at=NOW, kind="planned", data=recorded, prev_sha256="")
    run = RunData(id="r-20260520-093000-abcdef", service="s", created=NOW, header=header, events=(event,))
    return Replan(run, Plan.model_construct(**dict(now)))


def test_nothing_has_changed_when_the_facts_are_the_same():
    again = replan(plan_for(plan_id="p-2"))
    assert (list(again.facts), again.same) == ([], True)


def test_a_source_that_is_frozen_now_is_a_changed_fact_and_a_changed_check():
    again = replan(plan_for(facts=inventory(source=read(source(status="FROZEN"))), plan_id="p-2"))
    assert not again.same
    assert any("FROZEN" in str(one) for one in again.facts)
    assert len(again.checks) > 0
    shown = again._repr_mimebundle_()
    assert all("FROZEN" in text for text in shown.values())
    assert again.plan.digest in repr(again)
