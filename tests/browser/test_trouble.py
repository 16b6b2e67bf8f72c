"""What goes wrong on a page: typed badly, pressed twice, answered by nothing, failed."""

import pytest
from playwright.sync_api import expect


def inject(opened, fault):
    opened.kernel.run(f"kit.simulator.inject({fault!r})")


def test_a_time_that_cannot_be_read_is_explained_beside_its_field_and_kept(open_form):
    form = open_form().form.reach("point")
    form.type("point", "2026-05-20 99:99")
    expect(form.root).to_contain_text("'2026-05-20 99:99'")
    expect(form.field("point")).to_have_value("2026-05-20 99:99")
    expect(form.button("next")).to_be_disabled()
    form.type("point", "2026-05-20T10:46:00Z")
    form.expect_state("point", "done")


def test_a_restore_to_a_point_in_time(open_form):
    opened = open_form()
    form = opened.form.reach("point")
    form.type("point", opened.kernel.ask("kit.scenario.restore_time.isoformat()"))
    form.expect_state("point", "done")
    form.go_on("target")
    form.reach("confirm")
    form.submit()
    form.expect_step("results")
    (restore,) = opened.effective_restores()
    assert "restore_time" in restore["body"]["source"]


def test_an_unavailable_target_is_shown_with_its_reason_and_leads_no_further(open_form):
    opened = open_form()
    form = opened.form.reach("target")
    reason = opened.kernel.ask(
        "next(one.unavailable_reason for one in kit.targets(kit.scenario.source) if not one.available)"
    )
    name = opened.kernel.ask("next(one.instance_name for one in kit.targets(kit.scenario.source) if not one.available)")
    expect(form.rows("target", name).first).to_contain_text(f"Cannot be chosen: {reason}")
    form.rows("target", name).first.locator("td").first.click()
    form.expect_words("target .ddmkit-table-notice", f"Cannot be chosen: {reason}")
    expect(form.chosen("target")).to_have_count(0)
    expect(form.step_button("target")).not_to_contain_text(": done")
    assert opened.kernel.ask("form.target.target_id") == ""


@pytest.mark.parametrize(("fault", "clicks"), [("", 2), ("lost-answer@RestoreMetadata", 1)])
def test_one_request_is_sent_for_a_double_click_and_for_a_lost_answer_whose_job_is_listed(fault, clicks, open_form):
    opened = open_form()
    form = opened.form.reach("confirm")
    if fault:
        inject(opened, fault)
    form.confirm()
    form.button("submit").click(click_count=clicks)
    form.expect_step("results")
    assert (len(opened.effective_restores()), opened.posts()) == (1, 1)
    assert [one["state"] for one in opened.records()] == ["completed"]


def test_an_outcome_that_stays_unknown_is_said_with_the_ways_on(open_form):
    opened = open_form()
    form = opened.form.reach("confirm")
    opened.kernel.run("from datetime import timedelta; object.__setattr__(kit._context, 'grace', timedelta(0))")
    inject(opened, "server-error@RestoreMetadata")
    form.submit()
    form.expect_state("watch", "blocked")
    for words in ("unknown", "restoreMetaData", "task list"):
        expect(form.root).to_contain_text(words)
    for way in ("look-again", "adopt", "release"):
        expect(form.button(way)).to_be_visible()
    assert (opened.effective_restores(), opened.posts()) == ([], 1)


def test_a_failed_job_is_told_with_its_reason(open_form):
    opened = open_form()
    form = opened.form.reach("confirm")
    inject(opened, "job-fails")
    form.submit()
    form.expect_step("results")
    (job,) = opened.records()
    reason = opened.kernel.ask(f"kit.resume({job['id']!r}).fail_reason")
    assert reason
    form.expect_words("results", reason)


def test_no_page_of_the_form_asks_another_host(set_stage, lab, shared_kernel):
    opened = set_stage(lab).open_form(kernel_id=shared_kernel)
    opened.form.reach("confirm")
    assert opened.watched.elsewhere == []
    assert opened.watched.asked
