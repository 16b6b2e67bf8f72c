"""Widgets whose first message holds only what is set."""

import ipywidgets

from ddmkit.forms.widgets.brief import HTML, BriefButton, BriefList, BriefText, Line, Stack, make_brief

_KIND = {"_model_name", "_model_module", "_model_module_version"}


def test_only_the_kind_and_what_is_set_is_sent_at_first():
    sent = HTML("<b>x</b>", layout=ipywidgets.Layout(), style={}).get_state()
    assert set(sent) == {*_KIND, "value", "layout", "style"}
    assert sent["_model_name"] == "HTMLModel"


def test_a_named_property_is_sent_also_when_it_is_back_at_its_default():
    made = HTML("<b>x</b>")
    made.value = ""
    assert made.get_state("value") == {"value": ""}
    assert "value" not in made.get_state()


def test_every_kind_keeps_what_makes_it_different_from_others():
    assert BriefButton(description="Go on", disabled=True).get_state().keys() >= {*_KIND, "description", "disabled"}
    assert BriefText(value="a", continuous_update=False).get_state()["continuous_update"] is False
    assert BriefList(value="", options=("a", "b")).get_state()["options"] == ("a", "b")
    for box in (Stack, Line):
        made = box([HTML("x")])
        assert made.get_state()["children"] == [f"IPY_MODEL_{made.children[0].model_id}"]


def test_a_layout_has_nothing_but_its_settings():
    made = make_brief(ipywidgets.Layout)(width="100%")
    assert isinstance(made, ipywidgets.Layout)
    assert set(made.get_state()) == {*_KIND, "width"}
