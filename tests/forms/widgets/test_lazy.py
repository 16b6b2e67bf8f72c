"""A part that is made when it is first needed."""

from ddmkit.forms.widgets.lazy import Lazy


def test_a_part_is_made_once_and_only_when_it_is_needed():
    made = []
    part = Lazy(lambda: made.append("part") or object())
    assert part.made is None
    assert made == []
    first = part.get()
    assert part.get() is first is part.made
    assert made == ["part"]
