"""What a page loads at the start: few models and few bytes, counted as a front end gets them."""

import json
import time

import comm
import pytest
from comm.base_comm import BaseComm
from ipywidgets.widgets import widget

from ddmkit.forms import RestoreForm
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.widgets import style

MOST_MODELS = 60
MOST_BYTES = 60_000
MOST_UPDATES = 25
MOST_BYTES_OF_A_STEP = 60_000
MOST_SECONDS_OF_A_STEP = 0.3  # of the processor


@pytest.fixture
def messages(monkeypatch):
    """Collect what goes to the page, as (kind, data)."""
    sent = []

    class Counted(BaseComm):
        def publish_msg(self, msg_type, data=None, **_more):
            sent.append((msg_type, data))

    monkeypatch.setattr(comm, "create_comm", Counted)
    monkeypatch.setattr(widget.comm, "create_comm", Counted)
    monkeypatch.setattr(style, "_shared", {})  # a new kernel has none
    return sent


def count(messages):
    """Return how many models and updates went to the page, and their bytes."""
    models = sum(kind == "comm_open" for kind, _ in messages)
    size = len(json.dumps([data for _, data in messages], default=str))
    print(f"{models} models, {len(messages) - models} updates, {size:,} bytes")
    return models, len(messages) - models, size


def test_a_new_form_sends_few_models_few_bytes_and_hardly_anything_twice(kit, messages):
    form = RestoreForm(kit, new_world=lambda _scenario: form)
    form._ipython_display_()
    models, updates, size = count(messages)
    assert 20 < models <= MOST_MODELS
    assert updates <= MOST_UPDATES
    assert 10_000 < size <= MOST_BYTES
    form.close()


def test_the_step_point_in_time_sends_its_timeline_once_and_few_models(walk, messages):
    person = walk().reach(Step.SOURCE)
    person.choose_source()
    messages.clear()
    began = time.process_time()
    person.go_on()
    assert person.form.step is Step.POINT
    assert time.process_time() - began < MOST_SECONDS_OF_A_STEP
    models, updates, size = count(messages)
    assert 10 < models <= 45
    assert updates <= 35
    assert 30_000 < size <= MOST_BYTES_OF_A_STEP


def test_one_style_sheet_is_on_the_page_however_many_steps_were_opened(walk):
    form = walk().reach(Step.CONFIRM).form
    form._ipython_display_()
    sheets = [one for one in widgets_of(form.widget) if "<style>" in str(getattr(one, "value", ""))]
    assert len(sheets) == 1


def widgets_of(shown):
    yield shown
    for child in getattr(shown, "children", ()):
        yield from widgets_of(child)
