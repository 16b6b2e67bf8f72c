"""Suggested pairs, and pasted ids."""

from dataclasses import replace

from ddmkit.forms.logic.node_matching import (
    NodePlace,
    Origin,
    agree_on_instant,
    explain_misleading_name,
    explain_origin,
    fill_places,
    judge_origin,
    rank_candidates,
    suggest_node,
)
from ddmkit.models import DataNode, TargetNode
from ddmkit.restore.proofs.nodes import NodeVerdict


def node(name, *, available=True, reason=""):
    return TargetNode(instance_id=f"id-of-{name}", instance_name=name, available=available, unavailable_reason=reason)


def place(name, *candidates):
    return NodePlace(DataNode(instance_id=f"src-{name}", instance_name=name), candidates)


def test_the_name_that_continues_the_sources_is_suggested():
    found = suggest_node(place("rds-1", node("rds-10-new"), node("rds-1-new"), node("other")))
    assert found.node.instance_name == "rds-1-new"


def test_of_several_alike_the_closest_is_suggested_and_the_others_are_named():
    found = suggest_node(place("rds-1", node("rds-1-new-too-early"), node("rds-1-new")))
    assert found.node.instance_name == "rds-1-new"
    assert "rds-1-new-too-early" in found.reason


def test_nothing_is_suggested_that_is_unavailable_taken_or_unlike():
    assert suggest_node(place("rds-1", node("rds-1-new", available=False), node("x"))) is None
    assert suggest_node(place("rds-1", node("rds-1-new")), ["id-of-rds-1-new"]) is None


def test_candidates_are_ranked_alike_first_unavailable_last():
    ranked = rank_candidates(place("a", node("z"), node("a-new", available=False), node("a-copy")))
    assert [one.instance_name for one in ranked] == ["a-copy", "z", "a-new"]


def test_pasted_ids_go_where_they_fit_best_whatever_their_order():
    both = node("a-new"), node("b-new")
    assigned, problems = fill_places([place("a", *both), place("b", *both)], "id-of-b-new,\nid-of-a-new")
    assert assigned == {"src-a": "id-of-a-new", "src-b": "id-of-b-new"}
    assert problems == []


def test_pasted_ids_that_do_not_fit_are_named_with_the_reason():
    places = [place("a", node("a-new"), node("a-bad", available=False, reason="frozen"))]
    unknown = "f4e2949e9b9b4d60b42c89ed39bfe34cin01"
    assigned, problems = fill_places(places, f"id-of-a-new id-of-a-bad {unknown}", {"src-a": "id-of-a-new"})
    assert assigned == {"src-a": "id-of-a-new"}
    assert problems == ["id-of-a-bad: frozen", f"{unknown}: not a candidate for any data node of the source"]


def test_pasted_names_count_as_ids_when_exactly_one_node_has_them():
    places = [place("a", node("a-new"), node("a b")), place("b", node("b-new"))]
    assert fill_places(places, '["a-new", "b-new"]') == ({"src-a": "id-of-a-new", "src-b": "id-of-b-new"}, [])
    assert fill_places(places[:1], "a b") == ({"src-a": "id-of-a b"}, [])


def test_a_name_that_two_nodes_have_is_refused():
    twins = [TargetNode(instance_id=f"twin-{number}", instance_name="twin", available=True) for number in range(2)]
    assert fill_places([place("a", *twins)], "twin") == (
        {},
        ["'twin' is the name of 2 data nodes; give the id of one of them."],
    )


def test_what_is_neither_id_nor_name_is_named():
    _, problems = fill_places(
        [place("a", node("a-new"))], "<b>hi</b>\n\u6570\u636e\uff0cdefa45b24d314e878fde930a61732e9dbr09"
    )
    assert [said.split("'")[1] for said in problems] == ["<b>hi</b>", "\u6570\u636e", "defa45b24d314e878fde930a61732e9dbr09"]
    assert "is the id of a backup" in problems[-1]


def seen(name, status, source="", detail=""):
    return NodeVerdict(node_id=f"id-of-{name}", status=status, source_id=f"src-{source}" if source else "", detail=detail)


def proved(spot, *found):
    return replace(spot, origins={one.node_id: one for one in found})


def test_the_node_whose_proof_is_right_is_suggested_whatever_its_name():
    spot = proved(place("rds-1", node("rds-1-new"), node("x")), seen("x", "pass", "rds-1"), seen("rds-1-new", "warn"))
    found = suggest_node(spot)
    assert (found.node.instance_name, found.reason) == ("x", "recovered from this data node to the right instant")
    assert suggest_node(spot, ["id-of-x"]).node.instance_name == "rds-1-new"


