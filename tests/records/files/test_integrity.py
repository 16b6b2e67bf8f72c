from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ddmkit.records import file_of, open_record_file, verify_chain, verify_file
from ddmkit.records.files.file_format import Signature, seal_of, signed_bytes, summary_of
from ddmkit.records.files.file_signature import signature_fits
from ddmkit.records.files.integrity import Trust, judge_chain, judge_file

SAMPLES = Path(__file__).parents[2] / "samples"


def with_event(run, index, **changes):
    changed = list(run.events)
    changed[index] = changed[index].model_copy(update=changes)
    return run.model_copy(update={"events": tuple(changed)})


def test_a_run_as_it_was_written_fits(restored):
    assert verify_chain(restored) == []


@pytest.mark.parametrize("change", [{"data": {"job_id": "job-2"}}, {"kind": "adopted"}, {"sha256": "0" * 64}])
def test_the_first_event_that_was_changed_is_named(restored, change):
    problems = verify_chain(with_event(restored, 3, **change))
    assert problems[0].seq == 4
    assert "event 4" in problems[0].what


def test_a_missing_event_is_noticed(restored):
    cut = restored.model_copy(update={"events": restored.events[:2] + restored.events[3:]})
    assert "stands where event 3 belongs" in verify_chain(cut)[0].what


def test_events_that_changed_places_are_noticed(restored):
    first, second, *rest = restored.events
    assert verify_chain(restored.model_copy(update={"events": (second, first, *rest)}))[0].seq == 1


def test_a_header_that_was_changed_is_noticed_at_the_first_event(restored):
    other = restored.header.model_copy(update={"operator": "eve"})
    problem = verify_chain(restored.model_copy(update={"header": other}))[0]
    assert problem.seq == 1
    assert "header" in problem.what


def test_a_run_without_events_is_no_run(restored):
    assert verify_chain(restored.model_copy(update={"events": ()}))[0].seq == 0


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_data_that_cannot_be_hashed_is_a_problem_and_no_crash(restored, value):
    assert verify_chain(with_event(restored, 1, data={"a": value}))[0].seq == 2


def test_a_file_as_it_was_exported_fits(restored):
    assert verify_file(file_of(restored)) == []


def test_an_end_that_was_cut_off_is_found_out(restored):
    file = file_of(restored)
    problem = verify_file(file.model_copy(update={"events": file.events[:-1]}))[0]
    assert problem.seq == len(restored.events) - 1
    assert "its end was cut off" in problem.what


def test_an_end_that_was_exchanged_is_found_out(file_store, header, restored):
    run_id = file_store.begin(header("plan-2"))
    other = file_of(file_store.get(run_id))
    file_store.append(run_id, "noted", {"text": "one end"})
    longer = file_of(file_store.get(run_id))
    seal = longer.seal.model_copy(update={"head_sha256": other.seal.head_sha256})
    assert "its end was exchanged" in verify_file(longer.model_copy(update={"seal": seal}))[0].what


def test_a_summary_that_says_something_else_is_found_out_even_with_a_new_seal(restored):
    file = file_of(restored)
    lying = file.model_copy(update={"summary": file.summary.model_copy(update={"accepted_by": "eve"})})
    sealed = lying.model_copy(update={"seal": seal_of(lying)})
    assert [problem.what for problem in verify_file(sealed)] == [
        "the summary does not say what the events say (accepted_by): it was changed"
    ]


def test_a_seal_that_was_changed_is_found_out(restored):
    file = file_of(restored)
    changed = file.model_copy(update={"seal": file.seal.model_copy(update={"sha256": "0" * 64})})
    assert "hash in the seal" in verify_file(changed)[0].what


@pytest.mark.parametrize("change", ["fingerprint", "value", "public_key"])
def test_a_signature_that_does_not_fit_itself_is_an_edit(change):
    """The fingerprint is what a reader compares, so it must be that of the very key that the signature was made with."""
    signed = open_record_file(SAMPLES / "record-v1-signed.ddmrecord.json").file
    other = {"fingerprint": "SHA256:" + "A" * 43, "value": "0" * 128, "public_key": "1" * 64}[change]
    forged = signed.model_copy(update={"signature": signed.signature.model_copy(update={change: other})})
    for fingerprint in ("", signed.signature.fingerprint, other):
        verdict = judge_file(forged, fingerprint=fingerprint)
        assert (verdict.result, len(verdict.problems)) == (Trust.EDITED, 1)
    assert (verdict.problems[0].what == "the signature names a fingerprint that is not its key's") is (change != "value")


def test_a_forger_who_names_a_trusted_fingerprint_beside_a_key_of_their_own_is_found_out(restored, tmp_path):
    trusted = open_record_file(SAMPLES / "record-v1-signed.ddmrecord.json").file.signature.fingerprint
    own = Ed25519PrivateKey.generate()
    public_key = own.public_key().public_bytes_raw().hex()
    blank = Signature(algorithm="Ed25519", public_key=public_key, fingerprint=trusted, value="0" * 128)
    unsigned = file_of(restored).model_copy(update={"signature": blank})
    value = own.sign(signed_bytes(unsigned)).hex()
    forged = unsigned.model_copy(update={"signature": blank.model_copy(update={"value": value})})
    assert signature_fits(forged)
    assert (
        judge_file(forged, fingerprint=trusted).problems[0].what == "the signature names a fingerprint that is not its key's"
    )


def test_a_record_is_trusted_unproven_or_edited(restored):
    signed = open_record_file(SAMPLES / "record-v1-signed.ddmrecord.json").file
    unsigned, key = signed.model_copy(update={"signature": None}), signed.signature.fingerprint
    stranger = "SHA256:" + "A" * 43
    edited = signed.model_copy(update={"events": signed.events[:-1]})
    expected = [
        (signed, {"fingerprint": key}, Trust.SIGNED, 0, 0),
        (signed, {}, Trust.UNPROVEN, 0, 1),
        (signed, {"require_signature": True}, Trust.UNPROVEN, 0, 1),
        (signed, {"fingerprint": stranger}, Trust.UNPROVEN, 1, 1),
        (unsigned, {}, Trust.UNPROVEN, 0, 1),
        (unsigned, {"require_signature": True}, Trust.UNPROVEN, 1, 1),
        (unsigned, {"fingerprint": key}, Trust.UNPROVEN, 1, 1),
        (edited, {"fingerprint": key}, Trust.EDITED, 1, 0),
    ]
    for file, asked, trust, problems, cautions in expected:
        verdict = judge_file(file, **asked)
        assert (verdict.result, len(verdict.problems), len(verdict.cautions)) == (trust, problems, cautions), asked
    assert "not a forgery" in judge_file(unsigned).cautions[0]
    assert "Anybody can make a key" in judge_file(signed).cautions[0]
    assert judge_chain(restored).result is Trust.UNPROVEN
    assert judge_chain(with_event(restored, 1, kind="adopted")).result is Trust.EDITED


def test_the_events_come_first_among_the_problems(restored):
    file = file_of(restored)
    edited = with_event(restored, 1, data={"checks": []})
    worse = file.model_copy(update={"events": edited.events, "summary": summary_of(edited)})
    assert verify_file(worse)[0].seq == 2
