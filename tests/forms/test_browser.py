"""Looking through past restores."""

from ddmkit.forms import RecordBrowser


def test_records_are_searched_chosen_and_read(kit, given):
    plan = kit.plan(**given)
    record = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").record
    form = RecordBrowser(kit)
    form.list.search.input.value = "INC-7"
    form.list.select.index = 1
    assert form.value.id == record.id
    assert "the request leaves" in form.said.value
    assert RecordBrowser(kit, record_id=record.id).value.id == record.id


def test_an_empty_store_and_an_unknown_record_say_so(kit):
    form = RecordBrowser(kit)
    assert "nothing to choose from" in form.list.count.value
    form.record_id = "r-none"
    assert "r-none" in form.message.text
    assert form.value is None
