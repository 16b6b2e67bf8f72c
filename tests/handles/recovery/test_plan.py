"""The plan of a recovery as a person holds it: whole, and without a password."""

from __future__ import annotations

from ddmkit.handles.recovery.plan import Recovery
from tests.recovery.builders import choice, plan


def shown(made):
    return Recovery.model_construct(**dict(made)).show()


def test_a_plan_shows_every_request_in_order():
    fragment = shown(plan())
    for text in (fragment.text, fragment.html):
        places = [text.index(f"[{step.name}]") for step in plan().steps]
        assert places == sorted(places)
        assert "********" in text
    assert "1779258600000" in fragment.text
    assert "Digest 5145982b73ae" in fragment.text
    assert "Ready:" in fragment.text


def test_a_plan_that_is_not_ready_says_so():
    assert "(not ready: see the checks)" in shown(plan(choice(like={"target": {"engine_version": "9.9"}}))).text


def test_a_drill_is_called_one():
    made = Recovery.model_construct(**dict(plan(choice(throwaway=True))))
    assert made.show().text.count("Drill ") >= 1
    assert repr(made).startswith("<drill plan")
    assert set(made._repr_mimebundle_()) == {"text/plain", "text/html"}
