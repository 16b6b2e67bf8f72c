"""What every form shares."""

from ddmkit.forms import InstanceForm
from ddmkit.forms.logic.summary import describe_facts


def test_named_facts_are_escaped_and_empty_ones_left_out():
    said = describe_facts("Title", [("Name", "<b>x</b>"), ("Nothing", "")])
    assert "&lt;b&gt;x" in said.html
    assert said.text == "Title:\n  Name: <b>x</b>"


def test_a_form_shows_its_widget_and_its_summary_as_two_displays_and_updates_the_second(kit, monkeypatch):
    shown, updated = [], []

    class Handle:
        def update(self, said):
            updated.append(said.text)

    def display(what, **options):
        shown.append((what, options))
        return Handle()

    monkeypatch.setattr("ddmkit.forms.widgets.base.display", display)
    form = InstanceForm(kit)
    form._ipython_display_()
    assert "application/vnd.jupyter.widget-view+json" in shown[0][0]
    assert "below" in shown[0][0]["text/plain"]
    assert shown[1][1] == {"display_id": True}
    form.instance_id = kit.scenario.source
    assert "ddm-orders-prod" in updated[-1]


def test_an_app_shows_no_summary_because_it_would_not_follow(kit, monkeypatch):
    shown = []
    monkeypatch.setattr("ddmkit.forms.widgets.base.display", lambda what, **options: shown.append(what))
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    form = InstanceForm(kit)
    form._ipython_display_()
    form.instance_id = kit.scenario.source
    assert len(shown) == 1


def test_a_repr_is_one_line_and_cheap(kit):
    assert "\n" not in repr(InstanceForm(kit))
