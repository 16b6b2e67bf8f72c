"""Choosing the target and its data nodes."""

import json

import pytest

from ddmkit.forms import TargetForm


@pytest.fixture
def form(kit):
    return TargetForm(kit, source=kit.scenario.source, point=kit.scenario.restore_time)


def test_unavailable_targets_are_visible_last_and_with_their_reason(form):
    labels = [label for label, _ in form.list.select.options]
    assert "✓ available" in labels[1]
    assert "✗ unavailable: The DDM instance is frozen." in labels[4]


def test_an_unavailable_target_is_explained_and_gives_no_value(form):
    form.list.select.index = 2
    assert form.value is None
    assert "associated with a data node" in form.problem
    assert "unavailable" in form.verdict.widget.value


def test_pairs_are_suggested_and_never_chosen_by_themselves(form, kit):
    form.list.select.value = kit.scenario.target
    assert form.value is None
    assert "Suggested: rds-orders-1-recovered" in form.rows.rows.children[0].children[1].value
    form.rows.take.click()
    assert form.value.data_nodes == kit.scenario.data_nodes
    assert [source.instance_name for source, _ in form.value.pairs] == ["rds-orders-1", "rds-orders-2"]


def test_a_row_takes_one_node_and_no_node_twice(form, kit):
    form.target_id = kit.scenario.target
    first, second = (row.children[0] for row in form.rows.rows.children)
    first.value = kit.scenario.data_nodes[0]
    second.value = kit.scenario.data_nodes[0]
    assert second.value == ""
    assert "a node can be used only once" in form.rows.message.text
    second.value = kit.scenario.data_nodes[1]
    assert form.value.data_nodes == kit.scenario.data_nodes
    first.value = ""
    assert form.value is None


def test_an_unavailable_node_is_refused_with_the_services_reason(form, kit):
    form.target_id = kit.scenario.target
    pick = form.rows.rows.children[0].children[0]
    pick.value = next(key for label, key in pick.options if "rds-abnormal" in label)
    assert pick.value == ""
    assert "rds-abnormal is unavailable: The data node is abnormal." in form.rows.message.text


def test_from_python_ids_are_taken_in_any_order(form, kit):
    form.target_id = kit.scenario.target
    form.data_nodes = reversed(kit.scenario.data_nodes)
    assert form.data_nodes == kit.scenario.data_nodes


def test_a_choice_outlives_reading_again_and_another_point(form, kit):
    form.target_id = kit.scenario.target
    form.rows.take.click()
    form.again.click()
    assert form.value is not None
    form.set_source(kit.scenario.source, kit.backups(kit.scenario.source)[1].created)
    assert form.value is None
    form.read_if_needed()
    assert form.target_id == kit.scenario.target
    assert form.data_nodes == kit.scenario.data_nodes


def test_a_source_whose_nodes_cannot_be_read_takes_ids_as_they_are(kit):
    kit.simulator.inject("server-error@ShowRelatedDns*")
    form = TargetForm(kit, source=kit.scenario.source, point=kit.scenario.restore_time, target_id=kit.scenario.target)
    assert "cannot be read" in form.unread.text
    form.unpaired_field.input.value = " ".join(kit.scenario.data_nodes)
    assert form.value.data_nodes == kit.scenario.data_nodes


@pytest.fixture
def deleted(open_kit):
    kit = open_kit("deleted-instance")
    facts = kit.scenario
    return TargetForm(kit, source=facts.source, point=facts.restore_time, target_id=facts.target), facts


def test_for_a_deleted_source_the_projects_own_data_nodes_are_offered_with_the_storys_notes(deleted):
    form, facts = deleted
    assert [key for _, key in form.known.select.options if key in facts.data_nodes] == list(facts.data_nodes)
    shown = form.unread.text + "".join(getattr(one, "value", "") for one in form._nodes.children)
    assert "the source no longer exists" in form.unread.text
    assert "rds-orders-1 (recovered as rds-orders-1-recovered)" in shown
    assert "HTTP 404" not in shown
    for node_id in facts.data_nodes:
        form.known.select.value = node_id
    assert form.value.data_nodes == facts.data_nodes


def test_names_of_data_nodes_are_resolved_where_their_ids_are_asked_for(deleted):
    form, facts = deleted
    form.unpaired_field.input.value = "rds-orders-1-recovered, rds-orders-2-recovered"
    assert form.value.data_nodes == facts.data_nodes


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("rds-orders-9-recovered", "'rds-orders-9-recovered' is neither an id nor the name"),
        ("<b>hi</b>", "'<b>hi</b>' is neither an id nor the name"),
        ("数据节点", "'数据节点' is neither an id nor the name"),
        ("a48e43ff268f4c0e879652d65e63d0fbin09", "is the id of a DDM instance, not of a data node"),
        ("defa45b24d314e878fde930a61732e9dbr09", "is the id of a backup, not of a data node"),
        ("rds-other-vpc", "in different VPCs"),
    ],
)
def test_what_is_no_data_node_is_named_and_gives_no_value(deleted, typed, said):
    form, facts = deleted
    form.unpaired_field.input.value = f"{facts.data_nodes[0]}, {typed}"
    assert said in form.unpaired_field.message.text
    assert form.value is None


def test_for_an_old_backup_its_data_nodes_get_the_projects_own_as_candidates(open_kit):
    kit = open_kit("old-backup")
    facts = kit.scenario
    form = TargetForm(kit)
    form.set_source(facts.source, facts.restore_time, facts.backup_id)
    form.target_id = facts.target
    assert "The backup names 2 data nodes" in form.unread.text
    form.rows.take.click()
    assert form.value.data_nodes == facts.data_nodes
    assert kit.plan(source=facts.source, target=facts.target, data_nodes=form.data_nodes, backup_id=facts.backup_id).ready


def test_an_expired_token_is_not_taken_for_nodes_that_cannot_be_read(kit):
    form = TargetForm(kit, source=kit.scenario.source, point=kit.scenario.restore_time)
    kit.simulator.inject("token-expires@ShowRelatedDns")
    form.target_id = kit.scenario.target
    assert "APIGW.0307" in form.message.text
    assert not form.unread.text


def test_129_nodes_stay_usable(open_kit):
    kit = open_kit("many-nodes")
    form = TargetForm(kit, source=kit.scenario.source, point=kit.scenario.restore_time, target_id=kit.scenario.target)
    rows = form.rows
    assert "0 of 129 data nodes matched; rows 1 to 8 of 129" in rows.count.value
    sent = [pick.get_state() for row in rows.rows.children for pick in row.children]
    assert len(json.dumps(sent, default=str)) < 100_000
    rows.on.click()
    assert "rows 9 to 16" in rows.count.value
    rows.search.input.value = "telemetry-128"
    assert "rows 1 to 1 of 1 that match, 129 in all" in rows.count.value
    rows.pasted.value = "\n".join(reversed(kit.scenario.data_nodes))
    rows.fill.click()
    assert form.value.data_nodes == kit.scenario.data_nodes
    rows.search.input.value = "open"
    assert "no rows that match" in rows.count.value


def test_a_target_with_an_old_engine_is_not_offered_as_available(form):
    label, key = next(one for one in form.list.select.options if "ddm-empty-old-engine" in one[0])
    assert "✗ unavailable: its engine is 3.0.6, below 3.0.8" in label
    form.list.select.value = key
    assert form.value is None
    assert "below 3.0.8" in form.problem
