"""What a screen reader and weak eyes meet: axe-core looks at every step of the form, in the light and in the dark theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.form_page import STEPS
from tests.browser.test_looks import change_theme
from tests.nightly import sample

SEVERE = {"serious", "critical"}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def find_faults(page):
    """Return what axe-core finds serious or critical inside the form, with the element that it names first."""
    if not page.evaluate("'axe' in globalThis"):  # loaded once for each page: to load it takes longer than to look
        page.evaluate(Axe().axe_script)
    # Of what passes the names of the rules are enough; to describe each element takes as long again.
    answer = page.evaluate("axe.run('.ddmkit-restore', {resultTypes: ['violations']})")
    assert {"button-name", "color-contrast", "label"} & {one["id"] for one in answer["passes"]}, "it looked at nothing"
    return [
        f"{one['id']} ({one['impact']}): {one['help']}; {node['html'][:160]}; {node['failureSummary'][:300]}"
        for one in answer["violations"]
        if one["impact"] in SEVERE
        for node in one["nodes"][:2]
    ]


def faults_of_every_step(form, shown_after_submit):
    """Return the faults by step; after the last click the form shows ``shown_after_submit`` first."""
    faults = {}
    for step in STEPS:
        if step == "watch":
            form.submit()
            form.expect_step(shown_after_submit)
            form.step_button("watch").click()
            form.expect_step("watch")
        elif step == "results":
            form.expect_state("watch", "done")
            form.step_button("results").click()
            form.expect_step("results")
        else:
            form.reach(step)
        found = find_faults(form.page)
        if found:
            faults[step] = found
    return faults


# By day in one theme: test_looks.py measures the contrast of every step in both.
@pytest.mark.parametrize("theme", sample(THEMES, one_in=2))
def test_axe_finds_nothing_serious_inside_the_form_at_any_step(theme, open_form):
    opened = open_form(demo={"faults": ["server-error@ShowDdmJobResult*12"]})
    change_theme(opened.page, THEMES[theme])
    assert faults_of_every_step(opened.form, "watch") == {}


def test_axe_finds_nothing_serious_inside_the_form_for_a_whole_recovery(open_form):
    opened = open_form(form="RecoveryForm", demo={"scenario": "whole-incident"})
    assert faults_of_every_step(opened.recovery, "results") == {}
