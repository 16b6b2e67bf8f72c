"""A record store that is read-only or full, from the beginning or from one write on.

Before the claim that means: refused, and no request. After it: the error names the job, or says what is known, and as soon
as the store can be written again the record is mended.
"""

from __future__ import annotations

import resource
import sqlite3
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event

from ddmkit.errors import BusyError, NotReadyError, RecordError, UnknownOutcomeError
from ddmkit.records import verify_chain
from ddmkit.simulator import Simulator
from tests.safety.stage import NOW, finish, kernel, kinds, plan_on, sent, set_stage, submit

BEFORE_THE_REQUEST = (
    "open a run",
    "write 'planned'",
    "write 'confirmed'",
    "write 'checked'",
    "claim the restore",
)


@pytest.fixture
def simulator(tmp_path):
    with Simulator(tmp_path / "world.sqlite", now=NOW) as simulator:
        yield simulator


@pytest.fixture
def stage(simulator):
    return set_stage(simulator)


@pytest.fixture
def records(tmp_path):
    """A store whose pages are so small that every event needs a new one."""
    path = tmp_path / "records.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA page_size = 512")
    database.execute("VACUUM")
    database.close()
    return path


@pytest.fixture
def kit(simulator, records):
    with kernel(simulator, records, "ada") as kit:
        yield kit


@contextmanager
def no_room_for_files():
    """Let no file of this process take a byte: a disk without any room, which no gap in a page of the store helps against."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(params=["full", "read-only", "no room"])
def damage(request, records):
    """What a connection to a store must be told so that the store is full, or read-only, from now on; nothing for the disk."""

    def give():
        database = sqlite3.connect(records)
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.close()
        pragmas = {"full": f"PRAGMA max_page_count = {pages}", "read-only": "PRAGMA query_only = ON"}
        return pragmas.get(request.param, "")

    return give


@pytest.fixture
def broken(kit, damage):
    """Let the kit's store be broken from the first write of a kind on, until it is mended."""
    store, pragmas = kit._context.store, []
    write = store._write

    def tell(connection, _):
        for pragma in pragmas:
            connection.execute(pragma).close()

    event.listen(store._reader, "connect", tell)

    def break_at(point):
        def watched(doing, work, **options):
            if doing == point and not pragmas:
                pragmas.append(damage())
            with no_room_for_files() if pragmas == [""] else nullcontext():
                return write(doing, work, **options)

        store._write = watched

    def mend():
        assert pragmas
        store._write = write
        pragmas.clear()

    break_at.mend = mend
    return break_at


def run_of(kit):
    return kit.records.list()[0].id


@pytest.mark.parametrize("point", BEFORE_THE_REQUEST)
def test_a_store_that_cannot_take_what_comes_before_the_request_refuses_the_restore(kit, stage, simulator, broken, point):
    plan = plan_on(kit, stage)
    broken(point)
    with pytest.raises(RecordError, match=f"Could not {point} in the record store"):
        submit(kit, plan)
    assert (sent(simulator), simulator.effective_restores()) == (0, [])
    broken.mend()
    assert finish(submit(kit, plan)).status == "completed"
    assert sent(simulator) == 1


@pytest.mark.parametrize("way_on", ["resume", "adopt", "submit"])
def test_an_answer_that_cannot_be_written_is_told_with_its_job_and_mended_later(kit, stage, simulator, broken, way_on):
    plan = plan_on(kit, stage)
    broken("write 'answered'")
    with pytest.raises(RecordError) as caught:
        submit(kit, plan)
    [started] = simulator.effective_restores()
    assert f"accepted the restore as job {started['job_id']}" in str(caught.value)
    assert f"kit.adopt('{run_of(kit)}', '{started['job_id']}')" in str(caught.value)
    assert caught.value.record.state == "sending"
    broken.mend()
    ways = {
        "resume": lambda: kit.resume(run_of(kit)),
        "adopt": lambda: kit.adopt(run_of(kit), started["job_id"]),
        "submit": lambda: submit(kit, plan),
    }
    job = finish(ways[way_on]())
    assert (job.id, job.status, sent(simulator)) == (started["job_id"], "completed", 1)
    assert verify_chain(kit._context.store.get(run_of(kit))) == []


