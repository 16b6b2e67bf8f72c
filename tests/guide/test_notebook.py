"""A notebook page: running every cell is safe, and a person's confirmation is for one plan."""

from types import SimpleNamespace

import pytest

import ddmkit
from ddmkit.display.html import Fragment
from ddmkit.errors import InputError, UnknownOutcomeError
from ddmkit.guide import Guide, PageParameters, open_guide
from ddmkit.simulator.rules.history import accounts_at
from tests.restore.steps import UNPROVED


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
    assert guide.submit(**word).id == job.id
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
        ({"service": ""}, "service"),
        ({"service": "http://ddm.example.com"}, "service"),
        ({"service": "https://ddm.evil.example"}, "service"),
        ({"service": "https://ddm.cn-north-4.myhuaweicloud.com.evil.example"}, "service"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_a_wrong_parameter_is_named(parameters, field, monkeypatch):
    monkeypatch.setenv("DDMKIT_TOKEN", "t" * 24)
    monkeypatch.setenv("DDMKIT_PROJECT_ID", "p" * 32)
    with pytest.raises(InputError) as caught:
        open_guide(**parameters)
    assert caught.value.field == field


def test_a_page_talks_to_an_address_only_where_it_is_a_regions_or_configured_here(monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_TOKEN", "t" * 24)
    monkeypatch.setenv("DDMKIT_PROJECT_ID", "p" * 32)
    monkeypatch.setenv("DDMKIT_RECORDS", str(tmp_path / "r.sqlite"))
    with pytest.raises(InputError, match=r"no credentials are sent there.*DDMKIT_ENDPOINT=https://ddm.company.example"):
        open_guide("https://ddm.company.example")
    monkeypatch.setenv("DDMKIT_ENDPOINT", "ddm.company.example")
    for service in ("https://ddm.company.example", "https://ddm.cn-north-4.myhuaweicloud.com"):
        with open_guide(service).kit as kit:
            assert kit.settings.endpoint == service


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
    assert '<img src="data:image/svg+xml,' in told.html


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


def restored(guide):
    plan = guide.plan()
    return guide.submit(confirm=plan.target_name, digest=plan.digest, accept=plan.warnings)


def test_a_page_looks_around_and_ends_with_the_lines_for_the_next_page(guide):
    shown = [guide.instances(), guide.backups(), guide.ranges(), guide.timeline(), guide.topology(), guide.targets()]
    assert all(hasattr(one, "_repr_mimebundle_") for one in shown)
    assert "rds-orders-2" in guide.topology().text
    title = "Candidates for the place of rds-orders-1, 1 of 2 data nodes"
    assert (guide.targets().text.count("Candidates"), title in guide.targets().text) == (1, True)
    assert title in guide.targets().html
    assert "Ready: 20 passed, 1 skipped" in guide.checks().text
    said = guide.conclude().text
    assert f'digest = "{guide.current_plan.digest}"' in said
    assert f'backup_id = "{guide.kit.scenario.backup_id}"' in said
    assert "world = " in said
    assert sent(guide) == []


def test_a_plan_that_is_not_ready_ends_with_what_fixes_it(tmp_path):
    guide = open_guide(world=str(tmp_path / "world.sqlite"))
    crowded = next(one.id for one in guide.instances() if one.name == "ddm-analytics-prod")
    guide.kit.close()
    again = open_guide(world=str(tmp_path / "world.sqlite"), target=crowded)
    said = again.conclude().text
    assert said.startswith("Not ready: ")
    assert "target-empty" in said
    stopped = again.submit(
        confirm="ddm-analytics-prod", digest=again.current_plan.digest, accept=again.current_plan.warnings
    )
    assert "Nothing was submitted: the plan is not ready" in stopped.text
    assert sent(again) == []
    again.kit.close()


def test_a_deleted_source_is_explored_as_far_as_it_can_be(tmp_path):
    ddmkit.demo("deleted-instance", world=tmp_path / "world.sqlite").close()
    guide = open_guide(world=str(tmp_path / "world.sqlite"))
    assert "The service shows nothing here" in guide.topology().text
    assert len(guide.backups()) > 0
    assert "which is deleted" in guide.where().text
    assert "not readable" in guide.compare().text
    guide.kit.close()


def test_a_restore_under_way_is_resumed_by_a_second_page_and_not_sent_again(guide):
    job = restored(guide)
    second = open_guide(world=str(guide.kit.simulator.world_path))
    plan = second.plan()
    taken = second.submit(confirm=plan.target_name, digest=plan.digest, accept=guide.current_plan.warnings)
    assert taken.id == job.id
    assert sent(second) == []
    assert second.follow(poll_s=0.1).status == "completed"
    assert second.submit(confirm=plan.target_name, digest=plan.digest, accept=guide.current_plan.warnings).id == job.id
    second.kit.close()
    assert len(sent(guide)) == 1


def test_after_the_restore_the_page_names_its_record_and_submits_nothing(guide):
    restored(guide)
    record = guide.follow(poll_s=0.1).record
    second = open_guide(world=str(guide.kit.simulator.world_path))
    plan = second.plan()
    told = second.submit(confirm=plan.target_name, digest=plan.digest, accept=guide.current_plan.warnings)
    assert "not ready" in told.text
    assert f"record {record.id}, completed" in told.text
    assert sent(second) == []
    second.kit.close()


def empty_target(guide):
    world, target = guide.kit.simulator.world, guide.current_plan.request.target_instance_id
    for schema in guide.kit.schemas(target):
        world.drop_schema(target, schema.name)
    for account in accounts_at(world.storage, target, world.clock.now_ms()):
        world.drop_account(target, account.name)
    for node in guide.current_plan.request.data_nodes:
        world.detach(node)


def test_a_page_of_last_month_submits_nothing_though_its_target_is_empty_again(guide):
    restored(guide)
    record = guide.follow(poll_s=0.1).record
    empty_target(guide)
    second = open_guide(world=str(guide.kit.simulator.world_path))
    plan = second.plan()
    assert plan.ready, plan.checks
    told = second.submit(confirm=plan.target_name, digest=plan.digest, accept=plan.warnings)
    assert "does not repeat a restore that was completed" in told.text
    assert f"record {record.id}, completed" in told.text
    assert sent(second) == []
    second.kit.close()


def test_a_restore_whose_outcome_is_unknown_is_named_by_the_next_page_and_not_sent_again(guide):
    guide.kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError):
        restored(guide)
    second = open_guide(world=str(guide.kit.simulator.world_path))
    plan = second.plan()
    (row,) = second.kit.records.list()
    assert f"record {row.id}, unknown" in second.submit().text
    with pytest.raises(UnknownOutcomeError, match=row.id):
        second.submit(confirm=plan.target_name, digest=plan.digest, accept=plan.warnings)
    assert sent(second) == []
    second.kit.close()
    assert len(sent(guide)) == 1


def test_a_warning_that_nobody_accepted_stops_the_page_and_leaves_no_record(guide):
    for fault in UNPROVED:
        guide.kit.simulator.inject(fault)
    plan = guide.plan()
    told = guide.submit(confirm=plan.target_name, digest=plan.digest, accept=["same-network"])
    assert "accept = " in told.text
    assert len(guide.kit.records.list()) == 0


def test_a_page_in_a_new_world_asks_to_keep_it_because_the_next_one_has_other_plans(monkeypatch, tmp_path):
    monkeypatch.delenv("DDMKIT_DEMO_WORLD", raising=False)
    guide = open_guide()
    with guide.kit:
        line = f'world = "{guide.kit.simulator.world_path}"'
        assert line in guide.submit().text
        plan = guide.current_plan
    again = open_guide(world=str(guide.kit.simulator.world_path))
    with again.kit:
        assert "world = " not in again.submit().text
        assert again.current_plan.digest == plan.digest
    monkeypatch.setenv("DDMKIT_DEMO_WORLD", str(tmp_path / "shared.sqlite"))
    shared = open_guide()
    with shared.kit:
        assert "world = " not in shared.submit().text


@pytest.mark.parametrize("field", ["confirm", "digest", "purpose", "ticket"])
def test_a_word_that_is_no_text_is_refused_by_its_name(guide, field):
    with pytest.raises(InputError, match=f"{field}: 123456 is not text"):
        guide.submit(**{field: 123456})


@pytest.mark.parametrize(("simulator", "asked", "every_s"), [(None, None, 10), ("there", None, 1), (None, 0.5, 0.5)])
def test_a_job_on_a_cloud_is_asked_for_less_often_than_one_of_the_simulator(simulator, asked, every_s):
    waited = []
    job = SimpleNamespace(wait=lambda **given: waited.append(given["poll_s"]))
    Guide(SimpleNamespace(simulator=simulator), PageParameters(), started_job=job).follow(poll_s=asked)
    assert waited == [every_s]


def test_on_a_cloud_the_lines_for_the_next_page_name_the_service():
    guide = Guide(SimpleNamespace(simulator=None), PageParameters(), service="cn-north-4")
    assert guide._service_line() == 'service = "cn-north-4"'


def test_results_before_any_restore_say_where_to_look(guide):
    for told in (guide.record(), guide.holdings(), guide.export()):
        assert "No restore is on record in the world" in told.text
    assert "02_submit_restore.ipynb" in guide.record().text
    assert len(guide.restores()) == 0


def test_results_after_a_restore_show_it_and_what_the_target_holds(guide, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    restored(guide)
    guide.follow(poll_s=0.1)
    page = open_guide(world=str(guide.kit.simulator.world_path))
    assert page.jobs(days=1)[0].name == "RestoreMetadata"
    assert [job.instance_name for job in page.jobs(days=30, status="failed")] == ["ddm-archive"]
    assert "ddm-archive" in str(page.jobs_chart().to_dict())
    assert [row.state for row in page.restores()] == ["completed"]
    record = page.record()
    assert page.record(record.id[:12]).id == record.id
    assert "That is what it held" in page.holdings().text
    said = page.export().text
    assert f"{record.id}.html" in said
    assert str(tmp_path) not in said
    page.kit.simulator.world.drop_schema(record.header.target_id, "orders")
    assert "this has changed: orders" in page.holdings().text
    page.kit.close()


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda guide: guide.jobs(days=31), "days"),
        (lambda guide: guide.jobs(status="faild"), "status"),
        (lambda guide: guide.jobs(instance=5), "instance"),
        (lambda guide: guide.record("r-1999"), "record"),
        (lambda guide: guide.record(7), "record"),
        (lambda guide: guide.compare("nosuchbr09"), "first"),
        (lambda guide: guide.compare("", "yesterday at noon"), "second"),
        (lambda guide: guide.compare("", "2026-05-20"), "second"),
    ],
)
def test_a_wrong_parameter_of_a_later_page_is_named(guide, call, field):
    with pytest.raises(InputError) as caught:
        call(guide)
    assert caught.value.field == field
    assert caught.value.fix


