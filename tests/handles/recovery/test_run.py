"""A recovery in a person's hands: a snapshot of its record, and how waiting for it ends."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import ddmkit
from ddmkit.handles.recovery import run as handle
from ddmkit.sending.log import StepLog
from tests.recovery.run.records import open_run


@pytest.fixture
def begun(tmp_path):
    run_id, context = open_run(tmp_path)
    context.store.known_secrets = list
    context.services.ddm = SimpleNamespace(settings=SimpleNamespace(endpoint="https://ddm.example.com"))
    return handle.RecoveryRun(run_id, context), context


def wait(run, monkeypatch, *, ended=True):
    monkeypatch.setattr(handle, "drive", lambda *given, **options: ended)
    return run.wait(timeout_s=7, say=None)


def test_the_attributes_are_a_snapshot_until_the_record_is_read_again(begun):
    run, context = begun
    StepLog(context.store, run.id, "node:old-a").append("answered", {"instance_id": "new-a"})
    assert {step.state for step in run.steps} == {"planned"}
    assert next(iter(run.refresh().steps)).made == "new-a"
    assert (run.verification, run.address) == (None, "")
    assert repr(run).endswith(f"record {run.id}>")


def test_a_time_out_stops_nothing_and_says_how_to_go_on(begun, monkeypatch):
    run, _ = begun
    with pytest.raises(ddmkit.JobTimeoutError, match=rf"after 7 s; .*kit\.resume\('{run.id}'\)") as caught:
        wait(run, monkeypatch, ended=False)
    assert (caught.value.job, caught.value.record) == (run, run.record)


def test_a_failed_step_is_raised_with_its_reason_and_the_record(begun, monkeypatch):
    run, context = begun
    StepLog(context.store, run.id, "node:old-a").settle("failed", {"reason": "the disk is full"})
    with pytest.raises(ddmkit.JobFailedError, match="the disk is full") as caught:
        wait(run, monkeypatch)
    assert caught.value.record.state == run.status == "stopped"
    assert "stopped" in run.show().text


def test_a_step_that_waits_names_every_warning_to_accept(begun, monkeypatch):
    run, context = begun
    check = {"id": "same-network:old-a", "title": "t", "status": "warn", "detail": "Unread.", "hint": "Compare."}
    log = StepLog(context.store, run.id, "prove-network")
    log.append("proved", {"checks": [check]})
    log.append("waiting", {"reason": "unread", "checks": [check["id"]]})
    with pytest.raises(ddmkit.NotConfirmedError, match=r"kit\.accept") as caught:
        wait(run, monkeypatch)
    assert caught.value.missing == ("accept='same-network:old-a': Unread. Compare.",)
    assert [one.id for one in run.waits_for] == ["same-network:old-a"]
