"""The whole restore, by the form's widgets, on the simulator."""

import json
from datetime import timedelta

import ipywidgets
import pytest

import ddmkit
from ddmkit.forms import RestoreForm
from ddmkit.forms.logic.wizard_state import Step, StepState
from ddmkit.forms.widgets.table import Table
from tests.restore.steps import UNPROVED


def click_on_step(form, step):
    form.stepper.line._handle_custom_msg({"open": step.name.lower()}, [])


def sent(kit):
    return [one for one in kit.simulator.requests if one.method == "POST"]


def test_a_restore_from_a_backup_by_clicks_alone(walk, kit):
    person = walk().reach(Step.CONFIRM)
    person.form.confirmation.ticket_field.input.value = "INC-7"
    person.submit()
    form = person.form
    assert form.step is Step.RESULTS
    assert form.value.status == "completed"
    assert form.value.verification.passed
    assert form.value.record.header.ticket == "INC-7"
    assert len(sent(kit)) == 1
    assert "172.16.152.22:5066" in form.results.details.value


@pytest.mark.parametrize(
    ("name", "wrong"),
    [(name, wrong) for name in ("confirm", "digest", "purpose", "ticket") for wrong in (5, None, ["x"])]
    + [("accept", 5), ("accept", None), ("accept", [5])],
)
def test_an_argument_of_the_wrong_kind_is_refused_by_its_name(kit, name, wrong):
    with pytest.raises(ddmkit.InputError) as caught:
        RestoreForm(kit, **{name: wrong})
    assert caught.value.field == name


@pytest.mark.parametrize("wrong", [None, "simulator", 5])
def test_what_is_no_kit_is_refused(wrong):
    with pytest.raises(ddmkit.InputError, match=r"ddmkit\.demo"):
        RestoreForm(wrong)


def test_one_accepted_warning_may_be_given_without_a_list(open_kit):
    kit = open_kit(faults=UNPROVED)
    facts = kit.scenario
    given = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes, "backup_id": facts.backup_id}
    form = RestoreForm(kit, **given, accept="same-network")
    assert form.checks.accepted == ("same-network",)


def test_a_restore_to_a_typed_time(walk, kit):
    person = walk().reach(Step.POINT)
    person.form.point.text_field.input.value = "2026-05-20 10:47:20"
    person.go_on()
    person.reach(Step.CONFIRM).submit()
    assert person.form.value.status == "completed"
    assert json.loads(json.dumps(person.form.plan.request.body()))["source"] == {"restore_time": 1779274040000}


def test_nothing_can_be_submitted_before_every_step_is_done(walk):
    person = walk()
    assert person.form.confirmation.submit.disabled
    person.reach(Step.CONFIRM)
    assert person.form.confirmation.submit.disabled
    person.form.confirmation.name_field.input.value = "ddm-orders-prod"
    assert person.form.confirmation.submit.disabled
    person.form.confirmation.name_field.input.value = "ddm-restore-target"
    assert not person.form.confirmation.submit.disabled


def test_each_warning_needs_its_own_tick(walk, kit):
    for fault in UNPROVED:
        kit.simulator.inject(fault)
    person = walk().reach(Step.CHECK)
    first, *others = person.form.checks.ticks.children[1:]
    assert others
    first.value = True
    assert person.form.stepper.on.disabled
    person.accept_all()
    assert not person.form.stepper.on.disabled


def test_going_back_keeps_what_was_typed_and_a_change_takes_the_plan_away(walk, kit):
    person = walk().reach(Step.REVIEW)
    form = person.form
    form.go_to(Step.POINT)
    assert form.wait(30)
    assert form.point.text_field.value == kit.scenario.backup_id
    assert form.plan is not None
    form.point.text_field.input.value = "2026-05-20 10:47:20"
    assert form.plan is None
    assert form.states[Step.CHECK] is StepState.TO_DO
    person.go_on()
    assert form.target.target_id == kit.scenario.target
    assert form.target.data_nodes == kit.scenario.data_nodes


