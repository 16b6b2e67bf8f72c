"""What may be deleted again: only what the record, the present name and the time of creation call ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddmkit.errors import InputError
from ddmkit.recovery.abandon import Made, Present, make_abandon_plan, why_not_abandoned
from ddmkit.recovery.steps import StepState

SENT = datetime(2025, 5, 20, 12, tzinfo=UTC)
NOW = SENT + timedelta(hours=2)
NODE = Made(step="node:n1", kind="node", name="orders-n1-7f3a9c", sent_at=SENT, instance_id="new-1")
TARGET = Made(step="target", kind="target", name="orders-7f3a9c", sent_at=SENT, instance_id="new-t")


def node(**changes):
    facts = {"id": "new-1", "name": NODE.name, "kind": "node", "created": SENT + timedelta(seconds=3)}
    return Present(**{**facts, "charge_mode": "postPaid", "is_attached": False, **changes})


def target(**changes):
    return Present(**{"id": "new-t", "name": TARGET.name, "kind": "target", "created": SENT, **changes})


def todo(*present, made=(NODE, TARGET), keep=()):
    return make_abandon_plan("r-1", "orders", made, present, now=NOW, keep=keep)


def test_the_target_goes_first_and_the_count_is_typed():
    plan = todo(node(), target())
    assert [item.id for item in plan.deletable] == ["new-t", "new-1"]
    assert plan.confirmation == "delete 2"
    assert "created 2025-05-20 12:00:03 UTC, 1 h 59 min ago, billed on demand: will be deleted" in plan.words()[1]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "orders-n1-renamed"}, "has another name now"),
        ({"created": None}, "does not show when it was created"),
        ({"created": SENT - timedelta(minutes=3)}, "created before this recovery requested it"),
        ({"charge_mode": "prePaid"}, "yearly or monthly"),
        ({"attached_to": ("other",)}, "data node of other"),
        ({"attached_to": ("new-t", "other")}, "data node of new-t, other"),
        ({"is_attached": True}, "does not show of which DDM instance"),
        ({"is_attached": None}, "does not show of which DDM instance"),
    ],
)
def test_what_does_not_agree_stays(changes, why):
    plan = todo(node(**changes), made=[NODE])
    assert plan.deletable == ()
    assert plan.confirmation == ""
    assert why in plan.items[0].why_not
    assert "stays" in plan.words()[0]


def test_a_node_of_this_recoverys_own_target_may_go():
    assert todo(node(attached_to=("new-t",), is_attached=True), target()).confirmation == "delete 2"


def test_what_a_person_keeps_stays_and_so_do_the_nodes_of_a_target_that_is_kept():
    kept = todo(node(), target(), keep=["new-1"])
    assert [item.id for item in kept.deletable] == ["new-t"]
    assert "you keep it" in kept.words()[1]
    assert todo(node(attached_to=("new-t",)), target(), keep=["new-t"]).deletable == ()
    assert todo(node(), target(), keep=["new-1", "new-t"]).confirmation == ""
    with pytest.raises(InputError, match="this recovery created no such instance"):
        todo(node(), target(), keep=["new-2"])


def test_a_target_that_somebody_restored_to_stays_with_its_nodes():
    used = todo(node(attached_to=("new-t",)), target(schemas=("orders",)))
    assert used.deletable == ()
    assert "it holds schemas (orders)" in used.words()[0]
    assert "data node of new-t" in used.words()[1]


def test_the_clocks_may_differ_by_two_minutes():
    assert todo(node(created=SENT - timedelta(minutes=2)), made=[NODE]).confirmation == "delete 1"


def test_an_instance_with_our_name_and_another_id_stays():
    plan = todo(node(), node(id="another"), made=[NODE])
    assert [item.id for item in plan.deletable] == ["new-1"]
    assert "another id" in plan.items[1].why_not


def test_what_is_not_on_the_record_stays_until_a_person_adopted_it():
    plan = todo(node(), made=[NODE.model_copy(update={"instance_id": ""})])
    assert "adopt it first" in plan.items[0].why_not


def test_what_is_gone_is_named_and_not_counted():
    plan = todo(target())
    assert [(item.id, item.is_gone) for item in plan.items] == [("new-t", False), ("new-1", True)]
    assert plan.confirmation == "delete 1"
    assert "does not exist" in plan.words()[1]


@pytest.mark.parametrize("state", StepState)
def test_a_recovery_whose_metadata_may_be_restored_is_not_abandoned_unless_it_is_a_drill(state):
    may_be_used = {StepState.SENDING, StepState.UNKNOWN, StepState.RUNNING, StepState.COMPLETED}
    assert bool(why_not_abandoned(state, throwaway=False, source_name="orders")) == (state in may_be_used)
    assert why_not_abandoned(state, throwaway=True, source_name="orders") == ""


names = st.sampled_from(["orders-n1-7f3a9c", "orders-7f3a9c", "orders"])
instants = st.sampled_from([None, SENT - timedelta(days=1), SENT, NOW])
instances = st.builds(
    Present,
    id=st.sampled_from(["new-1", "new-t", "old-1", "old-2"]),
    name=names,
    kind=st.sampled_from(["node", "target"]),
    created=instants,
    charge_mode=st.sampled_from(["", "postPaid", "prePaid"]),
    is_attached=st.sampled_from([None, True, False]),
    attached_to=st.sampled_from([(), ("new-t",), ("old-2",)]),
)


@settings(max_examples=150)
@given(st.lists(instances, max_size=5))
def test_nothing_is_deleted_that_is_not_ours(present):
    for item in todo(*present).deletable:
        made = NODE if item.kind == "node" else TARGET
        assert (item.id, item.name) == (made.instance_id, made.name)
        assert item.created >= SENT - timedelta(minutes=2)
