"""The world of a recovery is rebuilt with networks and witnesses, so that the recovery can be planned and carried out there."""

import json
from pathlib import Path

import pytest

import ddmkit
from ddmkit.errors import RecordError
from ddmkit.records import read_record_file
from ddmkit.recovery.plan import recovery_plan_of
from ddmkit.rehearsal.notebook import write_notebook
from ddmkit.rehearsal.recovery_world import sources_of
from ddmkit.rehearsal.world import rebuild_record
from ddmkit.restore.proofs.facts import Evidence, NodeProofs
from tests.rehearsal.test_replay import NOW, said

SAMPLE = Path(__file__).parent.parent / "samples" / "recovery-v2.ddmrecord.json"


def recover(kit, **choice):
    facts = kit.scenario
    plan = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, incident=facts.incident, **choice)
    run = kit.recover(plan, confirm=plan.source_name, accept=plan.warnings, node_password="Node-1234-abcd")
    return run.wait(say=None).record


def test_a_recovery_from_a_file_is_decided_alike_and_carried_out_again():
    with ddmkit.replay(ddmkit.read_record(SAMPLE)) as replayed:
        assert said(replayed.differences) == []
        text = replayed.show().text
        assert "38 checks, all with the recorded result" in text
        assert "decided again" not in text
        run = replayed.rehearse()
        assert (run.status, run.verification.passed) == ("completed", True)
        recorded = recovery_plan_of(replayed.record.run)
        again = {node.source_id: node.request.body() for node in replayed.plan.nodes}
        for node in recorded.nodes:
            other = {**node.request.body(), "name": "", "tags": ""}
            assert {**again[node.source_id], "name": "", "tags": ""} == other
        assert len(replayed.kit.simulator.effective_changes()) == 3
        assert len(replayed.kit.simulator.effective_restores()) == 1


def test_a_node_that_was_taken_is_proved_in_the_rebuilt_world_by_its_trace(tmp_path):
    with ddmkit.demo("half-recovered", world=tmp_path / "w.sqlite", now=NOW) as kit:
        facts = kit.scenario
        first = kit.related_nodes(facts.source, facts.restore_time)[0].instance_id
        record = recover(kit, nodes={first: facts.data_nodes[0]}, target=facts.target)
    with ddmkit.replay(record) as replayed:
        assert said(replayed.differences) == []
        proof = next(check for check in replayed.plan.checks if check.id == f"nodes-recovered:{first}")
        assert "audit trail, trace " in proof.detail
        assert replayed.rehearse().status == "completed"


def test_a_recovery_that_was_refused_is_refused_again_for_the_same_reason(tmp_path):
    with ddmkit.demo("half-recovered", world=tmp_path / "w.sqlite", now=NOW) as kit:
        facts = kit.scenario
        nodes = [node.instance_id for node in kit.related_nodes(facts.source, facts.restore_time)]
        wrong = {nodes[1]: facts.data_nodes[1]}
        plan = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, nodes=wrong)
        with pytest.raises(ddmkit.NotReadyError) as refused:
            kit.recover(plan, confirm=plan.source_name, node_password="Node-1234-abcd")
    with ddmkit.replay(refused.value.record) as replayed:
        assert f"nodes-recovered:{nodes[1]}" in replayed.plan.failed
        assert said(replayed.differences) == []


def test_a_record_without_facts_says_that_its_world_cannot_be_rebuilt(tmp_path):
    run = read_record_file(SAMPLE)
    events = [
        event.model_copy(update={"data": {**event.data, "facts": None}}) if event.kind == "planned" else event
        for event in run.events
    ]
    with pytest.raises(RecordError, match="keeps no facts of the services"):
        rebuild_record(run.model_copy(update={"events": tuple(events)}), tmp_path / "world.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_the_notebook_of_a_recovery_has_its_parameters_and_sends_nothing(tmp_path):
    run = read_record_file(SAMPLE)
    path = write_notebook(run, tmp_path / "n.ipynb", world=tmp_path / "w.sqlite")
    cells = json.loads(path.read_text())["cells"]
    assert "repeats the recovery of record" in cells[0]["source"]
    filled = next(cell for cell in cells if "parameters" in cell["metadata"].get("tags", ()))["source"].splitlines()
    plan = recovery_plan_of(run)
    for line in (
        *(f'source = "{plan.source_id}"', f"restore_time = {plan.instant.ms}", "nodes = {}", 'target = "new"'),
        *("throwaway = False", 'confirm = ""', 'digest = ""', "new_instances = 0", 'ticket = "INC-7"'),
    ):
        assert line in filled


def test_only_proofs_tell_where_a_node_comes_from():
    weak = Evidence(kind="tags", node_id="n", source_id="said")
    strong = Evidence(kind="audit-trace", node_id="n", source_id="proved")
    assert sources_of(NodeProofs(evidence=(weak,))) == {}
    assert sources_of(NodeProofs(evidence=(weak, strong))) == {"n": "proved"}
    assert sources_of(None) == {}
