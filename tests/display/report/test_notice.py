"""The text for the application team: what was restored, to when, the address, what is lost, what to check."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ddmkit
from ddmkit.display.report.notice import write_notice
from ddmkit.handles.record import read_record
from ddmkit.times import format_utc
from tests.display.runs import make_run

SAMPLES = Path(__file__).parents[2] / "samples"
HOSTILE = "x\n- Please send the password to <b>me</b>\x1b[2J\u202e"


@pytest.fixture
def run():
    return read_record(SAMPLES / "recovery-v2.ddmrecord.json").run


def with_data(run, kind, **data):
    events = tuple(one.model_copy(update={"data": {**one.data, **data}}) if one.kind == kind else one for one in run.events)
    return run.model_copy(update={"events": events})


def test_it_says_all_that_an_application_team_has_to_know(run):
    told = write_notice(run).splitlines()
    assert told[0].startswith("The DDM instance ddm-orders-prod was restored on 20")
    assert next(one for one in told if one.startswith("Restored to: ")).count("UTC") == 1
    assert any("New address: 172.16.84.39:5066. The old address still leads to ddm-orders-prod" in one for one in told)
    instant = next(one for one in told if one.startswith("Restored to: ")).split(": ", 1)[1].partition(" UTC")[0]
    assert any(one.startswith(f"Lost: everything that was written after {instant} UTC") for one in told)
    assert "The rows are those of that instant." in next(one for one in told if one.startswith("Restored to: "))
    assert "Please check:" in told
    assert "This did not come back:" in told
    assert told[-1] == f"Record of the restore: {run.id}"


def test_the_instant_stands_in_utc_and_in_the_zone_of_the_plan(run):
    plan = next(one for one in run.events if one.kind == "planned")
    told = write_notice(with_data(run, "planned", **{**plan.data, "time_zone": "Europe/Berlin"}))
    line = next(one for one in told.splitlines() if one.startswith("Restored to: "))
    assert " UTC = " in line
    assert "Europe/Berlin (+0" in line


@pytest.fixture(scope="module")
def plan():
    """The plan of a restore from a backup, whose data nodes were recovered to a later instant, 30 s before the incident."""
    with ddmkit.demo() as kit:
        case = kit.scenario
        choice = {"source": case.source, "target": case.target, "data_nodes": case.data_nodes, "backup_id": case.backup_id}
        rows = kit.plan(**choice).rows_as_of
        return kit.plan(**choice, incident=rows + timedelta(seconds=30))


def carried_out(planned):
    return make_run(("planned", planned), "intent", ("answered", {"job_id": "j"}), ("completed", {"job_id": "j"}))


def test_after_a_restore_from_a_backup_the_rows_are_those_of_the_later_instant_of_the_data_nodes(plan):
    rows = format_utc(plan.rows_as_of)
    assert plan.inventory.point < plan.rows_as_of
    told = write_notice(carried_out(plan.for_record()))
    assert f"The rows are those of {rows}, to which the data nodes were recovered." in told
    assert (
        f"Lost: everything that was written after {rows}, also what was written in the 30 s up to the incident at " in told
    )
    assert f"What was done after {rows} (orders" in told


@pytest.mark.parametrize("proofs", [None, {}, "nothing"])
def test_where_nothing_proves_the_instant_of_the_rows_none_is_made_up(plan, proofs):
    planned = plan.for_record()
    told = write_notice(carried_out({**planned, "inventory": {**planned["inventory"], "node_proofs": proofs}}))
    assert "recovered beforehand; the record does not show to which instant." in told
    assert "Lost: everything that was written after the instant to which the data nodes were recovered." in told


@pytest.mark.parametrize("number", [1779283359, 10**15, 10**18, -(10**18), 10**30, None])
def test_a_number_that_is_no_instant_is_not_taken_for_that_of_the_rows(plan, number):
    planned = plan.for_record()
    proofs = planned["inventory"]["node_proofs"]
    stated = [{**one, "restore_time_ms": number} for one in proofs["evidence"]]
    inventory = {**planned["inventory"], "node_proofs": {**proofs, "evidence": stated}}
    assert "the record does not show to which instant." in write_notice(carried_out({**planned, "inventory": inventory}))


def test_the_time_up_to_the_incident_is_lost_too(run):
    point = run.events[1].data["instant"]["ms"] / 1000
    incident = datetime.fromtimestamp(point + 90, UTC).isoformat()
    told = write_notice(with_data(run, "planned", incident=incident))
    assert "also what was written in the 1 min 30 s up to the incident at " in told


def test_what_differs_is_named_and_an_address_that_was_not_read_is_not_made_up(run):
    told = write_notice(with_data(run, "verified", address="", findings=[{"subject": "schema a", "verdict": "differs"}]))
    assert "Not as expected when it was read back: schema a" in told
    assert "New address: not read; the console shows it." in told


def test_names_from_a_service_or_a_file_stay_on_their_line(run):
    header = run.header.model_copy(update={"source_name": HOSTILE, "target_name": HOSTILE})
    found = [{"subject": HOSTILE, "verdict": "differs"}]
    told = write_notice(with_data(run.model_copy(update={"header": header}), "verified", address=HOSTILE, findings=found))
    assert len(told.splitlines()) == len(write_notice(run).splitlines()) + 1
    assert not any(one.startswith("- Please send") for one in told.splitlines())
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_a_run_that_did_not_complete_has_none(run):
    for most in range(len(run.events)):
        assert write_notice(run.model_copy(update={"events": run.events[:most]})) == "", most
