"""What a page loads at the start: few models and few bytes, counted as a front end gets them."""

import json

import comm
import pytest
from comm.base_comm import BaseComm
from ipywidgets.widgets import widget

from ddmkit.forms import RestoreForm
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.widgets import style

MOST_MODELS = 120
MOST_BYTES = 100_000
MOST_UPDATES = 25


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


def test_a_new_form_sends_few_models_few_bytes_and_hardly_anything_twice(kit, messages):
    form = RestoreForm(kit, new_world=lambda _scenario: form)
    form._ipython_display_()
    models = [data for kind, data in messages if kind == "comm_open"]
    updates = [data for kind, data in messages if kind == "comm_msg"]
    size = len(json.dumps([data for _, data in messages], default=str))
    print(f"{len(models)} models, {len(updates)} updates, {size:,} bytes")
    assert 20 < len(models) <= MOST_MODELS
    assert len(updates) <= MOST_UPDATES
    assert 10_000 < size <= MOST_BYTES
    form.close()


def test_one_style_sheet_is_on_the_page_however_many_steps_were_opened(walk):
    form = walk().reach(Step.CONFIRM).form
    form._ipython_display_()
    sheets = [one for one in widgets_of(form.widget) if "<style>" in str(getattr(one, "value", ""))]
    assert len(sheets) == 1


def widgets_of(shown):
    yield shown
    for child in getattr(shown, "children", ()):
        yield from widgets_of(child)
