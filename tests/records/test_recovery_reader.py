"""The facts of a whole recovery: the two times that matter, where the time went, each step, and what is still billed."""

from datetime import timedelta
from pathlib import Path

import pytest

from ddmkit.records import open_record_file
from ddmkit.records.recovery_reader import (
    PEOPLE,
    SERVICE,
    VERIFICATION,
    RecoveryReader,
    durations_of,
    instances_left,
    instances_still_billed,
    instances_used,
    spans_of,
)
from tests.display.runs import NOON, make_run

SAMPLES = Path(__file__).parent.parent / "samples"
NODE = "node:n1"
LEFT = [{"id": "new-1", "name": "n1-7f", "why": "you keep it"}, {"id": "new-2", "name": "n2-7f", "why": "it is in use"}]


@pytest.fixture(scope="module")
def run():
    return open_record_file(SAMPLES / "recovery-v2.ddmrecord.json").file.run


def of_step(kind, step, **data):
    return f"step-{kind}", {"step": step, **data}


def planned(*names, **data):
    return "planned", {"steps": [{"name": name, "title": f"Do {name}"} for name in names], **data}


def recovery(*events, kind="recovery"):
    return make_run(*events, kind=kind)


def test_the_two_times_that_matter_are_read_from_the_sample(run):
    reader = RecoveryReader(run)
    assert reader.to_instant == timedelta(seconds=31)
    assert reader.to_working == reader.working_at - reader.reader.incident
    assert reader.working_at == reader.reader.last("run-completed").at


@pytest.mark.parametrize("missing", [("run-completed",), ("verified",)])
def test_a_target_that_was_not_read_back_or_not_finished_does_not_count_as_working(run, missing):
    cut = run.model_copy(update={"events": tuple(event for event in run.events if event.kind not in missing)})
    assert RecoveryReader(cut).working_at is None
    assert RecoveryReader(cut).to_working is None


def test_each_step_tells_its_intent_answer_proof_and_duration(run):
    steps = {step.name: step for step in RecoveryReader(run).steps}
    node = next(step for name, step in steps.items() if name.startswith("node:"))
    assert node.intent == "POST CreateRestoreInstance"
    assert node.answer.startswith("HTTP 202, job ")
    assert node.proof == "job Completed; checks: 3 passed"
    assert node.took is not None
    assert node.took > timedelta(0)
    assert (node.made, node.operator) == (RecoveryReader(run).intents[0][1] and node.made, "ada")
    assert steps["refresh"].proof.startswith("not needed")
    assert steps["prove-nodes"].intent == ""
    assert steps["target"].made == RecoveryReader(run).target_id


def test_the_proofs_are_those_that_the_steps_found_last(run):
    proofs = RecoveryReader(run).proofs
    assert {proof["status"] for proof in proofs} == {"pass"}
    assert {proof["id"].partition(":")[0] for proof in proofs} == {"nodes-recovered", "same-network"}


def test_every_minute_is_people_s_the_service_s_or_for_verification():
    run = recovery(
        planned(NODE, incident="2025-05-20T11:00:00Z"),  # a minute after the opening
        ("confirmed", {"operator": "ada"}),
        of_step("intent", NODE),
        of_step("answered", NODE, instance_id="new-1"),
        of_step("completed", NODE),
        "run-waiting",
        of_step("accepted", "prove-nodes", operator="mel"),
        "run-running",
        "run-completed",
    )
    spent = RecoveryReader(run).where_time_went()
    assert spent[PEOPLE] == timedelta(minutes=60 + 2)  # before the opening, and while the run waited
    assert spent[SERVICE] == timedelta(minutes=2)
    assert spent[VERIFICATION] == timedelta(minutes=5)
    assert sum(spent.values(), timedelta(0)) == run.events[-1].at - NOON + timedelta(hours=1)


