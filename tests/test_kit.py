"""The kit's front, as people write against it."""

import asyncio
import copy
import json
import pickle
import socket
import traceback
from datetime import UTC, datetime, timedelta

import pytest

import ddmkit

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def kit(tmp_path):
    with ddmkit.demo(world=tmp_path / "world.sqlite", now=NOON) as opened:
        yield opened


def plan_of(kit, **changes):
    facts = kit.scenario
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes, "backup_id": facts.backup_id}
    return kit.plan(**{**chosen, **changes})


def test_the_front_in_one_go(kit, tmp_path):
    facts = kit.scenario
    source, target = facts.source, facts.target
    assert kit.now() == NOON
    assert kit.settings.credential_source == "simulator"
    assert source in {instance.id for instance in kit.instances()}
    backups = kit.backups(source)
    assert [backup.created for backup in backups] == sorted((backup.created for backup in backups), reverse=True)
    assert backups.frame()["created"].dtype == "datetime64[us, UTC]"
    assert len(kit.restorable_ranges(source)) == 2
    nodes = kit.related_nodes(source, facts.backup_id)
    assert {candidate.available for candidate in kit.targets(source)} == {True, False}
    assert facts.data_nodes[0] in {row.instance_id for row in kit.target_nodes(source, target, nodes[0], facts.restore_time)}
    assert kit.timeline(source, point=facts.backup_id).to_dict()["description"]

    plan = plan_of(kit)
    assert plan.ready
    assert {check.status for check in plan.checks} <= {"pass", "warn", "skip"}
    assert json.loads(plan.request.body_json()) == plan.request.body()
    job = kit.submit(plan, confirm="ddm-restore-target", accept=plan.warnings, purpose="rehearsal", ticket="INC-7")
    assert (job.status, job.fail_reason) == ("running", "")
    finished = job.wait(timeout_s=60, poll_s=0)
    assert finished is job
    assert (job.status, job.progress) == ("completed", 1.0)
    assert job.verification.passed
    assert job.id in {one.id for one in kit.jobs(since=timedelta(hours=1))}

    again = kit.resume(job.record)
    assert (again.id, again.status) == (job.id, "completed")
    record = job.record
    assert (record.state, record.job_id) == ("completed", job.id)
    assert record.verify() == []
    assert "INC-7" in record.to_html()
    exported = record.export(tmp_path / "x.ddmrecord.json")
    assert ddmkit.read_record(exported).id == record.id
    assert [row.id for row in kit.records.list()] == [record.id]
    assert kit.records.get(record.id).state == "completed"
    assert list(kit.records.frame()["state"]) == ["completed"]


def test_making_a_plan_leaves_nothing(kit):
    plan_of(kit)
    assert len(kit.records.list()) == 0


def test_ids_and_models_serve_alike(kit):
    facts = kit.scenario
    instance = next(one for one in kit.instances() if one.id == facts.source)
    target = next(one for one in kit.targets(instance) if one.instance_id == facts.target)
    backup = next(one for one in kit.backups(instance) if one.id == facts.backup_id)
    by_models = plan_of(kit, source=instance, target=target, backup_id=backup)
    assert by_models.digest == plan_of(kit).digest
    assert kit.related_nodes(instance, backup) == kit.related_nodes(facts.source, facts.backup_id)


@pytest.mark.parametrize("as_given", [lambda at: at, lambda at: at.isoformat(), lambda at: round(at.timestamp() * 1000)])
def test_a_point_in_time_may_be_written_in_any_clear_form(kit, as_given):
    facts = kit.scenario
    plan = plan_of(kit, backup_id=None, restore_time=as_given(facts.restore_time))
    assert plan.request.body()["source"] == {"restore_time": round(facts.restore_time.timestamp() * 1000)}
    assert plan.expected_backup.backup.id == facts.backup_id
    assert plan.ready


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"restore_time": NOON}, "backup_id, restore_time"),
        ({"backup_id": None}, "backup_id, restore_time"),
        ({"data_nodes": []}, "data_nodes"),
        ({"data_nodes": "one-id"}, "data_nodes"),
        ({"data_nodes": ["has a blank"]}, "data_nodes[0]"),
        ({"source": ""}, "source"),
        ({"target": "../../x"}, "target"),
        ({"backup_id": None, "restore_time": "2026-05-20 10:00:00"}, "restore_time"),
        ({"backup_id": None, "restore_time": 1747732352}, "restore_time"),
    ],
)
def test_what_cannot_be_right_is_refused_before_any_request(kit, changes, field):
    before = len(kit.simulator.requests)
    with pytest.raises(ddmkit.InputError) as caught:
        plan_of(kit, **changes)
    assert caught.value.field == field
    assert caught.value.fix
    assert len(kit.simulator.requests) == before