def test_a_matching_name_with_a_wrong_instant_is_never_suggested_and_shown_with_its_reason():
    wrong = seen("rds-1-new", "fail", "rds-1", "rds-1-new was recovered to 08:00, 1 s after 07:59:59.")
    spot = proved(place("rds-1", node("rds-1-new"), node("other")), wrong)
    assert suggest_node(spot) is None
    assert explain_misleading_name(spot) == wrong.detail
    assert judge_origin(spot, spot.candidates[0]) is Origin.WRONG
    assert [one.instance_name for one in rank_candidates(spot)] == ["other", "rds-1-new"]


def test_a_node_of_another_source_node_is_never_suggested_for_its_name():
    spot = proved(place("rds-1", node("rds-1-new")), seen("rds-1-new", "pass", "rds-2", "recovered from src-rds-2"))
    assert suggest_node(spot) is None
    assert explain_origin(spot, "id-of-rds-1-new") == "recovered from src-rds-2"
    assert judge_origin(spot, spot.candidates[0]) is Origin.OTHER


def test_of_two_proved_nodes_the_closest_name_is_suggested_and_the_other_named():
    spot = place("rds-1", node("rds-1-new"), node("rds-1-newer"))
    found = suggest_node(proved(spot, seen("rds-1-new", "pass", "rds-1"), seen("rds-1-newer", "pass", "rds-1")))
    assert found.node.instance_name == "rds-1-new"
    assert "rds-1-newer would as well" in found.reason


def test_a_name_without_any_proof_says_that_nothing_shows_its_instant():
    spot = proved(place("rds-1", node("rds-1-new")), seen("rds-1-new", "warn", detail="Nothing shows it."))
    assert "nothing shows its instant: compare" in suggest_node(spot).reason
    assert explain_origin(spot, "id-of-rds-1-new") == "Nothing shows it."
    assert explain_origin(place("rds-1"), "x") == explain_misleading_name(place("rds-1")) == ""


def test_pasted_nodes_go_first_to_the_place_that_their_proof_names():
    one, two = node("n1"), node("n2")
    found = (seen("n1", "pass", "b"), seen("n2", "pass", "a"))
    assigned, _ = fill_places([proved(place(name, one, two), *found) for name in "ab"], "id-of-n1 id-of-n2")
    assert assigned == {"src-a": "id-of-n2", "src-b": "id-of-n1"}


def test_a_pasted_node_of_another_row_stays_out_although_its_own_row_is_taken():
    one, two = node("n1"), node("n2")
    found = (seen("n1", "pass", "a"), seen("n2", "pass", "b"))
    places = [proved(place(name, one, two), *found) for name in "ab"]
    assigned, problems = fill_places(places, "id-of-n1", {"src-a": "id-of-n2"})
    assert assigned == {"src-a": "id-of-n2"}
    assert problems == [
        "id-of-n1: each row that it fits has a data node already; choose it there, or unmatch that row first"
    ]


def at(name, source, second):
    return seen(name, "pass", source, f"{name} was recovered.").model_copy(
        update={"instant_ms": 1_779_258_600_000 + second * 1000}
    )


def suggested(places):
    found = [suggest_node(one) for one in places]
    return [one.node.instance_name if one else "" for one in found]


def test_with_a_backup_only_nodes_of_one_instant_are_suggested():
    nodes = [node(name) for name in ("a1", "b1", "a2", "b2")]
    verdicts = (at("a1", "a", 0), at("b1", "b", 1), at("a2", "a", 2), at("b2", "b", 2))
    both = [proved(place(name, *nodes), *verdicts) for name in "ab"]
    assert suggested(both) == ["a1", "b1"]  # each by itself
    assert suggested(agree_on_instant(both)) == ["a2", "b2"]  # the only instant of both
    assert suggested(agree_on_instant(both, verdicts[0].instant_ms)) == ["a2", "b2"]
    partly = [proved(place(name, *nodes[:2]), *verdicts[:2]) for name in "ab"]
    assert suggested(agree_on_instant(partly)) == ["a1", ""]  # the first of those that as many places share
    assert suggested(agree_on_instant(partly, verdicts[1].instant_ms)) == ["", "b1"]  # that of the nodes to recover
    assert suggested(agree_on_instant(partly, verdicts[3].instant_ms)) == ["", ""]
    told = explain_origin(agree_on_instant(partly)[1], "id-of-b1")
    own, others = "2026-05-20 06:30:01 UTC", "2026-05-20 06:30:00 UTC"
    assert told == f"id-of-b1 was recovered to {own}; the other data nodes hold, or get, {others}."


def test_without_any_proof_a_backup_changes_nothing():
    spot = place("rds-1", node("rds-1-new"))
    assert agree_on_instant([spot]) == [spot]
    assert suggested(agree_on_instant([spot], 1_779_258_600_000)) == ["rds-1-new"]
