"""The thread of a notebook page: running every cell is safe, and a person's word is for one plan."""

import pytest

from ddmkit.display.markup import Fragment
from ddmkit.errors import InputError
from ddmkit.guide import open_guide


@pytest.fixture
def guide(tmp_path):
    opened = open_guide("simulator", world=str(tmp_path / "world.sqlite"))
    yield opened
    opened.kit.close()


def sent(guide):
    return [request for request in guide.kit.simulator.requests if request.method == "POST"]


def test_running_every_step_without_a_word_submits_nothing(guide):
    shown = [
        guide.where(),
        guide.timeline(),
        guide.plan(),
        guide.submit(),
        guide.follow(),
        guide.results(),
        guide.save_record(),
    ]
    assert all(hasattr(one, "_repr_mimebundle_") for one in shown)
    assert sent(guide) == []
    assert len(guide.kit.records.list()) == 0


@pytest.mark.parametrize("said", [{}, {"confirm": True}, {"digest": True}, {"confirm": True, "digest": "0123456789ab"}])
def test_half_a_word_submits_nothing_and_says_what_is_missing(guide, said):
    plan = guide.plan()
    right = {"confirm": plan.target_name, "digest": plan.digest}
    told = guide.submit(
        **{name: right[name] if value is True else value for name, value in said.items()}, accept=plan.warnings
    )
    assert isinstance(told, Fragment)
    assert f"digest = {plan.digest!r}" in told.text or f"confirm = {plan.target_name!r}" in told.text
    assert sent(guide) == []


def test_a_whole_word_submits_once_however_often_the_cell_runs(guide, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = guide.plan()
    word = {"confirm": plan.target_name, "digest": plan.digest, "accept": plan.warnings}
    job = guide.submit(**word)
    assert guide.submit(**word).id == job.id
    assert guide.follow(poll_s=0.1).status == "completed"
    assert len(sent(guide)) == 1
    assert str(tmp_path) in guide.save_record().text


def test_a_failed_job_is_shown_with_its_reason(guide):
    guide.kit.simulator.inject("job-fails")
    plan = guide.plan()
    guide.submit(confirm=plan.target_name, digest=plan.digest, accept=plan.warnings)
    ended = guide.follow(poll_s=0.1)
    assert ended.status == "failed"
    assert ended.fail_reason in ended.show().text


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"service": "nowhere-1"}, "service"),
        ({"service": "http://ddm.example.com"}, "endpoint"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_a_wrong_parameter_is_named(parameters, field, monkeypatch):
    monkeypatch.setenv("DDMKIT_TOKEN", "t" * 24)
    monkeypatch.setenv("DDMKIT_PROJECT_ID", "p" * 32)
    with pytest.raises(InputError) as caught:
        open_guide(**parameters)
    assert caught.value.field == field


def test_on_a_cloud_an_empty_parameter_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_TOKEN", "t" * 24)
    monkeypatch.setenv("DDMKIT_PROJECT_ID", "p" * 32)
    monkeypatch.setenv("DDMKIT_RECORDS", str(tmp_path / "r.sqlite"))
    guide = open_guide("cn-north-4")
    with guide.kit, pytest.raises(InputError, match="source, target, data_nodes, backup_id or restore_time"):
        guide.plan()


def test_the_page_tells_what_has_happened_on_the_simulator_with_a_picture(guide):
    told = guide.where()
    assert "SOURCE, which lost its metadata: ddm-orders-prod" in told.text
    assert "<svg" in told.html


def test_the_form_is_the_same_when_its_cell_runs_again_and_starts_empty(guide):
    form = guide.form()
    assert guide.form() is form
    assert form.source.value is None
    for told in (guide.submit(), guide.follow(), guide.save_record()):
        assert "Nothing was submitted" in told.text
    assert sent(guide) == []
    form.close()


def test_a_form_filled_by_parameters_is_submitted_once_and_shows_the_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world = str(tmp_path / "world.sqlite")
    first = open_guide("simulator", world=world)
    plan = first.plan()
    facts = first.kit.scenario
    chosen = {
        "source": facts.source,
        "target": facts.target,
        "data_nodes": facts.data_nodes,
        "backup_id": facts.backup_id,
    }
    first.kit.close()
    guide = open_guide("simulator", world=world, **chosen)
    form = guide.form(confirm=plan.target_name, digest=plan.digest, accept=plan.warnings)
    job = guide.submit()
    assert guide.submit().id == job.id
    assert guide.follow(poll_s=0.1).status == "completed"
    assert form.results.value.id == job.record.id
    assert "as expected" in form.summary().text
    assert len(sent(guide)) == 1
    assert "completed" in guide.save_record().text
    form.close()
    guide.kit.close()


def test_a_restore_begun_on_the_page_is_followed_by_the_cells_below(guide, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    form, facts = guide.form(), guide.kit.scenario
    form.source.instance_id = facts.source
    form.point.backup_id = facts.backup_id
    form.target.target_id = facts.target
    form.target.data_nodes = facts.data_nodes
    form.checks.accept(form.check().warnings)
    form.go_to("Review")
    form.stepper.on.click()
    assert form.step == "Confirm"
    form.confirmation.name_field.input.value = form.plan.target_name
    form.confirmation.submit.click()
    assert form.wait(60)
    assert guide.submit().id == form.value.id
    assert guide.follow().status == "completed"
    assert len(sent(guide)) == 1
    form.close()