def test_confirm_says_all_that_is_about_to_happen(walk, kit):
    form = walk().reach(Step.CONFIRM).form
    facts, said = kit.scenario, form.confirmation.operator.value
    for one in (facts.source, "ddm-orders-prod", facts.target, "ddm-restore-target", facts.backup_id, *facts.data_nodes):
        assert one in said
    assert "2 data nodes" in said
    assert "2026-05-20 10:46:19" in said
    assert form.plan.digest in said
    assert "mel" in said


def test_a_typed_name_is_cleared_when_another_point_gives_another_digest(walk):
    person = walk().reach(Step.CONFIRM)
    form = person.form
    form.confirmation.name_field.input.value = form.plan.target_name
    assert not form.confirmation.submit.disabled
    form.go_to(Step.POINT)
    form.point.text_field.input.value = "2026-05-20 10:47:20"
    person.go_on()
    person.reach(Step.CONFIRM)
    assert form.confirmation.name_field.value == ""
    assert form.confirmation.submit.disabled


def test_after_a_change_and_back_to_the_same_digest_the_name_is_typed_once_more(walk, kit):
    person = walk().reach(Step.CONFIRM)
    form, digest = person.form, person.form.plan.digest
    form.confirmation.name_field.input.value = form.plan.target_name
    form.go_to(Step.POINT)
    form.point.text_field.input.value = "2026-05-20 10:47:20"
    form.point.text_field.input.value = kit.scenario.backup_id
    person.go_on()
    person.reach(Step.CONFIRM)
    assert form.plan.digest == digest
    assert form.confirmation.name_field.value == ""


def test_another_restore_after_a_failure_needs_the_name_and_every_tick_once_more(walk, kit, given):
    kit.simulator.inject("job-fails")
    plan = kit.plan(**given)
    form = walk(**given, confirm=plan.target_name, digest=plan.digest, accept=plan.warnings).form
    form.submit()
    assert form.wait(30)
    form.start_another()
    assert form.confirmation.name_field.value == ""
    assert form.check().digest == plan.digest
    assert form.checks.accepted == ()


def test_another_restore_shows_the_source_and_the_targets_as_they_are_after_the_last_one(walk, kit):
    person = walk().reach(Step.CONFIRM)
    form, target = person.form, person.form.target.target_id
    form.confirmation.name_field.input.value = form.plan.target_name
    form.confirmation.submit.click()
    assert form.wait(30)
    assert form.value.status == "completed"
    form.another.click()
    assert form.wait(30)
    assert form.step is Step.SOURCE
    assert (form.source.instance_id, form.point.backup_id) == (kit.scenario.source, kit.scenario.backup_id)
    assert form.states[Step.POINT] is StepState.DONE
    assert form.target.target_id == target
    assert form.states[Step.TARGET] is not StepState.DONE
    assert "Choose another target" in form.target.problem


def test_given_ticks_belong_to_the_digest_that_they_were_given_with(walk, kit, given):
    plan = kit.plan(**given)
    other = {**given, "backup_id": "", "restore_time": "2026-05-20T10:47:20Z"}
    assert walk(**given, digest=plan.digest, accept=plan.warnings).form.checks.accepted == plan.warnings
    form = walk(**other, digest=plan.digest, accept=plan.warnings).form
    assert form.plan.digest != plan.digest
    assert form.checks.accepted == ()


def test_a_double_click_sends_one_request(walk, kit):
    person = walk().reach(Step.CONFIRM)
    form = person.form
    form.confirmation.name_field.input.value = form.plan.target_name
    for _ in range(3):
        form.confirmation.submit.click()
    assert form.confirmation.submit.disabled
    assert form.wait(30)
    assert len(sent(kit)) == 1


def test_two_forms_of_the_same_restore_send_one_request(walk, kit):
    one, other = walk().reach(Step.CONFIRM), walk().reach(Step.CONFIRM)
    one.submit()
    other.submit()
    assert len(sent(kit)) == 1


