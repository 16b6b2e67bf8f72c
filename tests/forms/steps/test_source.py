"""Choosing the source."""

import pytest

import ddmkit
from ddmkit.errors import InputError
from ddmkit.forms import InstanceForm
from ddmkit.forms.steps.source import list_deleted, row_of_instance
from ddmkit.models import Backup, Instance


def test_the_source_is_chosen_from_the_list_with_its_facts_and_schemas(kit):
    form = InstanceForm(kit)
    form.list.press(kit.scenario.source)
    assert form.value.name == "ddm-orders-prod"
    for said in ("ddm-orders-prod", "3.0.8.5", "billing", "customers"):
        assert said in form.detail.value
    assert "billing" in form.summary().text


def test_from_python_an_id_is_enough(kit):
    assert InstanceForm(kit, instance_id=kit.scenario.source).value.name == "ddm-orders-prod"
    with pytest.raises(InputError, match="not an id"):
        InstanceForm(kit, instance_id="../../etc")


def test_a_deleted_instance_is_found_by_its_backups(open_kit):
    kit = open_kit("deleted-instance")
    form = InstanceForm(kit)
    assert kit.scenario.source not in [row["key"] for row in form.list.view["rows"]]
    form.deleted.click()
    form.list.press(kit.scenario.source)
    assert (form.value.name, form.value.status) == ("ddm-orders-prod", "deleted")
    assert "deleted" in form.message.text


def test_a_refusal_of_the_service_is_shown_and_reading_again_mends_it(kit):
    kit.simulator.inject("server-error*")
    form = InstanceForm(kit)
    assert "Could not" in form.message.text or "500" in form.message.text
    assert form.value is None
    kit.simulator.clear_faults()
    form.again.click()
    assert form.message.text == ""
    assert form.list.said == "rows 1 to 7 of 7"


def test_reading_again_shows_the_chosen_source_as_it_is_now_also_when_it_is_gone(kit, monkeypatch):
    form = InstanceForm(kit, instance_id=kit.scenario.source)
    listed = kit.instances()
    renamed = [one.model_copy(update={"name": f"{one.name}-2", "status": "FROZEN"}) for one in listed]
    monkeypatch.setattr(ddmkit.Kit, "instances", lambda _kit: renamed)
    form.again.click()
    assert (form.value.name, form.value.status) == ("ddm-orders-prod-2", "FROZEN")
    assert "ddm-orders-prod-2" in form.detail.value
    monkeypatch.setattr(ddmkit.Kit, "instances", lambda _kit: [one for one in listed if one.id != kit.scenario.source])
    form.again.click()
    assert (form.instance_id, form.value.status) == (kit.scenario.source, "not listed")
    assert form.list.chosen == kit.scenario.source


def test_deleted_instances_that_were_found_stay_when_the_list_is_read_again(open_kit):
    kit = open_kit("deleted-instance")
    form = InstanceForm(kit, instance_id=kit.scenario.source)
    form.again.click()
    assert (form.value.name, form.value.status) == ("ddm-orders-prod", "deleted")
    assert kit.scenario.source in [row["key"] for row in form.list.view["rows"]]


def test_what_cannot_be_read_again_stays_as_it_was_read(kit):
    form = InstanceForm(kit, instance_id=kit.scenario.source)
    before = form.detail.value
    kit.simulator.inject("server-error*")
    form.again.click()
    assert form.message.text
    assert (form.value.name, form.detail.value) == ("ddm-orders-prod", before)


def test_a_mistake_of_ours_stays_a_traceback(kit, monkeypatch):
    monkeypatch.setattr(ddmkit.Kit, "instances", lambda _self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        InstanceForm(kit)


def test_instances_that_backups_name_are_listed_once(now):
    backups = [Backup(id=f"b{n}", instance_id=one, created=now) for n, one in enumerate(["gone", "here", "gone", ""])]
    assert [one.id for one in list_deleted(backups, ["here"])] == ["gone"]


def test_a_name_that_would_mislead_shows_what_it_holds():
    row = row_of_instance(Instance(id="i", name="good\u202eevil", status="RUNNING"))
    assert row.cells[0].text == "good<U+202E>evil"
