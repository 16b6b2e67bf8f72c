"""The rows in which data nodes are matched."""

from dataclasses import replace

from ddmkit.display.plans import PlanNode
from ddmkit.forms.logic.node_matching import NodePlace
from ddmkit.forms.logic.node_rows import describe_fold, list_candidates, list_known, list_nodes, list_places
from ddmkit.models import DataNode, TargetNode
from ddmkit.restore.proofs.nodes import NodeVerdict


def node(name, *, available=True, reason="", node_id=""):
    return TargetNode(
        instance_id=node_id or f"id-{name}", instance_name=name, available=available, unavailable_reason=reason
    )


def place(name, *candidates, problem=""):
    return NodePlace(DataNode(instance_id=name, instance_name=name), candidates, problem)


def texts(row):
    return [cell.text for cell in row.cells]


def test_an_open_place_says_how_many_can_be_chosen_and_which_is_suggested():
    (row,) = list_places([place("rds-1", node("rds-1-new"), node("z", available=False))], {})
    name, state, said = texts(row)
    assert (row.key, name, state) == ("rds-1", "rds-1", "! open")
    assert "1 of 2 candidates are available. Suggested: rds-1-new" in said


def test_a_chosen_place_names_its_node_and_is_found_by_its_id():
    (row,) = list_places([place("rds-1", node("rds-1-new"))], {"rds-1": "id-rds-1-new"})
    assert texts(row) == ["rds-1", "✓ chosen", "rds-1-new"]
    assert "id-rds-1-new" in row.searched


def test_a_place_whose_candidates_cannot_be_read_says_why():
    (row,) = list_places([place("rds-1", problem="HTTP 500")], {})
    assert texts(row) == ["rds-1", "✗ problem", "HTTP 500"]


def test_a_node_that_is_taken_is_suggested_to_nobody_else():
    places = [place("a", node("a-new")), place("a-new", node("a-new"))]
    assert "Suggested" not in texts(list_places(places, {"a": "id-a-new"})[1])[2]


def test_candidates_come_the_best_first_and_each_that_cannot_be_chosen_has_its_reason():
    first = place("a", node("z"), node("a-new"), node("y", available=False, reason="Frozen."), node("x", available=False))
    places, assigned = [first, place("b", node("z"))], {"b": "id-z", "a": "id-a-new"}
    rows = list_candidates(first, places, assigned)
    assert [texts(row)[0] for row in rows] == ["a-new", "z", "x", "y"]
    assert [row.reason for row in rows] == [
        "",
        "it already takes the place of b; a data node can be used only once.",
        "the service gives no reason",
        "Frozen.",
    ]


def test_the_projects_nodes_keep_their_order():
    assert [row.key for row in list_known([node("b"), node("a")])] == ["id-b", "id-a"]


def test_few_nodes_are_open_and_many_are_folded_behind_their_number():
    nodes = [PlanNode(f"id{number}", f"rds-{number}", f"s{number}", f"old-{number}") for number in range(129)]
    assert describe_fold(nodes[:8]) == ""
    assert describe_fold(nodes) == "129 data nodes: rds-0, rds-1, rds-2, and 126 more"
    assert texts(list_nodes(nodes)[0]) == ["rds-0", "id0", "old-0", "s0"]


def test_a_hostile_name_does_not_break_the_line_of_the_fold():
    assert "<U+202E>" in describe_fold([PlanNode("i", "a\u202eb\nc")] * 9)


def test_a_matching_name_with_a_wrong_instant_is_shown_as_such_with_its_reason():
    wrong = NodeVerdict(node_id="id-a-new", status="fail", source_id="a", detail="a-new was recovered 1 s too late.")
    right = NodeVerdict(node_id="id-z", status="pass", source_id="a", instant_ms=1779283359000, detail="")
    other = NodeVerdict(node_id="id-y", status="pass", source_id="b", detail="y comes from b")
    spot = place("a", node("a-new"), node("z"), node("y"), node("x"))
    spot = replace(spot, origins={one.node_id: one for one in (wrong, right, other)})
    (row,) = list_places([spot], {})
    assert "Suggested: z, recovered from this data node to the right instant (2026-05-20 13:22:39 UTC)" in texts(row)[2]
    (row,) = list_places([spot], {"b": "id-z"})
    assert texts(row)[2].endswith("A name fits, but: a-new was recovered 1 s too late.")
    for chosen, reason in (("a-new", "a-new was recovered 1 s too late."), ("y", "y comes from b")):
        (row,) = list_places([spot], {"a": f"id-{chosen}"})
        assert texts(row)[1:] == ["\u2717 does not fit", f"{chosen}. {reason}"]
    (row,) = list_places([spot], {"a": "id-z"})
    assert texts(row)[1:] == ["\u2713 chosen", "z"]
    shown = {texts(row)[0]: (texts(row)[1], row.reason) for row in list_candidates(spot, [spot], {})}
    assert shown == {
        "z": ("\u2713 right instant: 2026-05-20 13:22:39 UTC", ""),
        "x": ("\u2713 available", ""),
        "a-new": ("\u2717 does not fit", ""),
        "y": ("\u2717 of another node", ""),
    }
