"""Buttons that settle what was meant."""

from ddmkit.forms.widgets.instants.readings import Readings


def test_a_click_passes_the_meaning_on_and_the_buttons_can_be_removed():
    chosen = []
    readings = Readings(chosen.append, "ddmkit-reading")
    assert readings.widget.layout.display == "none"
    readings.offer([("first", 1), ("second", 2)])
    assert readings.widget.layout.display is None
    assert [one.description for one in readings.widget.children] == ["first", "second"]
    readings.widget.children[1].click()
    assert chosen == [2]
    readings.clear()
    assert readings.widget.children == ()
    assert readings.widget.layout.display == "none"
