from __future__ import annotations

import json
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import column, create_engine, delete, insert, select, table, text, update
from sqlalchemy.exc import DBAPIError

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore, migrations, verify_chain
from ddmkit.records import open_store as store_module
from ddmkit.records.address import locate
from ddmkit.records.database import make_engine
from ddmkit.records.tables import events, jobs, meta, runs, sends

SAMPLES = Path(__file__).parent.parent / "samples"
VERSIONS = range(1, len(migrations.MIGRATIONS) + 1)


def test_opening_again_changes_nothing(place, clock, header):
    with RecordStore.open(place, service="s", clock=clock) as store:
        run_id = store.begin(header())
    with RecordStore.open(place, clock=clock) as again:
        assert [run.id for run in again.list()] == [run_id]


def test_each_step_runs_once_and_is_noted(place, clock, monkeypatch):
    RecordStore.open(place, service="s", clock=clock).close()
    ran = []
    more = (lambda _: ran.append("one"), lambda _: ran.append("two"))
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, *more))
    for _ in range(2):
        RecordStore.open(place, service="s", clock=clock).close()
    assert ran == ["one", "two"]


def test_a_step_that_fails_leaves_the_store_as_it_was(place, clock, monkeypatch, header):
    RecordStore.open(place, service="s", clock=clock).close()

    def fail(connection):
        connection.execute(text("CREATE TABLE half_done (a INTEGER)"))
        connection.execute(text("SELECT * FROM not_there"))

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, fail))
        with pytest.raises(RecordError, match="prepare the tables"):
            RecordStore.open(place, service="s", clock=clock)
    with RecordStore.open(place, service="s", clock=clock) as store:
        assert store.begin(header())
        with store._reader.connect() as connection:
            assert migrations.schema_version(connection) == len(migrations.MIGRATIONS)
            assert not migrations.inspect(connection).has_table("half_done")


def test_a_newer_store_asks_for_a_newer_ddmkit(store, place, clock):
    with store._writer.begin() as connection:
        connection.execute(update(meta).values(value="7"))
    with pytest.raises(RecordError, match=r"version 7.*Update ddmkit"):
        RecordStore.open(place, service="s", clock=clock)


@pytest.mark.parametrize("written", ["x", "", "-1", "1.0", "9" * 5000])
def test_a_version_that_is_no_number_is_told_as_damage(store, place, clock, written):
    with store._writer.begin() as connection:
        connection.execute(update(meta).values(value=written))
    with pytest.raises(RecordError, match="schema version that is no number: it was edited or damaged"):
        RecordStore.open(place, service="s", clock=clock)


def test_tables_of_others_in_the_same_database_are_no_obstacle(tmp_path, clock):
    engine = create_engine(f"sqlite:///{tmp_path / 'shared.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (a INTEGER)"))
    engine.dispose()
    with RecordStore.open(tmp_path / "shared.sqlite", service="s", clock=clock) as store:
        assert store.list() == ()


def test_there_is_a_sample_of_a_store_of_every_version():
    """Whoever adds a step adds one: a store dumped by ``sqlite3 FILE .dump`` after the step."""
    stored = {path.name for path in SAMPLES.glob("records-store-v*.sql")}
    assert stored == {f"records-store-v{number}.sql" for number in VERSIONS}


def lay_down(place, version):
    """Make a store as the ddmkit of that day left it: on SQLite the very file, on PostgreSQL its steps and its rows."""
    sample = (SAMPLES / f"records-store-v{version}.sql").read_text()
    if "://" not in place:
        with closing(sqlite3.connect(place)) as database:
            database.executescript(sample)
        return
    engine = make_engine(locate(place))
    with engine.begin() as connection:
        for step in migrations.MIGRATIONS[:version]:
            step(connection)
        connection.execute(update(meta).values(value=str(version)))
        rows = re.findall(
            r'^INSERT INTO "ddmkit_(?:runs|events|(?:step_)?sends|(?:step_)?claims|imports|jobs|fleets|fleet_items)" .*;$',
            sample,
            re.MULTILINE,
        )
        for line in sorted(rows, key=lambda one: "ddmkit_runs" not in one):  # whatever else refers to them
            # A run's number is given by the database.
            connection.exec_driver_sql(re.sub(r'^(INSERT INTO "ddmkit_runs" VALUES\()\d+', r"\1DEFAULT", line))
    engine.dispose()


