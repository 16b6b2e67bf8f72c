"""The plan: its digest, its words, its way to the record and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from ddmkit.errors import RecordError
from ddmkit.records.events import canonical_json
from ddmkit.records.runs import RunData, RunHeader
from ddmkit.recovery.instant import cut_to_second
from ddmkit.recovery.plan import RecoveryPlan, recovery_plan_of
from ddmkit.times import from_ms, to_ms
from tests.recovery.builders import NOW, POINT, choice, facts, plan


def test_the_digest_of_a_recovery_is_the_same_in_every_release():
    assert plan().digest == "5145982b73ae"
    assert plan(choice(backup_id="backup-1"), facts(backup=True)).digest == "7d0c14134f8b"


@pytest.mark.parametrize("changes", [{"plan_id": "p-2"}, {"suffix": "000000"}, {"now": NOW.replace(year=2027)}])
def test_names_tags_tokens_and_time_do_not_change_the_digest(changes):
    assert plan(**changes).digest == plan().digest


DIFFERENT = {
    "another point": choice(instant=cut_to_second(from_ms(to_ms(POINT) + 1000))),
    "a drill": choice(throwaway=True),
    "a node is taken": choice(existing={"old-a": "new-1"}),
    "another node is taken": choice(existing={"old-a": "new-2"}),
    "the target is taken": choice(target_id="target-1"),
    "a larger node": choice(like={"old-a": {"volume": {"size": 200}}}),
    "the other node is larger": choice(like={"old-b": {"volume": {"size": 200}}}),
    "more computing nodes": choice(like={"target": {"node_num": 4}}),
}


def test_everything_that_is_asked_for_changes_the_digest():
    digests = {name: plan(chosen).digest for name, chosen in DIFFERENT.items()}
    assert len({plan().digest, *digests.values()}) == len(digests) + 1


def test_a_fraction_of_a_second_is_no_other_recovery():
    later = cut_to_second(from_ms(to_ms(POINT) + 999))
    assert plan(choice(instant=later)).digest == plan().digest
    assert any("was cut to the whole second" in line for line in plan(choice(instant=later)).words())


@settings(max_examples=10)
@given(st.permutations(["old-a", "old-b", "old-c", "old-d"]))
def test_the_order_of_the_nodes_does_not_change_the_digest(order):
    four = ("old-a", "old-b", "old-c", "old-d")
    # The target stands in the network of the first node; here all share one.
    assert plan(known=facts(tuple(order))).digest == plan(known=facts(four)).digest


def test_the_same_integer_is_everywhere():
    made = plan()
    requests = [node.request.restore_point.restore_time for node in made.nodes]
    assert {*requests, made.step("restore").call["body"]["source"]["restore_time"], made.instant.ms} == {to_ms(POINT)}


@pytest.mark.parametrize(
    "chosen", [choice(), choice(throwaway=True), choice(existing={"old-a": "new-1"}), choice(target_id="target-1")]
)
def test_a_plan_comes_back_from_its_record(chosen):
    made = plan(chosen)
    recorded = json.loads(canonical_json(made.for_record()))
    assert RecoveryPlan.from_record(recorded) == made
    assert recorded["words"] == list(made.words())


def test_a_password_is_in_no_record_and_no_words():
    made = plan()
    secret = SecretStr("Canary-7f3a9c!")
    node = made.nodes[0].model_copy(update={"request": made.nodes[0].request.model_copy(update={"password": secret})})
    told = made.model_copy(update={"nodes": (node,)})
    assert "Canary" not in canonical_json(told.for_record()) + repr(told) + "".join(told.words())


def test_what_is_no_plan_is_refused():
    with pytest.raises(RecordError, match="cannot be read"):
        RecoveryPlan.from_record({"id": "p-1"})
    header = RunHeader(plan_id="p-1", digest="d", project_id="p", source_id="s", target_id="t")
    with pytest.raises(RecordError, match="holds no plan"):
        recovery_plan_of(RunData(id="r-1", service="s", created=NOW, header=header, events=()))


def test_the_words_tell_what_is_done_and_what_is_billed():
    text = "\n".join(plan().words())
    for told in (
        "Recover rds-old-a (old-a) to the new node rds-old-a-7f3a9c",
        "Create the target orders-prod-7f3a9c: DDM 3.0.8.5",
        "3 new instances: 2 x RDS for MySQL rds.mysql.n1.large.2.ha (HA, 100 GB CLOUDSSD), on demand",
        "1 x DDM ddm.xlarge.4, 2 computing nodes, on demand",
        "no snapshot of the whole",
        "parameter template",
    ):
        assert told in text
    taken = "\n".join(plan(choice(existing={"old-a": "new-1"}, target_id="target-1")).words())
    assert "Take new-1 (new-1) for rds-old-a" in taken
    assert "Restore to the existing instance orders-new (target-1)" in taken
    assert "1 new instance: " in taken


def test_a_drill_says_so_in_every_name():
    made = plan(choice(throwaway=True))
    names = [*(node.new_name for node in made.nodes), made.target.name]
    assert all("-drill-" in name for name in names)
    assert made.kind == "drill"
    assert repr(made).startswith("<drill plan")
    assert any("may be deleted afterwards" in line for line in made.words())


def test_a_plan_knows_its_parts():
    made = plan()
    assert made.node("old-b").source_name == "rds-old-b"
    assert (made.node("x"), made.step("x")) == (None, None)
    assert (made.new_instances, made.kind, made.target.id_or_place) == (3, "recovery", "new:orders-prod-7f3a9c")
    assert plan(choice(existing={"old-a": "n"}, target_id="target-1")).new_instances == 1
