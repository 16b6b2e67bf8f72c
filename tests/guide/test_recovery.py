"""The page of a whole recovery: running every cell is safe, and a person's confirmation is for one plan."""

import pytest

from ddmkit.display.html import Fragment
from ddmkit.errors import InputError
from ddmkit.guide import RecoveryGuide, RecoveryParameters, open_recovery
from ddmkit.handles.recovery.run import RecoveryRun


@pytest.fixture
def guide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DDMKIT_NODE_PASSWORD", raising=False)
    opened = open_recovery("simulator", world="world.sqlite")
    yield opened
    opened.kit.close()


def sent(guide):
    asked = ("GET", "POST /simplified-instances")
    requests = guide.kit.simulator.requests
    return [one for one in requests if not f"{one.method} /{one.path.rpartition('/')[2]}".startswith(asked)]


def word_for(plan):
    return {"confirm": plan.source_name, "digest": plan.digest, "new_instances": plan.new_instances}


def test_running_every_cell_without_a_word_sends_nothing_and_says_what_is_missing(guide):
    shown = [guide.where(), guide.plan(), guide.proofs(), guide.recover(), guide.wait(), guide.hand_over()]
    shown += [guide.abandonment(), guide.save_record()]
    assert all(hasattr(one, "_repr_mimebundle_") for one in shown)
    assert "nothing is prepared here. This page makes the data nodes and the target." in shown[0].text
    told = shown[3].text
    assert told.startswith("Nothing was sent. To recover, read the plan above")
    assert "confirm = 'ddm-orders-prod'" in told
    assert f"digest = {guide.current_plan.digest!r}" in told
    assert "new_instances = 3" in told
    assert sent(guide) == []
    assert len(guide.kit.records.list()) == 0


@pytest.mark.parametrize(
    "changed", [{"confirm": ""}, {"digest": "0123456789ab"}, {"new_instances": 2}], ids=["name", "digest", "number"]
)
def test_half_a_word_sends_nothing(guide, changed):
    plan = guide.plan()
    told = guide.recover(**{**word_for(plan), **changed})
    assert isinstance(told, Fragment)
    assert next(iter(changed)) in told.text
    assert sent(guide) == []


def test_a_whole_word_recovers_once_and_a_later_page_does_not_repeat_it(guide):
    plan = guide.plan()
    word = word_for(plan)
    run = guide.recover(**word, ticket="INC-7")
    assert isinstance(run, RecoveryRun)
    assert guide.recover(**word) is run
    assert "completed" in guide.wait(poll_s=0.1).text
    proofs = guide.proofs().text
    assert proofs.startswith("Ready: 4 passed")
    assert "strongest" in proofs
    handed = guide.hand_over().text
    assert run.address in handed
    assert "shop_ro: 2" in handed
    assert f"kit.follow_up({run.id!r}, 'source-read-only', confirm='ddm-orders-prod')" in handed
    assert "may be in use" in guide.abandonment().text
    assert f"{run.id}.html" in guide.save_record().text
    count = len(sent(guide))
    again = RecoveryGuide(guide.kit, guide.parameters)
    told = again.recover(**word_for(again.plan())).text
    assert told.startswith("Nothing was sent: a page does not repeat a recovery that was completed.")
    assert run.id in told
    assert len(sent(guide)) == count


def test_the_form_stands_beside_the_cells_with_the_parameters_as_given(guide):
    form = guide.form(ticket="INC-7")
    assert guide.form() is form
    assert guide.run is None
    assert sent(guide) == []


def test_a_page_that_was_closed_goes_on_with_the_same_word_and_can_be_given_up(guide):
    plan = guide.plan()
    run = guide.recover(**word_for(plan))
    count = len(sent(guide))
    other = RecoveryGuide(guide.kit, guide.parameters)
    found = other.recover(**word_for(other.plan()))
    assert found.id == run.id
    assert len(sent(guide)) == count
    (row,) = guide.kit.records.list()
    assert (row.kind, row.still_billed) == ("recovery", 3)
    assert "still billed" in guide.kit.records.list().table().text
    told = other.abandonment().text
    assert "ddm-orders-prod-" in told
    assert f"kit.abandon(kit.plan_abandon({run.id!r}), confirm='delete" in told


def test_a_step_that_fails_is_shown_with_its_reason_and_the_way_on(guide):
    plan = guide.plan()
    guide.kit.simulator.inject("job-fails")
    run = guide.recover(**word_for(plan))
    told = guide.wait(poll_s=0.1).text
    assert "failed" in told
    assert "The recovery stopped: step restore failed." in told
    assert f"kit.plan_abandon({run.id!r}, keep=[" in told  # the job was carried out: it is not sent a second time
    assert "send_again" not in told


def test_a_plan_that_is_not_ready_names_what_fails(guide):
    facts = guide.kit.scenario
    guide.parameters = RecoveryParameters(source=facts.source, restore_time="1999-01-01T00:00:00Z", time_zone="UTC")
    plan = guide.plan()
    told = guide.recover(**word_for(plan)).text
    assert told.startswith("Not ready:")
    assert "time-in-range" in told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"service": "nowhere-1"}, "service: 'nowhere-1' is neither"),
        ({"nodes": ["a"]}, "nodes: .* is not a mapping"),
        ({"like": "large"}, "like: 'large' is not a mapping"),
        ({"backup_id": "b1", "restore_time": 1779264979000}, "both are filled in"),
        ({"incident": "last night"}, "incident"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_name(tmp_path, wrong, said):
    given = {"service": "simulator", **({} if "service" in wrong else {"world": str(tmp_path / "w.sqlite")}), **wrong}
    with pytest.raises(InputError, match=said):
        open_recovery(**given)


def test_empty_parameters_on_a_cloud_are_named(guide):
    guide.parameters = RecoveryParameters()
    with pytest.raises(InputError, match="the parameters source, restore_time are empty"):
        guide.plan()


def test_a_new_world_takes_the_place_of_the_one_on_the_page(guide):
    form, before = guide.form(), guide.kit
    panel = next(one for one in form.widget.children if "ddmkit-worlds" in one._dom_classes)
    pick, press = panel.children[0].children
    assert pick.value == "whole-incident"
    pick.value = "half-recovered"
    press.click()
    assert before.closing.has_begun
    assert guide.kit.simulator.scenario_name == "half-recovered"
    assert guide.form() is form.replaced_by
    assert guide.parameters.source == guide.kit.scenario.source
    assert "a new world of the scenario half-recovered" in guide.form().message.text
    assert guide.plan().source_name == "ddm-orders-prod"
    guide.form().close()