def test_the_kernel_is_free_while_a_job_is_watched(walk, kit):
    kit.simulator.inject("job-stalls")
    person = walk().reach(Step.CONFIRM)
    form = person.form
    form.confirmation.name_field.input.value = form.plan.target_name
    form.confirmation.submit.click()
    for _ in range(200):  # the click was answered at once; the rest happens beside us
        if form.step is Step.WATCH or form.wait(0.05):
            break
    assert form.step is Step.WATCH
    assert not form.wait(0.05)
    form.close()
    assert form.wait(30)


def test_a_kit_closed_while_a_job_is_watched_ends_the_form_quietly_and_another_goes_on(walk, kit):
    kit.simulator.inject("job-stalls")
    form = walk().reach(Step.CONFIRM).form
    form.confirmation.name_field.input.value = form.plan.target_name
    form.confirmation.submit.click()
    while not form.watch.details.value:  # until it has seen the job
        assert not form.wait(0.05)
    kit.close()
    assert form.wait(0)
    assert "Watching has ended, because the kit was closed" in form.watch.message.text
    assert "make a new form" in form.message.text
    assert form.watch.record_id in form.summary().text
    later = ddmkit.demo(world=kit.simulator.world_path)
    try:
        assert walk(later).form.offer.record_ids == (form.watch.record_id,)
    finally:
        later.close()


def test_a_kit_closed_while_something_is_read_waits_for_the_answer_and_reads_no_more(walk, kit):
    form = walk().reach(Step.TARGET).form
    kit.simulator.inject("slow*2")
    before = len(kit.simulator.requests)
    form.target.again.click()
    form.target.again.click()
    while len(kit.simulator.requests) == before:
        assert not form.wait(0.01)
    kit.close()
    assert form.wait(0)
    form.target.again.click()
    assert form.wait(0)
    assert "make a new form" in form.message.text
    assert not any(state is StepState.WORKING for state in form.states.values())


def test_an_unavailable_target_blocks_with_its_reason(walk):
    person = walk().reach(Step.TARGET)
    rows = person.form.target.list.view["rows"]
    person.form.target.target_id = next(row["key"] for row in rows if "frozen" in row.get("reason", ""))
    assert person.form.states[Step.TARGET] is StepState.BLOCKED
    assert person.form.stepper.on.disabled
    assert "frozen" in person.form.target.verdict.text


def test_a_failed_check_blocks_and_checking_again_mends_it(walk, kit):
    person = walk().reach(Step.TARGET)
    person.choose_target()
    kit.simulator.world.add_account(kit.scenario.target, "somebody")
    person.go_on()
    assert person.form.states[Step.CHECK] is StepState.BLOCKED
    assert "target-empty" in person.form.checks.problem


def test_a_refused_request_says_so_and_can_be_sent_again(walk, kit):
    person = walk().reach(Step.CONFIRM)
    kit.simulator.inject("refused-busy")
    person.submit()
    form = person.form
    assert form.step is Step.CONFIRM
    assert "DBS.200019" in form.confirmation.outcome.text
    assert "Record: r-" in form.confirmation.outcome.text
    person.submit()
    assert form.value.status == "completed"


def test_a_lost_answer_is_found_again_without_a_second_request(walk, kit):
    person = walk().reach(Step.CONFIRM)
    kit.simulator.inject("lost-answer")
    person.submit()
    assert person.form.value.status == "completed"
    assert len(sent(kit)) == 1


def test_an_unknown_outcome_is_said_with_the_ways_on(walk, kit):
    person = walk().reach(Step.TARGET)
    form = person.form
    person.choose_target()
    object.__setattr__(kit._context, "grace", timedelta(0))
    kit.simulator.inject("server-error@ListTasks*")
    person.go_on()
    person.reach(Step.CONFIRM)
    kit.simulator.inject("lost-answer")
    person.submit()
    assert (form.step, form.watch.state) == (Step.WATCH, "unknown")
    assert "outcome unknown" in form.watch.message.widget.value
    assert form.states[Step.WATCH] is StepState.BLOCKED
    kit.simulator.clear_faults()
    person.press(form.watch.again)
    assert form.value.status == "completed"
    assert len(sent(kit)) == 1