NOT_TEXT = (5, None, 1.5, True, object(), b"x")


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        (lambda kit, given: plan_of(kit, data_nodes=given), NOT_TEXT),
        (lambda kit, given: kit.submit(given, confirm="x"), (*NOT_TEXT, "x", {})),
        (lambda kit, given: kit.submit(plan_of(kit), accept=given), (*NOT_TEXT, [5], [None])),
        (lambda kit, given: kit.submit(plan_of(kit), purpose=given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.submit(plan_of(kit), ticket=given), (*NOT_TEXT, {})),
        (lambda kit, given: kit.resume(given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.plan_again(given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.records.get(given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.adopt(given, "j"), NOT_TEXT),
        (lambda kit, given: kit.release(given, reason="x", confirm="y"), NOT_TEXT),
        (lambda kit, given: kit.jobs(given), (timedelta.max, None, object())),
        (lambda kit, given: kit.export_schema_metadata(kit.scenario.source, given), (5, None, [], "\ud800", "a\0b")),
        (lambda kit, given: kit.records.import_files(given), (5, None, [], "\ud800", "a\0b")),
        (lambda _kit, given: ddmkit.read_record(given), (5, None, [], "\ud800", "a\0b")),
        (lambda kit, given: kit.records.move_to(given), (5, None, [], "", "\ud800")),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused_in_a_sentence_and_nothing_is_sent(kit, entry, wrong):
    for given in wrong:
        with pytest.raises((ddmkit.InputError, ddmkit.RecordError)) as caught:
            entry(kit, given)
        assert str(caught.value).endswith(".")
    assert len(kit.records.list()) == 0
    assert not [one for one in kit.simulator.requests if one.method == "POST"]


def test_a_long_text_in_place_of_an_id_is_not_repeated_whole(kit):
    with pytest.raises(ddmkit.RecordError) as caught:
        kit.records.get("x" * 5000)
    assert len(str(caught.value)) < 300


def test_a_failed_job_is_told_with_its_job_and_record_every_time(kit):
    kit.simulator.inject("job-fails")
    plan = plan_of(kit)
    job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings)
    for _ in range(2):
        with pytest.raises(ddmkit.JobFailedError, match=r"failed|Failed") as caught:
            job.wait(poll_s=0)
        assert (caught.value.job, caught.value.record.id) == (job, job.record.id)
        assert job.fail_reason in str(caught.value)


def test_a_refused_submit_leaves_its_record(kit):
    with pytest.raises(ddmkit.NotConfirmedError) as caught:
        kit.submit(plan_of(kit))
    assert caught.value.record.state == "refused"
    assert kit.simulator.effective_restores() == []


@pytest.fixture
def started(kit):
    """A restore that is running, on the record of its own store."""
    plan = plan_of(kit)
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).record


@pytest.fixture
def colleague(kit, tmp_path):
    """Somebody else on the same service, with a record store of their own."""
    with ddmkit.demo(world=tmp_path / "world.sqlite", now=NOON, records=tmp_path / "colleague.sqlite") as opened:
        yield opened


def test_an_imported_record_is_shown_and_followed_but_is_no_open_restore_here(started, colleague, tmp_path):
    colleague.records.import_files(started.export(tmp_path / "x.ddmrecord.json"))
    imported = colleague.records.get(started.id)
    assert (imported.imported, started.imported) == (True, False)
    assert [row.origin for row in colleague.records.list()] == ["imported"]
    assert list(colleague.records.frame()["origin"]) == ["imported"]
    for shown in (imported.to_text(), imported.to_html(), imported.to_markdown(), imported.to_postmortem()):
        assert "imported from a file" in shown
    assert "imported from a file" not in started.to_html()
    page = imported.export_page(tmp_path / "imported.html")
    assert ddmkit.read_record(page).verify() == []
    assert len(colleague.open_restores()) == 0
    job = colleague.resume(started.id).wait(poll_s=0)
    assert (job.status, job.record.state, job.record.imported) == ("completed", "completed", True)


def test_what_became_of_an_imported_restore_is_not_decided_here(started, colleague):
    sending = [event for event in started.events if event.seq <= started.last("intent").seq]
    store = colleague.records._store
    store.import_runs([started.run.model_copy(update={"events": tuple(sending)})])
    for act in (
        lambda: colleague.resume(started.id),
        lambda: colleague.adopt(started.id, started.job_id),
        lambda: colleague.release(started.id, reason="nothing", confirm=started.header.target_name),
    ):
        with pytest.raises(ddmkit.InputError, match="was imported from a file and is sending"):
            act()
    assert len(store.get(started.id).events) == len(sending)


def test_a_record_of_another_service_is_neither_followed_nor_decided(started, tmp_path):
    with ddmkit.demo(world=tmp_path / "elsewhere.sqlite", now=NOON, records=tmp_path / "elsewhere-records.sqlite") as other:
        other.records.import_files(started.export(tmp_path / "x.ddmrecord.json"))
        for act in (lambda: other.resume(started.id), lambda: other.adopt(started.id, "job-1")):
            with pytest.raises(ddmkit.InputError, match="Connect to the service of the record, if it is yours"):
                act()
        assert len(other.records.get(started.id).events) == len(started.events)


def test_a_demo_ignores_real_credentials(tmp_path, monkeypatch):
    monkeypatch.setenv("DDMKIT_TOKEN", "canary-of-a-real-token")
    monkeypatch.setenv("DDMKIT_ENDPOINT", "https://ddm.example.com")
    with ddmkit.demo(world=tmp_path / "world.sqlite") as kit:
        assert "127.0.0.1" in kit.settings.endpoint
        assert "canary-of-a-real-token" not in kit.known_secrets()


def test_several_demos_on_one_world_share_it_and_its_records(tmp_path):
    world = tmp_path / "world.sqlite"
    with ddmkit.demo(world=world, now=NOON) as first, ddmkit.demo(world=world) as second:
        plan = plan_of(first)
        job = first.submit(plan, confirm=plan.target_name, accept=plan.warnings)
        assert second.resume(job.record.id).wait(poll_s=0).id == job.id
        assert first.simulator.world_id == second.simulator.world_id
        assert job.refresh().status == "completed"


def test_the_world_and_its_time_can_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_WORLD", str(tmp_path / "w.sqlite"))
    monkeypatch.setenv("DDMKIT_DEMO_NOW", "2026-05-20T12:00:00Z")
    with ddmkit.demo() as kit:
        assert kit.now() == NOON
        assert kit.simulator.world_path == tmp_path / "w.sqlite"


@pytest.mark.parametrize("wrong", [{"scenario": "no-such"}, {"faults": ["no-such"]}])
def test_an_unknown_scenario_or_fault_is_named(tmp_path, wrong):
    with pytest.raises(ddmkit.InputError, match="no-such"):
        ddmkit.demo(world=tmp_path / "w.sqlite", **wrong)


def test_connecting_makes_no_request_and_says_whose_credentials(kit, tmp_path):
    facts = kit.scenario
    before = len(kit.simulator.requests)
    given = {"endpoint": facts.endpoint, "project_id": facts.project_id, "records": tmp_path / "r.sqlite"}
    with ddmkit.connect(token=facts.token, **given) as connected:
        assert len(kit.simulator.requests) == before
        assert connected.settings.credential_source == "arguments"
        assert "by arguments" in repr(connected)
        assert facts.token not in repr(connected)
        assert len(connected.instances()) == len(kit.instances())


def given_by(facts):
    """The same three kinds of credentials, each as one argument."""
    return {
        "arguments": ddmkit.AccessKey(facts.access_key, facts.secret_key),
        "token": ddmkit.Token(facts.token),
        "password": ddmkit.Password(facts.user, facts.password, facts.domain),
    }


@pytest.mark.parametrize("kind", ["arguments", "token", "password"])
def test_credentials_may_come_as_one_argument(kit, tmp_path, kind):
    facts = kit.scenario
    places = {"endpoint": facts.endpoint, "iam_endpoint": facts.iam_endpoint, "project_id": facts.project_id}
    with ddmkit.connect(credentials=given_by(facts)[kind], **places, records=tmp_path / "r.sqlite") as connected:
        assert len(connected.instances()) == len(kit.instances())


@pytest.mark.parametrize("kind", ["arguments", "token", "password"])
def test_credentials_hide_their_values_and_are_not_pickled(kit, kind):
    facts = kit.scenario
    given = given_by(facts)[kind]
    hidden = (facts.access_key, facts.secret_key, facts.token, facts.password)
    for shown in (repr(given), str(given), f"{given}", repr(vars(given)), repr(given.arguments())):
        assert not any(value in shown for value in hidden)
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            copying(given)


@pytest.mark.parametrize("speed", ["0", "-1", "101", "nan", "fast", "0.5"])
def test_a_speed_that_is_none_is_refused(speed, monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", speed)
    with pytest.raises(ddmkit.InputError, match="DDMKIT_DEMO_SPEED"):
        ddmkit.demo(world=tmp_path / "w.sqlite")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": "t" * 40}, "is given in addition to token"),
        ({"user": "u", "password": "p" * 9, "domain": "d"}, "is given in addition to user, password, domain"),
        ({"profile": "p"}, "is given in addition to credentials"),
        ({"credentials": "t" * 40}, "is not credentials but str"),
        ({"credentials": ddmkit.Token("with a blank")}, "holds a blank"),
        ({"credentials": ddmkit.Token("")}, "no credentials were found"),
        ({"credentials": ddmkit.AccessKey("k" * 20, "")}, "secret_key missing"),
    ],
)
def test_credentials_are_given_once_and_whole(changes, why, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    given = {"endpoint": "https://ddm.example.com", "project_id": "p", "credentials": ddmkit.Token("c" * 40)}
    with pytest.raises(ddmkit.InputError, match=why) as caught:
        ddmkit.connect(**{**given, **changes})
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    shown = [str(frame.locals) for frame in frames if "ddmkit" in frame.filename and "tests" not in frame.filename]
    assert len(shown) == 1
    assert not any(secret in shown[0] for secret in ("t" * 40, "p" * 9, "c" * 40, "k" * 20))


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), "30", None])
def test_a_timeout_is_a_positive_number_of_seconds(wrong):
    token = "t" * 40
    with pytest.raises(ddmkit.InputError, match="not a positive number of seconds") as caught:
        ddmkit.connect(endpoint="https://ddm.example.com", project_id="p", token=token, timeout_s=wrong)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    assert not any(token in str(frame.locals) for frame in frames if frame.filename.endswith("factory.py"))