def test_a_lost_answer_that_cannot_be_written_is_said_to_be_open_and_its_job_found_later(kit, stage, simulator, broken):
    plan = plan_on(kit, stage)
    broken("write 'unknown'")
    simulator.inject("lost-answer")
    with pytest.raises(RecordError, match=r"was sent and may run.* Do not submit again.*kit\.resume\('r-"):
        submit(kit, plan)
    broken.mend()
    assert finish(kit.resume(run_of(kit))).id == simulator.effective_restores()[0]["job_id"]
    assert sent(simulator) == 1


@pytest.mark.parametrize("damage", ["read-only", "no room"], indirect=True)
def test_a_refusal_whose_cause_cannot_be_written_any_more_is_told_all_the_same(kit, stage, simulator, broken):
    plan = plan_on(kit, stage)
    broken("write 'explained'")
    simulator.inject("refused-busy")
    with pytest.raises(BusyError, match=r"DBS\.200019.*another operation runs"):
        submit(kit, plan)
    assert kinds(kit.records.get(run_of(kit)))[-1] == "freed"
    broken.mend()
    assert finish(submit(kit, plan)).status == "completed"


# Not "full": whether this event fits into the page that its claim leaves free depends on the length of a host's name.
@pytest.mark.parametrize("damage", ["read-only", "no room"], indirect=True)
def test_a_refusal_of_the_service_that_cannot_be_written_is_still_told_and_its_target_released_later(
    kit, stage, simulator, broken
):
    plan = plan_on(kit, stage)
    broken("write 'freed'")
    simulator.inject("refused-busy")
    with pytest.raises(RecordError, match=r"DBS\.200019.*Nothing was started; but .*kit\.release\('r-"):
        submit(kit, plan)
    assert simulator.effective_restores() == []
    assert kit.records.get(run_of(kit)).state == "sending"
    broken.mend()
    with pytest.raises(UnknownOutcomeError):
        kit.resume(run_of(kit))
    with pytest.raises(NotReadyError, match="two minutes"):
        kit.release(run_of(kit), reason="the error said so", confirm=plan.target_name)
    simulator.advance(timedelta(minutes=3))
    kit.release(run_of(kit), reason="the error said so", confirm=plan.target_name)
    assert finish(submit(kit, plan_on(kit, stage))).status == "completed"


@pytest.mark.parametrize("point", ["write 'polled'", "write 'completed'", "write 'verified'"])
def test_a_store_that_breaks_while_waiting_leaves_the_job_alone_and_another_kernel_goes_on(
    kit, stage, simulator, records, broken, point
):
    job = submit(kit, plan_on(kit, stage))
    broken(point)
    with pytest.raises(RecordError):
        finish(job)
    broken.mend()
    with kernel(simulator, records, "grace") as other:
        resumed = finish(other.resume(job.record.id))
    assert (resumed.id, resumed.status, sent(simulator)) == (job.id, "completed", 1)
    assert {"completed", "verified"} <= set(kinds(resumed.record))


def test_a_store_opened_read_only_shows_its_records_and_refuses_a_restore(kit, stage, simulator, records):
    finish(submit(kit, plan_on(kit, stage)))
    with kernel(simulator, f"sqlite:///file:{records}?mode=ro&uri=true", "grace") as reader:
        assert [row.state for row in reader.records.list()] == ["completed"]
        plan = plan_on(reader, set_stage(simulator, more=1), 1, 1)
        assert plan.ready
        with pytest.raises(RecordError, match="can be read but not written: choose another place with records="):
            submit(reader, plan)
    assert (sent(simulator), len(simulator.effective_restores())) == (1, 1)


def test_a_postgresql_that_only_reads_refuses_a_restore(simulator, stage, new_database):
    address = new_database()
    with kernel(simulator, address, "ada") as kit:
        plan = plan_on(kit, stage)
        owner = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        owner.dispose()
        with pytest.raises(RecordError, match="can be read but not written: choose another place with records="):
            submit(kit, plan)
    assert sent(simulator) == 0