def test_after_unknown_a_release_leads_back_to_a_new_plan(walk, kit):
    person = walk().reach(Step.CONFIRM)
    form = person.form
    object.__setattr__(kit._context, "grace", timedelta(0))
    # Neither answered nor carried out, as far as anybody can tell from here.
    kit.simulator.inject("server-error@RestoreMetadata")
    person.submit()
    assert form.watch.state == "unknown"
    form.watch.unknown_outcome.reason_field.input.value = "no job in the console, no trace in the audit log"
    form.watch.unknown_outcome.name_field.input.value = "ddm-restore-target"
    kit.simulator.advance(timedelta(minutes=2))
    person.press(form.watch.unknown_outcome.release)
    assert form.value is None
    assert form.step is Step.CHECK
    assert form.states[Step.TARGET] is StepState.DONE
    assert form.plan is None


def test_a_failed_job_ends_in_results_with_its_reason(walk, kit):
    kit.simulator.inject("job-fails")
    person = walk().reach(Step.CONFIRM)
    person.submit()
    assert person.form.step is Step.RESULTS
    assert person.form.value.fail_reason in person.form.results.details.value
    assert person.form.states[Step.WATCH] is StepState.FAILED


def test_a_new_token_is_taken_on_the_page_and_the_step_continues(walk, kit):
    person = walk().reach(Step.TARGET)
    form = person.form
    person.choose_target()
    kit.simulator.inject("token-expires")
    person.go_on()
    assert form.plan is None
    assert form.token.widget.layout.display is None
    token = kit.scenario.token
    form.token.field.value = token
    assert form.wait(30)
    assert form.token.field.value == ""
    assert form.token.widget.layout.display == "none"
    assert form.plan.ready
    assert token in kit.known_secrets()
    assert token not in json.dumps([one.get_state() for one in widgets_of(form.widget)], default=str)


def test_what_no_token_looks_like_is_refused_without_being_shown(walk, kit):
    form = walk().form
    kit.simulator.inject("token-expires")
    form.source.again.click()
    assert form.wait(30)
    form.token.field.value = "two words"
    assert form.token.field.value == ""
    assert "Paste the value again" in form.token.message.text
    assert "two words" not in form.token.message.text
    assert form.token.widget.layout.display is None


def test_while_watching_an_expired_token_keeps_the_last_state_and_watching_continues_with_a_new_one(walk, kit):
    kit.simulator.inject("job-stalls")
    form = walk().reach(Step.CONFIRM).form
    form.confirmation.name_field.input.value = form.plan.target_name
    form.confirmation.submit.click()
    while form.watch._observer is None or form.watch._observer.seen.job is None:
        assert not form.wait(0.05)
    seen = form.watch._observer.seen.job
    kit.simulator.inject("token-expires")
    assert form.wait(30)
    assert form.watch.state == "not watched"
    assert form.states[Step.WATCH] is StepState.BLOCKED
    form.watch.again.click()
    assert form.wait(30)
    assert form.watch._observer.seen.job.progress >= seen.progress
    assert "not seen yet" not in form.watch.details.value
    assert "Running when last seen" in form.summary().text
    form.token.field.value = kit.scenario.token
    for _ in range(200):
        if form.watch.state == "running":
            break
        form.wait(0.05)
    assert form.watch.state == "running"
    assert form.states[Step.WATCH] is StepState.WORKING
    form.close()
    assert form.wait(30)


def test_another_kernel_is_offered_to_continue_what_runs(walk, kit, given):
    plan = kit.plan(**given)
    record = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).record
    person = walk()
    form = person.form
    assert form.offer.record_ids == (record.id,)
    press = form.offer.widget.children[1].children[0]
    assert press.description == "Continue: ddm-orders-prod → ddm-restore-target"
    person.press(press)
    assert form.step is Step.RESULTS
    assert form.value.record.id == record.id
    assert walk().form.offer.record_ids == ()


def test_another_restore_can_be_started_with_everything_kept(walk, kit):
    person = walk().reach(Step.CONFIRM)
    person.submit()
    person.press(person.form.another)
    assert person.form.step is Step.SOURCE
    assert person.form.source.instance_id == kit.scenario.source
    assert person.form.value is None
    assert person.form.plan is None


