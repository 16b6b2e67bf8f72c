"""Choosing the target and its data nodes."""

import json

import pytest

from ddmkit.forms import TargetForm


def key_of(table, words):
    """Return the key of the row whose reason holds the words."""
    return next(row["key"] for row in table.view["rows"] if words in row.get("reason", ""))


@pytest.fixture
def form(kit):
    return TargetForm(kit, source=kit.scenario.source, point=kit.scenario.restore_time)


def test_unavailable_targets_are_visible_last_and_with_their_reason(form):
    rows = form.list.view["rows"]
    assert "✓ available" in rows[0]["cells"]
    assert rows[0].get("reason", "") == ""
    assert all(row.get("reason", "") for row in rows[2:])
    assert "The DDM instance is frozen." in [row.get("reason", "") for row in rows]


def test_an_unavailable_target_is_refused_on_the_page_and_the_choice_stays(form, kit):
    form.list.press(kit.scenario.target)
    form.list.press(key_of(form.list, "associated with a data node"))
    assert (form.target_id, form.list.chosen) == (kit.scenario.target, kit.scenario.target)


def test_an_unavailable_target_from_python_is_explained_and_gives_no_value(form):
    form.target_id = key_of(form.list, "associated with a data node")
    assert form.value is None
    assert form.list.chosen == ""
    assert "associated with a data node" in form.problem
    assert "unavailable" in form.verdict.widget.value


def test_the_page_scrolls_to_the_data_nodes_after_a_click_on_a_target_that_can_be_used(form, kit, monkeypatch):
    revealed = []
    monkeypatch.setattr(form.rows.rows, "send", revealed.append)
    form.target_id = kit.scenario.target  # from Python nothing moves
    form.list.press()
    form.list.press(key_of(form.list, "associated with a data node"))
    assert revealed == []
    form.list.press(kit.scenario.target)
    assert revealed == [{"reveal": "ddmkit-target-nodes"}]


def test_pairs_are_suggested_and_never_chosen_by_themselves(form, kit):
    form.list.press(kit.scenario.target)
    assert form.value is None
    assert "Suggested: rds-orders-1-recovered" in form.rows.rows.view["rows"][0]["cells"][2]
    form.rows.take.click()
    assert form.value.data_nodes == kit.scenario.data_nodes
    assert [source.instance_name for source, _ in form.value.pairs] == ["rds-orders-1", "rds-orders-2"]


def test_what_the_right_instant_is_stands_above_the_data_nodes(form, kit):
    form.list.press(kit.scenario.target)
    assert "exactly the chosen point in time" in form.heading.value
    form.set_source(kit.scenario.source, kit.backups(kit.scenario.source)[0].created, kit.scenario.backup_id)
    form.read_if_needed()
    assert "one and the same for all of them" in form.heading.value
    assert form.needs_nodes
    form.rows.take.click()
    assert not form.needs_nodes


def test_a_row_takes_one_node_and_no_node_twice(form, kit):
    form.target_id = kit.scenario.target
    places, candidates = form.rows.rows, form.rows.candidates
    first, second = (row["key"] for row in places.view["rows"])
    assert places.chosen == first
    candidates.press(kit.scenario.data_nodes[0])
    places.press(second)
    assert candidates.chosen == ""
    candidates.press(kit.scenario.data_nodes[0])
    assert candidates.chosen == ""
    assert key_of(candidates, "it already takes the place of rds-orders-1") == kit.scenario.data_nodes[0]
    candidates.press(kit.scenario.data_nodes[1])
    assert form.value.data_nodes == kit.scenario.data_nodes
    places.press(first)
    assert candidates.chosen == kit.scenario.data_nodes[0]
    candidates.press()
    assert form.value is None


def test_an_unavailable_node_is_refused_with_the_services_reason(form, kit):
    form.target_id = kit.scenario.target
    candidates = form.rows.candidates
    abnormal = next(row for row in candidates.view["rows"] if row["cells"][0] == "rds-abnormal")
    assert abnormal.get("reason", "") == "The data node is abnormal."
    candidates.press(abnormal["key"])
    assert (candidates.chosen, form.rows.assigned) == ("", {})


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
    assert [row["key"] for row in form.known.view["rows"] if row["key"] in facts.data_nodes] == list(facts.data_nodes)
    shown = form.unread.text + "".join(getattr(one, "value", "") for one in form._nodes.children)
    assert "the source no longer exists" in form.unread.text
    assert "rds-orders-1 (recovered as rds-orders-1-recovered)" in shown
    assert "HTTP 404" not in shown
    form.known.press(facts.data_nodes[0])
    form.known.press(*facts.data_nodes)
    assert form.value.data_nodes == facts.data_nodes
    assert form.unpaired_field.value == ", ".join(facts.data_nodes)
    form.known.press(facts.data_nodes[1])
    assert form.value.data_nodes == facts.data_nodes[1:]


def test_what_was_typed_chooses_its_rows_and_stays_when_rows_are_chosen(deleted):
    form, facts = deleted
    form.unpaired_field.input.value = f"rds-orders-1-recovered, {'f' * 32}in01"
    assert form.known.selected == [facts.data_nodes[0]]
    form.known.press(*facts.data_nodes)
    assert form.unpaired_field.value == f"{', '.join(facts.data_nodes)}, {'f' * 32}in01"


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
    assert "0 of 129 data nodes matched" in rows.count.value
    assert rows.rows.said == "rows 1 to 25 of 129"
    sent = [rows.rows.get_state(), rows.candidates.get_state()]
    assert len(json.dumps(sent, default=str)) < 40_000
    rows.rows.ask("telemetry-128")
    assert rows.rows.said == "1 of 129 match; row 1 shown"
    rows.pasted.value = "\n".join(reversed(kit.scenario.data_nodes))
    rows.fill.click()
    assert form.value.data_nodes == kit.scenario.data_nodes
    rows.rows.ask("open")
    assert rows.rows.said == "0 of 129 match; clear the search to see all"


def test_a_target_with_an_old_engine_is_not_offered_as_available(form):
    row = next(one for one in form.list.view["rows"] if one["cells"][0] == "ddm-empty-old-engine")
    assert "its engine is 3.0.6, below 3.0.8" in row.get("reason", "")
    form.target_id = row["key"]
    assert form.value is None
    assert "below 3.0.8" in form.problem
