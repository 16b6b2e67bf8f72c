"""The guided notebook as it is delivered, opened in each front end."""

import re

GUIDE_POSTS = "len([one for one in guide.kit.simulator.requests if one.method == 'POST'])"


def test_running_all_cells_of_the_guided_notebook_shows_the_form_and_submits_nothing(set_stage, lab):
    opened = set_stage(lab).open_guided()
    opened.form.expect_step("source")
    opened.wait_until_idle()
    assert opened.kernel.ask(GUIDE_POSTS) == 0
    assert opened.effective_restores() == []
    assert opened.kernel.ask("len(guide.kit.records.list())") == 0
    form = opened.form.reach("confirm")
    form.submit()
    form.expect_step("results")
    assert len(opened.effective_restores()) == 1


def test_voila_shows_the_guided_notebook_without_asking_another_host(set_stage, voila):
    opened = set_stage(voila).open_guided()
    opened.form.reach("point")
    opened.page.wait_for_load_state("networkidle")
    assert opened.watched.elsewhere == []
    assert any(re.search(r"/voila/", one.url) for one in opened.watched.asked)
    assert opened.kernel.ask(GUIDE_POSTS) == 0