def test_after_submitting_every_step_can_be_read_and_nothing_in_it_changed(walk, kit):
    for fault in ("job-stalls", *UNPROVED):
        kit.simulator.inject(fault)
    form = walk().reach(Step.CONFIRM).form
    digest, facts = form.plan.digest, kit.scenario
    form.confirmation.ticket_field.input.value = "INC-7"
    form.confirmation.name_field.input.value = form.plan.target_name
    form.confirmation.submit.click()
    while form.watch._observer is None or form.watch._observer.seen.job is None:
        assert not form.wait(0.05)
    wanted = {
        Step.SOURCE: facts.source,
        Step.POINT: facts.backup_id,
        Step.TARGET: facts.data_nodes[1],
        Step.CHECK: "Accepted: nodes-recovered, same-network",
        Step.REVIEW: digest,
        Step.CONFIRM: "INC-7",
    }
    panels = form.stepper.panels
    for step, said in wanted.items():
        click_on_step(form, step)
        assert form.step is step
        assert said in form.stepper.sent.value
        assert panels[step].layout.display == "none"
        form.watch._notify()  # progress leaves the reader where they are
        assert form.step is step
    assert not form.stepper.on.disabled
    form.go_to(Step.WATCH)
    assert form.stepper.sent.layout.display == "none"
    form.close()
    assert form.wait(30)


def test_what_is_told_of_a_second_restore_is_nothing_of_the_first(walk, kit):
    kit.simulator.inject("job-fails")
    person = walk().reach(Step.CONFIRM)
    form = person.form
    person.submit()
    first = form.watch.record_id
    assert "Failed" in form.summary().text
    person.press(form.another)
    told = form.summary().text
    assert "Failed" not in told
    assert f"Nothing else was submitted from this form. The previous restore is on record {first}." in told
    kit.simulator.inject("job-stalls")
    person.reach(Step.CONFIRM)
    form.confirmation.name_field.input.value = form.plan.target_name
    form.confirmation.submit.click()
    while form.watch.state != "running":
        assert not form.wait(0.05)
    told = form.summary().text
    assert "Failed" not in told
    assert "Nothing" not in told.splitlines()[-1]
    assert form.watch.record_id != first
    form.close()
    assert form.wait(30)


def test_a_restore_taken_up_is_told_by_its_record_not_by_what_stands_in_the_fields(walk, kit, given):
    plan = kit.plan(**given)
    record = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).record
    form = walk().form
    form.resume(record)
    assert form.wait(30)
    assert "✓ 1. Source: done  ddm-orders-prod" in form.summary().text
    assert "2 data nodes" in form.summary().text
    form.go_to(Step.REVIEW)
    assert plan.digest in form.stepper.sent.value


def test_a_saved_summary_says_what_it_is_and_has_a_button_to_go_on(walk):
    form = walk().form
    saved = form._with_age(form.summary())
    assert (
        "Saved page: this is not a live form. It was written at 2026-05-20 12:00:00 UTC and knows nothing of" in saved.html
    )
    assert "To see how things stand now, run all cells" in saved.html
    assert "kit.records.list()" in saved.html
    assert "When this was written, nothing had been submitted from this form: the time is above." in saved.html
    assert "Nothing was submitted" not in saved.html  # it would still say so after a restore, if nobody saved the page again
    assert saved.text == form.summary().text  # for a terminal, which shows no page
    assert 'data-commandlinker-command="notebook:run-all-cells"' in saved.html
    assert saved.html.startswith('<div class="ddmkit-summary">')


def test_values_given_beforehand_are_checked_and_wait_for_a_person(walk, kit, given):
    form = walk(**given).form
    assert form.step is Step.REVIEW  # every check passed, so there is nothing to accept
    assert form.plan.ready
    told = form.submit()
    assert "Nothing was submitted" in told.text
    assert f"digest = {form.plan.digest!r}" in told.text
    assert sent(kit) == []


