"""Directly before a claim the facts are read again: a source that vanished meanwhile is not asked for."""

from __future__ import annotations

from ddmkit.recovery.run.before_claim import check_before_node, check_before_target


def test_what_is_as_it_was_passes_and_a_name_that_appeared_fails(world, begin):
    kit = world()
    run = begin(kit, node_password=lambda: None)
    context = kit._recoveries._context(run.id)
    view = context.view(run.id)
    assert {one.status for one in check_before_node(view, view.plan.nodes[0], context)} == {"pass"}
    assert [one.status for one in check_before_target(view, context)] == ["pass"]
    taken = view.plan.target.model_copy(
        update={"request": view.plan.target.request.model_copy(update={"name": kit.instances()[0].name})}
    )
    view.__dict__["plan"] = view.plan.model_copy(update={"target": taken})
    assert [one.status for one in check_before_target(view, context)] == ["fail"]
    gone = view.plan.nodes[0].model_copy(update={"source_id": "f" * 32 + "in01"})
    found = {one.id: one.status for one in check_before_node(view, gone, context)}
    assert found["source-exists"] == "fail"
