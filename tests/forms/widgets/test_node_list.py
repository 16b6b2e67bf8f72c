"""The data nodes of a plan, to read."""

from ddmkit.display.plans import PlanNode
from ddmkit.forms.widgets.node_list import NodeList


def test_few_nodes_are_open_and_129_are_folded_and_searched():
    made = NodeList("x")
    made.set_nodes([PlanNode("id1", "rds-1")])
    assert (made.fold, made.said) == ("", "row 1 of 1")
    made.set_nodes([PlanNode(f"id{number}", f"rds-{number}") for number in range(129)])
    assert made.fold.startswith("129 data nodes: ")
    assert made.said == "rows 1 to 25 of 129"
    made.ask("rds-128")
    assert [row["key"] for row in made.view["rows"]] == ["id128"]
    made.press("id128")
    assert made.selected == []
    made.close()
