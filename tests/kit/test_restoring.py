"""Plans and restores of a kit: what is accepted, what is refused, and what stands in the plan and on record."""

from datetime import UTC, datetime, timedelta

import pytest

import ddmkit
from tests.kit.conftest import NOON, plan_of


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