def test_a_service_that_does_not_answer_is_given_up_after_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            ddmkit.connect(endpoint=endpoint, project_id="p", token="t" * 40, timeout_s=0.05) as connected,
            pytest.raises(ddmkit.UnreachableError),
        ):
            connected.instances()


def test_a_kit_that_only_reads_makes_plans_and_sends_no_restore(kit, tmp_path):
    facts = kit.scenario
    given = {"endpoint": facts.endpoint, "project_id": facts.project_id, "records": tmp_path / "r.sqlite"}
    with ddmkit.connect(token=facts.token, read_only=True, **given) as reader:
        assert "read-only" in repr(reader)
        plan = plan_of_kit(reader, facts)
        assert plan.ready
        with pytest.raises(ddmkit.InputError, match=r"only reads: nothing was sent\. Connect without read_only=True"):
            reader.submit(plan, confirm=plan.target_name, accept=plan.warnings)
        assert len(reader.records.list()) == 0
        with pytest.raises(ddmkit.InputError, match="only reads"):
            reader._client.restore_metadata(plan.call)
    assert {request.method for request in kit.simulator.requests} == {"GET"}
    assert kit.simulator.effective_restores() == []


def test_a_password_logs_in_where_a_kit_only_reads(kit, tmp_path):
    facts = kit.scenario
    places = {"endpoint": facts.endpoint, "iam_endpoint": facts.iam_endpoint, "project_id": facts.project_id}
    credentials = ddmkit.Password(facts.user, facts.password, facts.domain)
    with ddmkit.connect(credentials=credentials, read_only=True, **places, records=tmp_path / "r.sqlite") as reader:
        assert len(reader.instances()) == len(kit.instances())