def test_a_page_with_nobody_in_front_of_it_submits_once_with_name_and_digest(walk, kit, given):
    plan = kit.plan(**given)
    words = {"confirm": plan.target_name, "digest": plan.digest, "accept": plan.warnings, "ticket": "INC-7"}
    form = walk(**given, **words).form
    job = form.submit()
    assert form.wait(30)
    assert job.status == "completed"
    assert form.step is Step.RESULTS
    assert len(sent(kit)) == 1


@pytest.mark.parametrize(
    "words", [{"confirm": "ddm-restore-target"}, {"digest": "0123456789ab", "confirm": "ddm-restore-target"}]
)
def test_the_name_alone_or_a_digest_of_last_month_submits_nothing(walk, kit, given, words):
    assert "Nothing was submitted" in walk(**given, **words).form.submit().text
    assert sent(kit) == []


def test_steps_work_from_python_without_a_page(walk, kit):
    facts, form = kit.scenario, walk().form
    form.source.instance_id = facts.source
    form.point.restore_time = facts.restore_time
    form.target.target_id = facts.target
    form.target.data_nodes = facts.data_nodes
    assert form.check().ready
    assert form.plan.request.restore_time == facts.restore_time


def test_errors_of_the_service_are_shown_and_stop_nothing_else(walk, kit):
    person = walk().reach(Step.TARGET)
    person.choose_target()
    kit.simulator.inject("token-expires*")
    person.go_on()
    assert "APIGW.0307" in person.form.checks.message.text
    assert person.form.plan is None
    kit.simulator.clear_faults()


def test_no_widget_holds_a_secret(walk, kit):
    person = walk().reach(Step.CONFIRM)
    person.submit()
    state = json.dumps([one.get_state() for one in widgets_of(person.form.widget)], default=str)
    state += person.form.summary().html
    assert not [secret for secret in kit.known_secrets() if secret in state]


def test_every_control_has_words_and_a_tooltip(walk):
    form = walk().reach(Step.CONFIRM).form
    kinds = (ipywidgets.Button, ipywidgets.Text, ipywidgets.Combobox, ipywidgets.Checkbox, ipywidgets.Textarea)
    controls = [one for one in widgets_of(form.widget) if isinstance(one, kinds)]
    tables = [one for one in widgets_of(form.widget) if isinstance(one, Table)]
    assert len(controls) + len(tables) > 30
    assert all(one.label for one in tables)
    assert [one for one in controls if not one.description or not one.tooltip] == []


def test_names_are_escaped_wherever_they_are_shown(walk, kit):
    kit.simulator.world.set_instance(kit.scenario.source, name="<b>orders</b> \N{DOLPHIN}")
    person = walk().reach(Step.CONFIRM)
    for widget in widgets_of(person.form.widget):
        if isinstance(widget, ipywidgets.HTML):
            assert "<b>orders" not in widget.value
    assert "<b>orders" not in person.form.summary().html
    assert (
        person.form.confirmation.submit.description == "Restore metadata of <b>orders</b> \N{DOLPHIN} to ddm-restore-target"
    )


def test_the_summary_says_everything_without_a_widget(walk):
    person = walk()
    assert "Nothing was submitted" in person.form.summary().text
    person.reach(Step.CONFIRM).submit()
    text = person.form.summary().text
    for said in ("✓ 1. Source: done  ddm-orders-prod", "Ready:", "Plan ", "Completed", "as expected"):
        assert said in text
    bundle = person.form._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<script" not in bundle["text/html"]


def test_a_store_that_cannot_be_opened_does_not_keep_the_form_away(kit, monkeypatch):
    monkeypatch.setattr(type(kit), "open_restores", lambda _self: kit.records.get("r-none"))
    form = RestoreForm(kit)
    assert "records not readable" in form.offer.widget.children[0].value
    form.close()


def widgets_of(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets_of(child)


def test_every_step_is_an_attribute_of_the_form(walk):
    form = walk().form
    attributes = (
        form.source,
        form.point,
        form.target,
        form.checks,
        form.review,
        form.confirmation,
        form.watch,
        form.results,
    )
    assert [form._steps.form_of(step) for step in Step] == list(attributes)
