"""Looking through past restores, and holding one against another."""

import pytest

import ddmkit
from ddmkit.forms import RecordForm


@pytest.fixture
def two(kit, given):
    """A restore that was carried out, and one of the same day that was refused."""
    plan = kit.plan(**given)
    done = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").wait(poll_s=0).record
    again = kit.plan(**given)
    with pytest.raises(ddmkit.NotReadyError) as caught:
        kit.submit(again, confirm=again.target_name, accept=again.warnings, ticket="INC-8")
    return done, caught.value.record


def choose(listed, words):
    listed.press(next(row["key"] for row in listed.view["rows"] if words in " ".join(row["cells"])))


def test_records_are_searched_chosen_and_read(kit, given):
    plan = kit.plan(**given)
    record = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").record
    form = RecordForm(kit)
    form.list.ask("INC-7")
    assert form.list.said == "1 of 1 match; row 1 shown"
    form.list.press(record.id)
    assert form.value.id == record.id
    assert "the request leaves" in form.details.value
    assert RecordForm(kit, record_id=record.id).value.id == record.id


def test_an_empty_store_and_an_unknown_record_say_so(kit):
    form = RecordForm(kit)
    assert form.list.said == "no records yet"
    form.record_id = "r-none"
    assert "r-none" in form.message.text
    assert form.value is None


def test_two_records_are_held_against_each_other(kit, two):
    done, refused = two
    form = RecordForm(kit)
    assert form.comparing.layout.display == "none"  # there is nothing yet to compare with
    choose(form.list, done.id)
    assert form.comparing.layout.display is None
    assert done.id not in [row["key"] for row in form.others.view["rows"]]
    choose(form.others, refused.id)
    assert (form.value.id, form.other.id) == (done.id, refused.id)
    for said in (f"First:  record {done.id} (completed)", f"Second: record {refused.id} (refused)", "target-empty"):
        assert said in form.compared.value
        assert said in form.summary().text
    assert "Record " + done.id in form.summary().text
    form.others.press()
    assert (form.other, form.compared.value) == (None, "")


def test_another_choice_keeps_what_it_is_compared_with_unless_it_is_that_very_record(kit, two):
    done, refused = two
    form = RecordForm(kit, record_id=done.id, other_id=refused.id)
    assert form.others.chosen == refused.id
    form.record_id = refused.id
    assert (form.value.id, form.other, form.others.chosen, form.compared.value) == (refused.id, None, "", "")
    form.other_id = done.id
    assert "First:  record " + refused.id in form.compared.value
    form.record_id = ""
    assert (form.value, form.other, form.details.value, form.compared.value) == (None, None, "", "")


def test_what_cannot_be_compared_is_said(kit, two):
    done, _ = two
    form = RecordForm(kit)
    form.other_id = done.id
    assert "Choose a record first" in form.message.text
    form.record_id = done.id
    form.other_id = done.id
    assert "is the chosen record itself" in form.message.text
    form.other_id = "r-none"
    assert "r-none" in form.message.text
    assert (form.value.id, form.other) == (done.id, None)


def test_each_control_has_a_label_and_says_what_it_does(kit, two):
    form = RecordForm(kit, record_id=two[0].id)
    for one in (form.again, form.files.save, form.files.report):
        assert one.description
        assert one.tooltip
    assert (form.list.label, form.others.label) == ("Records", "Compare with another record")


def test_records_that_were_written_meanwhile_are_offered_on_both_sides(kit, given, two):
    form = RecordForm(kit, record_id=two[0].id)
    plan = kit.plan(**given)
    with pytest.raises(ddmkit.NotReadyError) as caught:
        kit.submit(plan)
    form.again.click()
    for listed in (form.list, form.others):
        assert caught.value.record.id in [row["key"] for row in listed.view["rows"]]