def test_a_connection_to_a_simulator_is_known_by_its_world_not_its_port(kit, tmp_path):
    facts = kit.scenario
    given = {"endpoint": facts.endpoint, "project_id": facts.project_id, "records": tmp_path / "r.sqlite"}
    with ddmkit.connect(access_key=facts.access_key, secret_key=facts.secret_key, **given) as connected:
        assert plan_of_kit(connected, facts).digest == plan_of(kit).digest


def plan_of_kit(connected, facts):
    return connected.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)


def test_async_code_calls_a_kit_in_threads(kit):
    async def read():
        return await asyncio.gather(*(asyncio.to_thread(kit.backups, kit.scenario.source) for _ in range(3)))

    first, *others = asyncio.run(read())
    assert len(first) > 0
    assert others == [first, first]


def check_of(plan, check_id):
    return next(check for check in plan.checks if check.id == check_id)


@pytest.mark.parametrize("write", [lambda at: at, lambda at: at.isoformat(), lambda at: int(at.timestamp() * 1000)])
def test_a_point_after_the_incident_is_a_warning_to_accept_and_stands_in_the_plan(kit, write):
    facts = kit.scenario
    incident = facts.restore_time - timedelta(minutes=54, seconds=51)
    plan = plan_of(kit, backup_id=None, restore_time=facts.restore_time, incident=write(incident))
    assert plan.incident == incident
    assert plan.ready
    assert "point-before-incident" in plan.warnings
    assert "54 min 51 s after the incident" in check_of(plan, "point-before-incident").detail
    for shown in (plan.show().text, plan.show().html, " ".join(plan.words())):
        assert "54 min 51 s AFTER it, NOT before it" in shown
    with pytest.raises(ddmkit.NotConfirmedError, match="point-before-incident"):
        kit.submit(plan, confirm=plan.target_name, accept=set(plan.warnings) - {"point-before-incident"})


