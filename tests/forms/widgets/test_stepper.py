"""The frame around the steps."""

from ddmkit.forms.widgets.stepper import describe_route, short_id


def test_both_ends_are_said_by_name_and_short_id():
    said = describe_route(("orders", "d2953911775f3ffa2672daf5efa3430bin09"), ("", ""))
    assert "SOURCE orders (d29539…0bin09) → TARGET not chosen" in said


def test_a_short_id_stays_whole():
    assert short_id("abc") == "abc"
