from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest
import rfc8785

from ddmkit.errors import RecordError
from ddmkit.records import file_of, file_schema, open_record_file, verify_file
from ddmkit.records.files import file_format as file_form
from ddmkit.records.files.file_format import VERSION, file_text, seal_of, summary_of

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = sorted(SAMPLES.glob("record-v*.ddmrecord.json"))


def without_words(schema):
    """Leave out what a schema says to people, which another version may word differently."""
    if isinstance(schema, dict):
        words = {name for name in ("description", "title") if isinstance(schema.get(name), str)}
        return {name: without_words(value) for name, value in schema.items() if name not in words}
    return [without_words(value) for value in schema] if isinstance(schema, list) else schema


def test_the_stored_schema_asks_for_what_the_models_ask_for():
    stored = json.loads((SAMPLES / "ddmrecord.schema.json").read_text())
    assert without_words(stored) == without_words(file_schema()), (
        "write it again: python -m ddmkit records schema > tests/samples/ddmrecord.schema.json"
    )


def test_every_sample_verifies_after_every_sentence_was_reworded(monkeypatch):
    for name in [name for name in vars(file_form) if name.startswith("_describe_")]:
        monkeypatch.setattr(file_form, name, lambda *_: "in other words")
    assert summary_of(open_record_file(FILES[0]).file.run).result == "in other words"
    for path in FILES:
        assert verify_file(open_record_file(path).file) == []


@pytest.mark.parametrize(
    "change", [{"state": "failed"}, {"job_id": "other"}, {"ticket": "INC-8"}, {"purpose": ""}, {"accepted_warnings": ()}]
)
def test_a_summary_whose_values_are_not_those_of_the_events_is_found_out_with_a_new_seal(change):
    file = open_record_file(FILES[-1]).file
    lying = file.model_copy(update={"summary": file.summary.model_copy(update=change)})
    assert next(iter(change)) in verify_file(lying.model_copy(update={"seal": seal_of(lying)}))[0].what


def test_the_schema_is_a_schema_and_says_what_each_kind_of_event_is():
    jsonschema.Draft202012Validator.check_schema(file_schema())
    assert "adopted: which job it was" in json.dumps(file_schema())


@pytest.mark.parametrize("kind", ["", "-signed"])
def test_there_is_a_sample_of_every_version_of_the_file(kind):
    """Whoever makes a new version stores a file of it, signed and unsigned, and leaves those of the others alone."""
    stored = {int(re.sub(r"\D", "", path.name)) for path in FILES if path.name.endswith(f"{kind}.ddmrecord.json")}
    assert stored == set(range(1, VERSION + 1))
    for number in stored:
        value = json.loads((SAMPLES / f"record-v{number}{kind}.ddmrecord.json").read_text())
        assert value["version"] == number
        assert (value["signature"] is not None) is bool(kind)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_every_version_stays_readable_verifies_and_fits_the_schema(path):
    file = open_record_file(path).file
    assert verify_file(file) == []
    assert file_text(file) == path.read_text()
    jsonschema.validate(json.loads(path.read_text()), file_schema())


def test_the_schema_refuses_what_is_no_record(restored):
    value = json.loads(file_text(file_of(restored)))
    for change in ({"seal": None}, {"version": 3}, {"events": []}, {"more": 1}, {"id": 5}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**value, **change}, file_schema())


def test_the_seal_can_be_worked_out_with_any_other_tool():
    value = json.loads((SAMPLES / "record-v1.ddmrecord.json").read_text())
    seal, _ = value.pop("seal"), value.pop("signature")
    assert hashlib.sha256(rfc8785.dumps(value)).hexdigest() == seal["sha256"]


def test_the_summary_answers_who_what_when_from_what_and_with_which_result():
    summary = open_record_file(SAMPLES / "record-v1.ddmrecord.json").file.summary
    assert summary.result == "Completed; the target holds what was expected."
    assert summary.what.startswith("ddm-orders-prod (")
    assert "ddm-restore-target" in summary.what
    assert summary.restored_from.startswith("backup Backup-ddm-orders-prod-")
    assert "made 2026-05-20 08:16:19 UTC" in summary.restored_from
    assert summary.who.startswith("ada (ada on desk-1, process ")
    assert summary.when == "2026-05-20 09:30:00 UTC to 2026-05-20 09:31:00 UTC"
    assert summary.accepted_warnings == ("nodes-recovered", "same-network")
    assert (summary.accepted_by, summary.purpose, summary.ticket) == ("ada", "rehearsal", "INC-7")