def test_an_incident_changes_neither_the_digest_nor_the_request(kit):
    facts = kit.scenario
    plain, told = plan_of(kit), plan_of(kit, incident=facts.incident)
    assert (plain.digest, plain.request) == (told.digest, told.request)
    assert (plain.incident, check_of(plain, "point-before-incident").status) == (None, "skip")
    assert check_of(told, "point-before-incident").status == "pass"
    assert "Incident" not in plain.show().text
    assert "before it" in told.show().text


@pytest.mark.parametrize("wrong", ["2030-01-01T00:00:00Z", "2026-05-20 10:47", "2026-05-20 10.47", "", 1779273900, True])
def test_an_incident_that_cannot_be_is_refused_before_any_request(kit, wrong):
    asked = len(kit.simulator.requests)
    with pytest.raises(ddmkit.InputError, match=r"^incident: "):
        plan_of(kit, incident=wrong)
    assert len(kit.simulator.requests) == asked


def test_the_incident_is_on_the_record_and_in_every_form_of_it(kit, tmp_path):
    incident = kit.scenario.incident
    plan = plan_of(kit, incident=incident)
    record = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).record
    planned = next(event.data for event in record.events if event.kind == "planned")
    assert datetime.fromisoformat(planned["inventory"]["incident"]) == incident
    assert planned["inputs"]["incident"] == incident.isoformat()
    said = f"{incident:%Y-%m-%d %H:%M:%S}"
    for shown in (record.to_text(), record.to_html(), record.to_markdown(), record.to_postmortem()):
        assert f"Incident: {said}" in shown.replace("\\", "")
    assert kit.plan_again(record).plan.incident == incident
    assert f"incident = {int(incident.timestamp() * 1000)}"[:20] in record.to_notebook(tmp_path / "n.ipynb").read_text()
    with ddmkit.replay(record) as again:
        assert again.plan.incident == incident
        assert "point-before-incident" not in {one.check for one in again.differences}


