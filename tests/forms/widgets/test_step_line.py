"""The line of steps: what goes to the page, and what the page may ask for."""

import pytest

from ddmkit.forms.widgets.step_line import StepButton, StepLine


def step(key, *, can_open=True):
    return StepButton(key, key.title(), "ready", "▶", can_open)


@pytest.fixture
def opened():
    return []


@pytest.fixture
def line(opened):
    made = StepLine(opened.append)
    made.draw([step("source"), step("point", can_open=False)], "source")
    return made


def test_a_click_opens_a_step(line, opened):
    line._handle_custom_msg({"open": "source"}, [])
    assert opened == ["source"]


@pytest.mark.parametrize("message", [{"open": "point"}, {"open": "elsewhere"}, {"open": None}, {}])
def test_a_step_that_cannot_be_opened_stays_closed_whatever_the_page_says(line, opened, message):
    line._handle_custom_msg(message, [])
    assert opened == []


def test_an_equal_state_sends_nothing(line, monkeypatch):
    sent = []
    monkeypatch.setattr(line, "send_state", lambda key: sent.append(set(key)) if key else None)
    line.draw([step("source"), step("point", can_open=False)], "source")
    assert sent == []
    line.draw([step("source"), step("point")], "point")
    assert sent == [{"steps", "current"}]


def test_the_focus_is_moved_by_a_message(line, monkeypatch):
    sent = []
    monkeypatch.setattr(line, "send", sent.append)
    line.focus_on("point")
    assert sent == [{"focus": "point"}]


def test_the_page_is_told_whether_it_is_an_app(monkeypatch, line):
    assert not line.is_app
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    assert StepLine(print).is_app
