"""How an item stands by its record, and how long a request of another worker is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError
from ddmkit.fleet.items import RestoreDriver, fold_record, wait_for_answer
from ddmkit.fleet.table import FleetRow
from ddmkit.records import RecordStore, RunHeader

NOW = datetime(2025, 5, 20, 10, 12, 32, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with RecordStore.open(tmp_path / "records.sqlite", service="s", clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def sent(store):
    """The id of a run whose request may have left."""
    header = RunHeader(plan_id="p", digest="d", project_id="p1", source_id="s1", target_id="t1", operator="ada")
    run_id = store.begin(header)
    store.claim(run_id)
    return run_id


def standing(store, run_id):
    state, reason = fold_record(store.get(run_id))
    return str(state), reason


def test_done_means_verified_and_what_differs_is_named(store, sent):
    assert standing(store, sent)[0] == "unknown"
    store.append(sent, "answered", {"job_id": "j"})
    assert standing(store, sent) == ("running", "under way")
    store.settle(sent, "completed")
    store.append(sent, "not-verified", {"reason": "no connection"})
    assert standing(store, sent) == ("differs", "no connection")
    findings = [{"subject": "schemas", "verdict": "differs", "expected": "4", "found": "3"}]
    store.append(sent, "verified", {"passed": False, "findings": findings})
    assert standing(store, sent) == ("differs", "schemas: 3")
    store.append(sent, "verified", {"passed": True, "findings": []})
    assert standing(store, sent) == ("completed", "verified: the target holds what it should")


@pytest.mark.parametrize(
    ("kind", "data", "state", "reason"),
    [
        ("failed", {"fail_reason": "disk full"}, "failed", "disk full"),
        ("freed", {"reason": "refused"}, "failed", "refused"),
        ("released", {"operator": "bob", "reason": "x"}, "failed", "a person declared that nothing was started"),
    ],
)
def test_an_end_is_told_with_its_reason(store, sent, kind, data, state, reason):
    store.settle(sent, kind, data)
    told = standing(store, sent)
    assert told[0] == state
    assert told[1].startswith(reason)


def context(store, now, slept):
    def sleep(seconds):
        slept.append(seconds)
        now[0] += timedelta(seconds=seconds)

    return SimpleNamespace(store=store, now=lambda: now[0], sleep=sleep, poll_every_s=2.0)


def test_a_request_of_another_worker_is_waited_for_until_its_deadline(store, sent):
    slept = []
    wait_for_answer(sent, context(store, [NOW + timedelta(seconds=30)], slept))
    assert sum(slept) == pytest.approx(32)


def test_a_clock_that_stands_still_does_not_keep_a_worker_for_ever(store, sent):
    slept = []
    standing_still = context(store, [NOW], slept)
    standing_still.sleep = slept.append
    wait_for_answer(sent, standing_still)
    assert 0 < len(slept) <= 60


def test_an_answer_ends_the_wait(store, sent):
    store.append(sent, "answered", {"job_id": "j"})
    slept = []
    wait_for_answer(sent, context(store, [NOW], slept))
    assert slept == []


@pytest.mark.parametrize(
    "given",
    [
        {"target": "t" * 36, "data_nodes": ["d" * 36]},
        {"target": "t" * 36, "data_nodes": ["d" * 36], "restore_time": "2025-05-20T10:00:00"},
        {"target": "t" * 36, "data_nodes": ["short"], "restore_time": 1},
        {"data_nodes": ["d" * 36], "restore_time": 1},
        {"target": "t" * 36, "data_nodes": 7, "restore_time": 1},
    ],
)
def test_a_row_that_cannot_be_right_is_refused_without_a_request(given):
    driver = RestoreDriver(None, None, zone=None, shown_zone="UTC", poll_s=1)
    with pytest.raises(InputError):
        driver.require_possible(FleetRow(row="r", kind="restore", given={"source": "s" * 36, **given}))