def test_two_steps_at_work_at_once_count_once():
    run = recovery(
        planned("a", "b"), of_step("intent", "a"), of_step("intent", "b"), *(of_step("failed", one) for one in "ab")
    )
    assert RecoveryReader(run).where_time_went()[SERVICE] == timedelta(minutes=3)


def test_whoever_went_on_with_another_s_run_is_named_with_what_they_did():
    run = make_run(
        planned(NODE),
        of_step("intent", NODE, operator="ada"),
        of_step("intent", "restore", operator="mel"),
        ("confirmed", {"operator": "mel"}),
        kind="recovery",
        operator="ada",
    )
    assert RecoveryReader(run).continued_by == {"mel": ("restore", "confirmed")}


@pytest.mark.parametrize(
    ("events", "kind", "expected"),
    [
        ([], "recovery", 0),
        ([of_step("intent", NODE), "run-unknown"], "recovery", 1),
        ([of_step("intent", NODE), of_step("intent", "target"), "run-running"], "recovery", 2),
        ([of_step("intent", NODE), of_step("freed", NODE), "run-stopped"], "recovery", 0),
        ([of_step("intent", NODE), of_step("failed", NODE), "run-stopped"], "recovery", 1),
        ([of_step("intent", NODE), "run-completed"], "recovery", 0),
        ([of_step("intent", NODE), "run-completed"], "drill", 1),
        ([of_step("intent", NODE), of_step("completed", "delete:x"), "run-stopped"], "recovery", 0),
        ([of_step("intent", NODE), "run-abandoned"], "drill", 0),
        ([of_step("intent", NODE), ("run-abandoned", {"left": LEFT})], "recovery", 2),
        ([of_step("intent", NODE), ("run-abandoned", {"left": LEFT})], "drill", 2),
        ([("run-abandoned", {"left": LEFT}), ("run-abandoned", {"left": []})], "recovery", 0),
        ([("run-abandoned", {"left": [{"name": "x"}, 5]})], "recovery", 0),
        ([of_step("intent", NODE), "run-stopped"], "restore", 0),
    ],
)
def test_what_is_neither_handed_over_nor_deleted_is_counted(events, kind, expected):
    assert instances_still_billed(recovery(planned(NODE, "target"), *events, kind=kind)) == expected


def test_what_stayed_is_not_counted_once_a_later_run_uses_it():
    run = recovery(("run-abandoned", {"left": LEFT}))
    assert instances_left(run) == {"new-1": "n1-7f (you keep it)", "new-2": "n2-7f (it is in use)"}
    plan = {"nodes": [{"existing_id": "new-1"}, {"existing_id": ""}], "target": {"existing_id": "t-9"}}
    assert instances_used(recovery(("planned", plan))) == {"new-1", "t-9", "t-1"}
    assert instances_used(make_run(("planned", {"request": {"data_nodes": ["new-2"]}}))) == {"new-2", "t-1"}
    assert instances_still_billed(run, instances_used(recovery(("planned", plan)))) == 1


def test_spans_and_durations_of_a_recovery_are_those_of_its_steps(run):
    spans = spans_of(run)
    assert "Restore the metadata" in spans
    durations = durations_of(run)
    assert list(durations)[-1] == "in all"
    assert durations["Restore the metadata"] == spans["Restore the metadata"].end - spans["Restore the metadata"].start
    assert "spent by service" in durations
    assert "request to answer" in durations_of(make_run("intent", "answered"))


@pytest.mark.parametrize("data", [{"step": 5}, {"step": ["a"]}, {"steps": "x"}, {"checks": [1, None]}, {"job": "x"}])
def test_a_strange_file_reads_as_empty_rather_than_failing(data):
    run = recovery(("planned", data), ("step-intent", data), ("step-proved", data), ("step-completed", data))
    reader = RecoveryReader(run)
    assert reader.to_working is None
    assert reader.proofs == [] or all(isinstance(one, dict) for one in reader.proofs)
    assert isinstance(reader.steps, tuple)
    assert isinstance(reader.where_time_went()[SERVICE], timedelta)
    assert instances_still_billed(run) == 0