def assert_it_goes_on(store, header):
    run = store.list()[-1]
    assert (run.id, run.state, run.job_id) == ("r-20250520-101232-ab12cd", "completed", "job-1")
    assert all(verify_chain(store.get(one.id)) == [] for one in store.list())
    run_id = store.begin(header("plan-9"))
    store.claim(run_id)
    assert store.settle(run_id, "freed").kind == "freed"
    assert store.list()[0].id == run_id


def test_a_store_from_before_the_mark_has_its_own_runs_only_and_a_marked_one_stays_marked(place, clock):
    lay_down(place, 3)
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
        assert [(one.id, one.imported) for one in store.list()] == [
            ("r-20250520-121232-ab12cf", True),
            ("r-20250520-111232-ab12ce", False),
            ("r-20250520-101232-ab12cd", False),
        ]
        assert store.owned_ids() == {"job-1"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_every_version_stays_readable_and_goes_on(place, clock, header, version):
    lay_down(place, version)
    for _ in range(2):
        with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
            assert store.list()[-1].id == "r-20250520-101232-ab12cd"
            with store._reader.connect() as connection:
                assert migrations.schema_version(connection) == len(migrations.MIGRATIONS)
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
        assert_it_goes_on(store, header)


def test_an_old_store_that_two_open_at_once_is_brought_up_to_date_once(place, clock, header, monkeypatch):
    lay_down(place, 1)
    both, ran = threading.Barrier(2, timeout=30), []

    def look(connection):
        """Let both find it old before either of them does anything about it."""
        found = migrations.is_current(connection)
        both.wait()
        return found

    def noting(step):
        return lambda connection: (ran.append(step.__name__), step(connection))

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "is_current", look)
        patch.setattr(migrations, "MIGRATIONS", tuple(noting(step) for step in migrations.MIGRATIONS))
        with ThreadPoolExecutor(2) as pool:
            for opened in pool.map(lambda _: RecordStore.open(place, service="s", clock=clock), range(2)):
                opened.close()
    assert ran == [step.__name__ for step in migrations.MIGRATIONS[1:]]
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
        assert_it_goes_on(store, header)


