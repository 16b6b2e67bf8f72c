"""An open store: what it reads, and what it does not show."""

from __future__ import annotations

import pickle

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore, verify_chain

SECRET = "canary-secret-4711"


def test_a_store_without_a_service_only_reads(tmp_path, clock, header):
    with RecordStore.open(tmp_path / "r.sqlite", clock=clock) as store:
        assert store.list() == ()
        with pytest.raises(ValueError, match="only be read"):
            store.begin(header())


def test_the_password_of_the_store_is_a_known_secret(new_database, clock, header):
    place = f"{new_database()}&password={SECRET}"
    with RecordStore.open(place, service="s", clock=clock) as store:
        assert SECRET in store.known_secrets()
        assert SECRET not in repr(store) + store.url_shown + repr(store._reader.url)
        with pytest.raises(RecordError, match="known secret"):
            store.begin(header(ticket=SECRET))


def test_a_store_is_not_pickled(file_store):
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(file_store)


def test_odd_text_is_kept_and_not_cut(store, header):
    odd = "a\0b\ud800 'quoted' \\ \u202e 𐍈 " + "x" * 100_000
    run_id = store.begin(header(purpose=odd))
    store.append(run_id, "noted", {"text": odd, odd: [odd]})
    run = store.get(run_id)
    assert run.events[-1].data["text"].endswith("x" * 100_000)
    assert run.header.purpose.startswith("a\\x00b\\ud800 'quoted'")
    assert verify_chain(run) == []


def test_a_long_run_keeps_its_order(file_store, header):
    run_id = file_store.begin(header())
    for number in range(200):
        file_store.append(run_id, "polled", {"number": number})
    assert [event.data["number"] for event in file_store.get(run_id).events[1:]] == list(range(200))


def test_runs_are_found_by_a_kind_of_event_that_they_hold(file_store, header):
    first, second = file_store.begin(header("a")), file_store.begin(header("b"))
    file_store.append(second, "drill-reported", {"verdict": "passed"})
    assert [one.id for one in file_store.list(with_event="drill-reported")] == [second]
    assert file_store.list(with_event="verified") == ()
    assert {one.id for one in file_store.list()} == {first, second}


def test_runs_are_found_by_an_id_that_their_events_name(store, header):
    first, second = (store.begin(header(plan, kind=kind)) for plan, kind in (("a", "recovery"), ("b", "drill")))
    store.append(first, "noted", {"instance": {"id": "node_1"}})
    store.append(second, "noted", {"instance_id": "node-2"})

    def found(ids, *kinds):
        return [one.id for one in store.naming(ids, *kinds)]

    assert found(["node_1"], "recovery", "drill") == [first]
    assert found(["node_1"], "drill") == []
    assert found(["node_2", "de%2"], "recovery", "drill") == []  # each sign stands for itself
    assert found(["node_1", "node-2"], "recovery", "drill") == [second, first]
    assert found([], "recovery", "drill") == []
