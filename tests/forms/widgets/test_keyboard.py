"""The guard of the keys; what it does on a page is seen in the browser's tests."""

from ddmkit.forms import InstanceForm
from ddmkit.forms.widgets.keyboard import KeyboardGuard


def guards(form):
    return [one for one in form.widget.children if isinstance(one, KeyboardGuard)]


def test_a_form_on_a_page_has_one_guard_however_often_it_is_shown(kit):
    form = InstanceForm(kit)
    assert guards(form) == []
    form._ipython_display_()
    form._ipython_display_()
    assert len(guards(form)) == 1


def test_the_page_is_told_which_part_gets_the_focus(kit, monkeypatch):
    told = []
    monkeypatch.setattr(KeyboardGuard, "send", lambda _guard, content: told.append(content))
    form = InstanceForm(kit)
    form._focus_on("ddmkit-part")
    assert told == []  # it is on no page
    form._ipython_display_()
    form._focus_on("ddmkit-part")
    assert told == [{"focus": "ddmkit-part"}]