def test_a_folder_that_is_none_is_named(guide):
    restored(guide)
    with pytest.raises(InputError, match="folder: 'nowhere' is not a folder"):
        guide.export("nowhere")


def test_two_points_are_compared_and_planned_without_sending_anything(guide):
    said = guide.compare().text
    assert "Nearest before the incident: second" in said
    told = guide.what_if().text
    assert "first: ✓ ready" in told
    assert "second: ✓ ready" in told
    daily = guide.backups()[1]
    other = guide.what_if(daily.id, "2001-01-01T00:00:00Z").text
    assert "lies outside every restorable range" in other
    assert sent(guide) == []


def test_on_a_cloud_each_look_asks_for_what_it_waits_for(monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_TOKEN", "t" * 24)
    monkeypatch.setenv("DDMKIT_PROJECT_ID", "p" * 32)
    monkeypatch.setenv("DDMKIT_RECORDS", str(tmp_path / "r.sqlite"))
    with open_guide("cn-north-4").kit as kit:
        guide = Guide(kit, PageParameters())
        looks = [guide.backups(), guide.ranges(), guide.timeline(), guide.topology(), guide.targets(), guide.compare()]
        assert all("fill in `source`" in look.text for look in looks)
        assert "fill in `source` and `target` and `data_nodes`" in guide.what_if().text
        assert "- backup_id or restore_time" in guide.conclude().text
        assert "with the same records" in guide.record().text


def test_the_incident_of_a_page_goes_into_its_plan_and_a_future_one_is_refused(guide, tmp_path):
    assert guide.plan().incident == guide.kit.scenario.incident
    world = str(tmp_path / "world.sqlite")
    with pytest.raises(InputError, match=r"^incident: .* lies in the future"):
        open_guide("simulator", world=world, incident="2130-05-20T10:00:00Z")
    given = int(guide.kit.scenario.incident.timestamp() * 1000) - 3_600_000
    other = open_guide("simulator", world=world, incident=given)
    assert "point-before-incident" in other.plan().warnings
    assert f"incident = {given}" in other.conclude().text
    other.kit.close()


def test_a_scenario_and_faults_are_parameters_of_a_page(tmp_path):
    with open_guide(scenario="old-backup", faults=["job-fails"], world=str(tmp_path / "w.sqlite")).kit as kit:
        assert kit.simulator.scenario_name == "old-backup"
    with pytest.raises(InputError, match="dropped-schema"):
        open_guide(scenario="nosuch")
    with pytest.raises(InputError, match="nosuch"):
        open_guide(faults=["nosuch"])
    with pytest.raises(InputError, match="is not the simulator"):
        open_guide("cn-north-4", scenario="old-backup")


def test_without_a_persons_word_an_unattended_run_does_nothing_and_points_at_the_form(guide):
    assert "Use the form" in guide.unattended().text
    assert guide.opened is None
    assert "Nothing was submitted" in guide.unattended(confirm="ddm-restore-target").text
    assert not [one for one in guide.kit.simulator.requests if one.method == "POST"]


def test_an_unattended_run_submits_once_waits_and_writes_the_record(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    guide = open_guide(world=str(tmp_path / "w.sqlite"))
    facts = guide.kit.scenario
    chosen = {
        "source": facts.source,
        "target": facts.target,
        "data_nodes": list(facts.data_nodes),
        "backup_id": facts.backup_id,
    }
    plan = guide.kit.plan(**chosen)
    guide.kit.close()
    guide = open_guide(world=str(tmp_path / "w.sqlite"), **chosen)
    word = {"confirm": plan.target_name, "digest": plan.digest, "accept": plan.warnings}
    for _ in range(2):
        told = guide.unattended(**word).text
        assert "completed" in told
        assert ".ddmrecord.json" in told
    assert len([one for one in guide.kit.simulator.requests if one.method == "POST"]) == 1
    assert guide.form().value.status == "completed"
    guide.kit.close()


def test_the_last_cell_is_the_form_and_carries_the_restore_out_first_if_it_was_confirmed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = []
    monkeypatch.setattr("ddmkit.guide.notebook._display", lambda what: shown.append(str(what)))
    guide = open_guide(world=str(tmp_path / "w.sqlite"))
    assert guide.restore() is guide.opened
    assert shown == []
    facts = guide.kit.scenario
    chosen = {name: getattr(facts, name) for name in ("source", "target", "backup_id")}
    plan = guide.kit.plan(**chosen, data_nodes=facts.data_nodes)
    guide.kit.close()
    guide = open_guide(world=str(tmp_path / "w.sqlite"), **chosen, data_nodes=list(facts.data_nodes))
    word = {"confirm": plan.target_name, "digest": plan.digest, "accept": plan.warnings}
    assert guide.restore(**word).value.status == "completed"
    assert guide.restore(**word) is guide.opened
    assert ".ddmrecord.json" in shown[-1]
    assert len([one for one in guide.kit.simulator.requests if one.method == "POST"]) == 1
    guide.kit.close()


def test_a_new_world_takes_the_place_of_the_one_on_the_page(tmp_path):
    guide = open_guide(world=str(tmp_path / "w.sqlite"))
    form, before = guide.form(), guide.kit
    panel = next(one for one in form.widget.children if "ddmkit-worlds" in one._dom_classes)
    pick, press = panel.children[0].children
    assert "old-backup" in pick.options[2]
    pick.value = "old-backup"
    assert "20 days ago" in panel.children[1].value
    press.click()
    assert before.closing.has_begun
    assert guide.kit.simulator.scenario_name == "old-backup"
    assert guide.form() is form.replaced_by
    assert guide.form().widget in form.widget.children
    assert "a new world of the scenario old-backup" in guide.form().message.text
    guide.form().source.instance_id = guide.kit.scenario.source
    assert guide.form().source.value.name == "ddm-orders-prod"
    guide.kit.close()