def test_a_zone_is_found_whatever_its_case(kit):
    plan = plan_of(kit, backup_id=None, restore_time="2026-05-20 12:46:00", time_zone="europe/berlin")
    assert plan.time_zone == "Europe/Berlin"
    assert "2026-05-20 10:46:00 UTC" in plan.show().text


@pytest.mark.parametrize(
    "ask",
    [
        lambda kit, typed: kit.jobs(since=typed),
        lambda kit, typed: kit.timeline(kit.scenario.source, incident=typed),
        lambda kit, typed: kit.timeline(kit.scenario.source, point=typed),
        lambda kit, typed: kit.related_nodes(kit.scenario.source, typed),
        lambda kit, typed: plan_of(kit, backup_id=None, restore_time=typed),
        lambda kit, typed: plan_of(kit, incident=typed),
    ],
)
def test_a_time_without_an_offset_is_read_in_a_zone_that_somebody_named_and_never_in_utc_by_default(kit, tmp_path, ask):
    with pytest.raises(ddmkit.InputError, match="does not say in which zone"):
        ask(kit, "2026-05-20 12:45:00")
    with ddmkit.demo(now=NOON, world=tmp_path / "berlin.sqlite", time_zone="Europe/Berlin") as named:
        ask(named, "2026-05-20 12:45:00")


def test_the_zone_that_was_named_for_the_kit_counts_for_its_plans(tmp_path):
    with ddmkit.demo(now=NOON, world=tmp_path / "berlin.sqlite", time_zone="Europe/Berlin") as kit:
        plan = plan_of(kit, backup_id=None, restore_time="2026-05-20 12:46:00", incident="2026-05-20 12:50")
        assert (plan.time_zone, plan.incident) == ("Europe/Berlin", datetime(2026, 5, 20, 10, 50, tzinfo=UTC))
        assert "2026-05-20 10:46:00 UTC" in plan.show().text


def test_a_target_with_an_old_engine_is_unavailable_wherever_targets_are_shown(kit):
    source = kit.scenario.source
    listed = kit._client.list_target_instances(source)
    named = {one.id: one.name for one in kit.instances()}
    assert next(row for row in listed if named.get(row.instance_id) == "ddm-empty-old-engine").available
    rows = kit.targets(source)
    old = next(row for row in rows if row.instance_name == "ddm-empty-old-engine")
    assert (old.available, "3.0.6, below 3.0.8" in old.unavailable_reason) == (False, True)
    assert "below 3.0.8" in rows._repr_mimebundle_()["text/html"]
    assert check_of(plan_of(kit, target=old.instance_id), "target-version").status == "fail"


@pytest.mark.parametrize("field", ["confirm", "accept", "purpose", "ticket"])
def test_a_secret_in_a_wrong_place_of_a_submit_is_refused_before_anything_is_written_or_sent(kit, field):
    plan = plan_of(kit)
    secret = kit.known_secrets()[0]
    typed = {"confirm": plan.target_name, "accept": plan.warnings, field: [secret] if field == "accept" else f"so {secret}"}
    with pytest.raises(ddmkit.InputError, match=f"{field}: holds a password or another secret") as caught:
        kit.submit(plan, **typed)
    assert secret not in str(caught.value)
    assert list(kit.records) == []
    assert kit.simulator.effective_restores() == []