def test_the_file_holds_inputs_facts_with_page_counts_request_and_versions():
    events = {event.kind: event.data for event in open_record_file(SAMPLES / "record-v1.ddmrecord.json").file.events}
    assert set(events["opened"]["versions"]) >= {"ddmkit", "httpx", "pydantic", "SQLAlchemy"}
    assert events["opened"]["credentials"] == "a token, from simulator"
    planned = events["planned"]
    assert set(planned["inputs"]) == {"source", "target", "data_nodes", "backup_id"}
    assert planned["words"][0].startswith("Restore the metadata of ddm-orders-prod")
    reads = {read["operation"]: read for read in planned["inventory"]["reads"]}
    assert (reads["ListBackups"]["rows"], reads["ListBackups"]["pages"]) == (29, 1)
    assert reads["ListBackups"]["request_ids"]
    assert events["intent"]["path"].endswith("/backups/metadata-recovery")
    assert events["intent"]["audit_trace"] == "restoreMetaData"
    assert events["answered"]["request_id"]
    assert {schema["name"] for schema in events["verified"]["target"]["schemas"]["value"]} >= {"orders"}


def test_a_run_whose_data_has_odd_shapes_is_summed_up_all_the_same(file_store, header):
    run_id = file_store.begin(header())
    odd = {"inventory": [], "request": 5, "expected": "x", "checks": {"a": 1}, "time_zone": ["UTC"]}
    file_store.append(run_id, "planned", odd)
    file_store.append(run_id, "confirmed", {"accepted": "everything"})
    assert summary_of(file_store.get(run_id)).accepted_warnings == ()
    assert verify_file(file_of(file_store.get(run_id))) == []


# Runs of other kinds --------------------------------------------------------------------------------------------------


def test_a_restore_is_still_written_as_version_one_and_another_kind_as_version_two(restored, recovered):
    assert (file_of(restored).version, file_of(recovered).version) == (1, 2)
    assert "kind" not in json.loads(file_text(file_of(restored)))["header"]
    assert json.loads(file_text(file_of(recovered)))["header"]["kind"] == "recovery"


@pytest.mark.parametrize(
    ("which", "change"),
    [
        ("restored", {"version": 2}),
        ("recovered", {"version": 1}),
        ("restored", {"kind": "restore"}),
        ("restored", {"kind": "recovery"}),
        ("recovered", {"kind": "restore", "version": 1}),
    ],
)
def test_a_file_whose_version_does_not_fit_its_kind_is_refused(request, tmp_path, which, change):
    value = json.loads(file_text(file_of(request.getfixturevalue(which))))
    value["version"] = change.get("version", value["version"])
    if "kind" in change:
        value["header"]["kind"] = change["kind"]
    path = tmp_path / "changed.ddmrecord.json"
    path.write_text(json.dumps(value, indent=1))
    with pytest.raises(RecordError, match="its version does not fit the kind of the run"):
        open_record_file(path)


def test_the_kind_of_a_run_is_covered_by_its_hashes(recovered):
    file = file_of(recovered)
    other = file.model_copy(update={"header": file.header.model_copy(update={"kind": "drill"})})
    assert verify_file(file) == []
    assert "header" in verify_file(other)[0].what


@pytest.mark.parametrize("state", ["stopped", "waiting", "abandoned", "completed"])
def test_every_state_of_a_run_of_several_steps_is_told_in_words(file_store, header, state):
    run_id = file_store.begin(header("plan-r", kind="recovery"))
    file_store.append(run_id, "planned", {"steps": [{"name": "one"}]})
    happens = {
        "stopped": lambda: file_store.settle(run_id, "failed", {}, step="one"),
        "waiting": lambda: file_store.append(run_id, "waiting", {}, step="one"),
        "abandoned": lambda: file_store.abandon(run_id),
        "completed": lambda: file_store.settle(run_id, "completed", {}, step="one"),
    }
    happens[state]()
    file = file_of(file_store.get(run_id))
    assert file.summary.state == state
    assert file.summary.result.lower().startswith(state)
    assert verify_file(file) == []