def test_only_the_sending_of_a_run_that_was_just_freed_can_be_forgotten(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    with pytest.raises(DBAPIError, match="append-only"), store._writer.begin() as connection:
        connection.execute(delete(sends))
    store.settle(run_id, "freed")
    store.claim(run_id)
    with pytest.raises(DBAPIError, match="append-only"), store._writer.begin() as connection:
        connection.execute(delete(sends))


def test_an_old_store_whose_runs_share_a_job_or_hold_odd_ones_is_brought_up_to_date(place, clock, header):
    lay_down(place, 2)
    odd = {
        "a": '{"job_id":"shared"}',
        "b": '{"job_id":"shared"}',
        "c": "{",
        "d": '{"job_id":7}',
        "e": "[]",
        "f": '{"job_id":""}',
    }
    odd["g"] = json.dumps({"job_id": "x" * 300})
    engine = make_engine(locate(place))
    with engine.begin() as connection:
        for name, data in odd.items():
            row = {**header(f"plan-{name}").model_dump(), "id": name, "service": "ddm.example.com", "created": 0}
            connection.execute(insert(runs).values(row))
            event = {"run_id": name, "seq": 1, "at": 0, "kind": "adopted", "data": data, "prev_sha256": "", "sha256": ""}
            connection.execute(insert(events).values(event))
    engine.dispose()
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store, store._reader.connect() as connection:
        owners = [tuple(row) for row in connection.execute(select(jobs.c.job_id, jobs.c.run_id).order_by(jobs.c.job_id))]
        assert owners == [("job-1", "r-20250520-101232-ab12cd"), ("shared", "a")]


# A process of an older version that still has the store open ------------------------------------------------------------

_COLUMNS = [one.name for one in runs.c if one.name not in {"number", "kind"}]
# The very statements of version 0.1.0, which the versions up to schema 4 share.
OLD_SEND = "INSERT INTO ddmkit_sends (plan_id, run_id, at) VALUES ('plan-old', '{run}', 0)"
OLD_CLAIM = (
    "INSERT INTO ddmkit_claims (service, project_id, target_id, run_id, operator, host, pid, at) "
    "VALUES ('ddm.example.com', 'project-1', 'target-9', '{run}', 'eve', 'desk-2', 7, 0)"
)
OLD_FREE = "DELETE FROM ddmkit_claims WHERE run_id = '{run}'"
OLD_FORGET = "DELETE FROM ddmkit_sends WHERE run_id = '{run}'"


@pytest.fixture
def open_restore(place, clock, header):
    """The id of a restore that an older process has claimed, in a store that a newer one upgrades meanwhile."""
    lay_down(place, 4)
    engine = make_engine(locate(place))
    run_id = "r-20250520-131232-ab12d0"
    with engine.begin() as connection:
        old_runs = table("ddmkit_runs", *(column(name) for name in _COLUMNS))
        made = header("plan-old", target_id="target-9").model_dump()
        connection.execute(insert(old_runs).values({**made, "id": run_id, "service": "ddm.example.com", "created": 0}))
        for statement in (OLD_SEND, OLD_CLAIM):
            connection.exec_driver_sql(statement.format(run=run_id))
        event = {"run_id": run_id, "seq": 1, "at": 0, "kind": "intent", "data": "{}", "prev_sha256": "", "sha256": ""}
        connection.execute(insert(events).values(event))
    with RecordStore.open(place, service="ddm.example.com", clock=clock):
        pass
    yield run_id, engine
    engine.dispose()


def test_the_open_claims_and_sendings_of_older_versions_are_kept(place, clock, open_restore):
    run_id, _ = open_restore
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
        holder = store.holder("project-1", "target-9")
        assert (holder.run_id, holder.owner.operator, holder.step) == (run_id, "eve", "")
        with store._reader.connect() as connection:
            sent = set(map(tuple, connection.execute(select(sends.c.plan_id, sends.c.step, sends.c.run_id))))
        assert sent == {("plan-1", "", "r-20250520-101232-ab12cd"), ("plan-old", "", run_id)}


@pytest.mark.parametrize("statement", [OLD_SEND, OLD_CLAIM])
def test_a_process_of_an_older_version_that_is_still_open_cannot_claim_any_more(open_restore, statement):
    run_id, engine = open_restore
    with pytest.raises(DBAPIError, match="upgraded by a newer ddmkit: end this program and start it again"):  # noqa: SIM117
        with engine.begin() as connection:
            connection.exec_driver_sql(statement.replace("target-9", "target-8").replace("plan-old", "p").format(run=run_id))


def test_what_a_process_of_an_older_version_ends_is_free_for_the_newer(place, clock, header, open_restore):
    run_id, engine = open_restore
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD_FREE.format(run=run_id))
        event = {"run_id": run_id, "seq": 2, "at": 0, "kind": "freed", "data": "{}", "prev_sha256": "", "sha256": ""}
        connection.execute(insert(events).values(event))
        connection.exec_driver_sql(OLD_FORGET.format(run=run_id))
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
        assert store.holder("project-1", "target-9") is None
        store.claim(store.begin(header("plan-new", target_id="target-9")))
        with store._reader.connect() as connection:
            assert connection.scalar(select(sends.c.plan_id).where(sends.c.plan_id == "plan-old")) is None


def test_an_older_process_opens_runs_as_restores(place, clock, open_restore):
    run_id, _ = open_restore
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as store:
        assert store.get(run_id).header.kind == "restore"
