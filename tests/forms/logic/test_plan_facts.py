"""What is about to happen, in a few lines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.display.plans import PlanNode
from ddmkit.forms.logic.plan_facts import (
    describe_back,
    describe_plan,
    describe_schemas,
    describe_what_happens,
    find_dropped,
    name_nodes,
    view_with_pairs,
)
from ddmkit.handles.plan import view_of
from ddmkit.models import Backup, DataNode, Schema, TargetNode
from ddmkit.times import format_duration, format_utc


@pytest.fixture
def plan(kit, given):
    return kit.plan(**given)


def test_five_lines_say_source_target_point_nodes_and_schemas(plan, kit):
    told = describe_what_happens(plan)
    lines = told.text.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Source", "Target", "Restore to", "Data nodes", "Schemas back"]
    facts = kit.scenario
    for one in (facts.source, facts.target, facts.backup_id, *facts.data_nodes, "billing", "is not changed"):
        assert one in told.html
        assert one in told.text


def test_the_data_nodes_say_to_which_instant_their_rows_belong(plan):
    rows = format_utc(plan.rows_as_of)
    after = format_duration(plan.rows_as_of - plan.inventory.point)
    assert f"their rows are those of {rows}, {after} after the point" in describe_what_happens(plan).text


@pytest.mark.parametrize(("later_s", "said"), [(31, "; what was written in the 31 s up to the incident is lost"), (-5, "")])
def test_the_data_nodes_say_what_was_written_before_the_incident_and_is_lost(kit, plan, later_s, said):
    facts = kit.scenario
    incident = plan.rows_as_of + timedelta(seconds=later_s)
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes, "backup_id": facts.backup_id}
    told = describe_what_happens(kit.plan(**chosen, incident=incident)).text
    assert f"after the point{said}\n" in told
    unproved = plan.inventory.model_copy(update={"node_proofs": None})
    assert "their rows" not in describe_what_happens(plan.model_copy(update={"inventory": unproved})).text


def test_an_incident_before_the_point_is_a_warning_in_symbol_and_words(kit, given, plan):
    point = plan.inventory.point
    late = describe_what_happens(kit.plan(**given, incident=point - timedelta(minutes=5)))
    assert "! after the incident" in late.text
    assert "NOT before" in late.html
    good = describe_what_happens(kit.plan(**given, incident=point + timedelta(minutes=5)))
    assert "after the incident" not in good.text
    assert "before it" in good.text


def test_few_nodes_are_named_and_many_are_counted(plan):
    nodes = [PlanNode(f"id-{number}", f"node-{number}") for number in range(129)]
    assert name_nodes(replace(view_of(plan), nodes=tuple(nodes))) == "129 data nodes; the list is in the plan"
    assert name_nodes(replace(view_of(plan), nodes=tuple(nodes[:1]))) == "1 data node: node-0 (id-0)"


def test_names_are_escaped(plan):
    ids = plan.request.data_nodes
    pairs = [(DataNode(instance_id=f"s-{one}", instance_name="<b>x</b>"), TargetNode(instance_id=one)) for one in ids]
    shown = describe_what_happens(plan, pairs).html
    assert "&lt;b&gt;x" in shown
    assert "<b>x" not in shown


def test_pairs_are_named_only_if_every_pair_is_known(plan):
    ids = plan.request.data_nodes
    sources = [DataNode(instance_id=f"source-{place}", instance_name=f"orders-{place}") for place in range(len(ids))]
    pairs = [(source, TargetNode(instance_id=one)) for source, one in zip(sources, ids, strict=True)]
    assert "in the place of orders-0" in describe_what_happens(plan, pairs).text
    assert view_with_pairs(plan, pairs[:1]) == view_of(plan)


def test_the_schema_that_was_dropped_stands_first_among_those_that_come_back(plan):
    told = describe_schemas(plan)
    assert told.startswith("missing on the source now, and expected back: orders (the note ")
    assert ". Also billing, " in told
    assert "that the source still has), and any others that were dropped since" in told


def test_schemas_of_a_source_that_cannot_be_read_are_not_guessed(kit, given):
    kit.simulator.inject("server-error@ListDatabases*")
    assert "their names are not known" in describe_schemas(kit.plan(**given))


def test_without_a_plan_it_says_so():
    assert "none yet" in describe_plan(None).text


MADE = datetime(2026, 5, 20, 10, 46, tzinfo=UTC)


def backup(note, hours=0):
    return Backup(id=f"b{hours}", created=MADE + timedelta(hours=hours), description=note)


NOTES = [
    backup("auto metadata backup", -24),
    backup("metadata backup before deleting schema old_one", -1),
    backup("metadata backup before deleting schema orders"),
    backup("metadata backup before deleting schema orders", 2),
    backup("metadata backup before deleting schema billing", 3),
    backup("metadata backup before deleting the instance", 4),
]


def test_a_schema_is_missing_when_a_note_since_then_calls_it_deleted_and_it_is_not_there_now():
    assert {name: one.id for name, one in find_dropped(NOTES, ["billing"], MADE).items()} == {"orders": "b0"}
    assert find_dropped(NOTES, [], None) == {}


def test_what_is_missing_stands_first_with_the_note_that_says_so():
    told = describe_back({"customers": Schema(name="customers")}, ["customers", "billing"], NOTES, MADE)
    assert told == (
        "missing on the source now, and expected back: orders (the note on the backup of 2026-05-20 10:46:00 UTC says that it "
        "was deleted). Also customers (1 that the source still has), and any others that were dropped since: the service does not "
        "list those"
    )


@pytest.mark.parametrize(
    ("schemas", "said"),
    [
        (None, "all that the backup contains; the source cannot be read, so their names are not known"),
        ({}, "all that the backup contains; the source has none of them now, so they are any that were dropped since"),
        ({"a": Schema(name="a")}, "a (1 that the source still has), and any that were dropped since"),
    ],
)
def test_without_a_note_nothing_is_guessed(schemas, said):
    assert describe_back(schemas, [], [backup("auto metadata backup")], MADE).startswith(said)


def test_many_names_are_cut_with_their_number_and_hostile_ones_stay_on_one_line():
    many = {f"s{number:02}": Schema(name=f"s{number:02}") for number in range(15)}
    assert "s11 and 3 more (15 that the source still has)" in describe_back(many, many, [], MADE)
    told = describe_back({}, [], [backup("before deleting schema a\u202eb\x1b[2J")], MADE)
    assert "\x1b" not in told
    assert "\u202e" not in told
