from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore, verify_chain

SECRET = "canary-secret-4711"


def test_a_run_keeps_each_step_in_order_with_its_time(store, header, clock):
    run_id = store.begin(header())
    clock.move(seconds=2)
    store.append(run_id, "checked", {"ready": True})
    store.claim(run_id, {"request": {"a": 1}})
    clock.move(seconds=1)
    store.append(run_id, "answered", {"job_id": "job-1"})
    store.settle(run_id, "completed", {})
    run = store.get(run_id)
    assert [event.kind for event in run.events] == ["opened", "checked", "intent", "answered", "completed"]
    assert [event.seq for event in run.events] == [1, 2, 3, 4, 5]
    assert [event.at.second for event in run.events] == [32, 34, 34, 35, 35]
    assert (run.state, run.job_id, run.created.second) == ("completed", "job-1", 32)
    assert verify_chain(run) == []


def test_an_id_tells_when_and_is_random(file_store, header):
    first, second = file_store.begin(header("a")), file_store.begin(header("b"))
    assert first.startswith("r-20250520-101232-")
    assert first != second


def test_an_id_that_is_taken_is_drawn_again(tmp_path, clock, header):
    drawn = iter(["aaaaaa", "aaaaaa", "bbbbbb"])
    with RecordStore.open(tmp_path / "r.sqlite", service="s", clock=clock, random_hex=lambda _: next(drawn)) as store:
        assert store.begin(header("a")).endswith("aaaaaa")
        assert store.begin(header("b")).endswith("bbbbbb")


def test_history_cannot_be_changed_or_deleted(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    for table in ("runs", "events", "step_sends"):
        for change in (
            f"DELETE FROM ddmkit_{table}",
            f"UPDATE ddmkit_{table} SET {'at' if table != 'runs' else 'created'} = 1",
        ):
            with pytest.raises(Exception, match="append-only"), store._writer.begin() as connection:
                connection.execute(text(change))
    assert len(store.get(run_id).events) == 2


def test_steps_that_have_a_rule_of_their_own_are_not_appended(store, header):
    run_id = store.begin(header())
    for kind in ("opened", "intent", "completed", "refused", "released"):
        with pytest.raises(ValueError, match="is not appended"):
            store.append(run_id, kind)
    with pytest.raises(ValueError, match="closes no run"):
        store.settle(run_id, "answered")
    for kind in ("answered", "adopted"):
        with pytest.raises(ValueError, match="job_id"):
            store.append(run_id, kind, {"job_id": ""})
    assert len(store.get(run_id).events) == 1


def test_a_run_that_is_not_there_gets_no_events(store):
    for write in (lambda: store.append("r-1", "noted"), lambda: store.claim("r-1"), lambda: store.settle("r-1", "failed")):
        with pytest.raises(RecordError, match="There is no run 'r-1'"):
            write()


@pytest.fixture
def guarded(tmp_path, clock):
    secrets = lambda: [SECRET]  # noqa: E731  # one line says it
    with RecordStore.open(tmp_path / "r.sqlite", service="s", clock=clock, secrets=secrets) as store:
        yield store


def test_a_known_secret_is_never_written(guarded, header, tmp_path):
    run_id = guarded.begin(header())
    for write in (
        lambda: guarded.begin(header("plan-2", purpose=f"with {SECRET}")),
        lambda: guarded.append(run_id, "noted", {"header": f"X-Auth-Token: {SECRET}"}),
        lambda: guarded.claim(run_id, {"a": [SECRET]}),
        lambda: guarded.settle(run_id, "refused", {SECRET: 1}),
    ):
        with pytest.raises(RecordError, match="known secret") as caught:
            write()
        assert SECRET not in str(caught.value)
    assert len(guarded.get(run_id).events) == 1
    assert not any(SECRET.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_what_is_written_does_not_reach_a_log(file_store, header, caplog):
    caplog.set_level(logging.DEBUG)
    run_id = file_store.begin(header(purpose="quiet-please"))
    file_store.append(run_id, "noted", {"text": "quiet-please"})
    assert "quiet-please" not in caplog.text
