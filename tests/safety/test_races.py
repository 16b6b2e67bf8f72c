"""Two threads, two processes and eight submit at the same moment, on SQLite and on PostgreSQL: one request leaves.

PostgreSQL is tried with READ COMMITTED and with REPEATABLE READ as the server's default. By day each race of processes is
run by eight on two of the three kinds of store and by two on the third, another one for each race; at night by both on all.

Whoever has the same plan, or another plan of the same restore, ends with the same job; whoever wants something else of the
same target is told who was first.
"""

from __future__ import annotations

import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine

from ddmkit.errors import DDMKitError
from ddmkit.records import verify_chain
from ddmkit.simulator import Simulator
from tests.nightly import IS_NIGHT, times
from tests.safety.processes import Nursery
from tests.safety.stage import finish, kernel, plan_on, sent, set_stage, submit

ROUNDS = times(1, at_night=3)
SQLITE, POSTGRESQL, REPEATABLE = "sqlite", "postgresql", "postgresql, repeatable read"
NAMES = ("ada", "grace", "alan", "edsger", "barbara", "donald", "margaret", "tony")


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def simulator(tmp_path):
    with Simulator(tmp_path / "world.sqlite", speed=0.2) as simulator:
        yield simulator


@pytest.fixture
def stage(simulator):
    return set_stage(simulator, more=ROUNDS - 1)


def on_stores(*, two_on):
    """Return the races of processes: how many of them, on which kind of store; by day one is left to two processes."""
    pairs = [(number, store) for store in (SQLITE, POSTGRESQL, REPEATABLE) for number in (2, 8)]
    by_day = [(number, store) for number, store in pairs if (number == 2) == (store == two_on)]
    return pytest.mark.parametrize(("number", "records"), pairs if IS_NIGHT else by_day, indirect=["records"])


@pytest.fixture(params=[SQLITE, POSTGRESQL, REPEATABLE])
def records(request, tmp_path):
    """Where the records are: on one machine, or shared by a team, whose server may have another isolation by default."""
    if request.param == SQLITE:
        return str(tmp_path / "records.sqlite")
    address = request.getfixturevalue("new_database")()
    if request.param == REPEATABLE:
        repeat_reads(address)
    return address


def repeat_reads(address):
    """Let every transaction on a database see it as it was at its first statement, unless the transaction says otherwise."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    engine.dispose()


@pytest.fixture
def kit(simulator, records):
    with kernel(simulator, records) as kit:
        yield kit


@pytest.fixture
def race(nursery, simulator, records):
    """Let as many processes as there are plans submit them at once; give what each said."""

    def run(plans):
        facts = simulator.facts
        orders = [
            {
                "do": "submit",
                "endpoint": facts.endpoint,
                "token": facts.token,
                "project_id": facts.project_id,
                "records": records,
                "operator": name,
                "plan": plan.for_record(),
            }
            for name, plan in zip(NAMES, plans, strict=False)
        ]
        return [ended["said"] for ended in nursery.run(*orders)]

    return run


def competing_plans(kit, stage, number, target):
    """As many restores to one target, none like another: each is of an instant of its own."""
    instants = [stage.restore_time + timedelta(seconds=second) for second in range(number)]
    return [plan_on(kit, stage, target, target, restore_time=instant) for instant in instants]


def only_job(simulator, stage, target):
    [restore] = [one for one in simulator.effective_restores() if one["target"] == stage.targets[target]]
    return restore["job_id"]


@on_stores(two_on=POSTGRESQL)
def test_processes_that_submit_the_same_plan_at_once_send_it_once_and_all_have_its_job(race, kit, simulator, stage, number):
    for target in range(ROUNDS):
        plan = plan_on(kit, stage, target, target)
        said = race([plan] * number)
        assert said == [{"job": only_job(simulator, stage, target)}] * number
        assert sent(simulator) == target + 1
    assert_records_are_sound(kit, simulator, stage)


@on_stores(two_on=SQLITE)
def test_processes_that_each_planned_the_same_restore_send_one_and_all_have_its_job(race, kit, simulator, stage, number):
    for target in range(ROUNDS):
        plans = [plan_on(kit, stage, target, target) for _ in range(number)]
        assert len({plan.id for plan in plans}) == number
        assert race(plans) == [{"job": only_job(simulator, stage, target)}] * number
        assert sent(simulator) == target + 1
    assert_records_are_sound(kit, simulator, stage)


@on_stores(two_on=REPEATABLE)
def test_of_processes_with_different_restores_to_one_target_one_wins_and_the_others_learn_who(
    race, kit, simulator, stage, number
):
    for target in range(ROUNDS):
        said = race(competing_plans(kit, stage, number, target))
        [winner] = [name for name, one in zip(NAMES, said, strict=False) if "job" in one]
        assert said[NAMES.index(winner)]["job"] == only_job(simulator, stage, target)
        for loser in (one for one in said if "job" not in one):
            assert loser["error"] == "BusyError", loser
            assert_names_the_first(loser["text"], winner)
        assert sent(simulator) == target + 1
    assert_records_are_sound(kit, simulator, stage)


@pytest.mark.parametrize("share_a_kit", [True, False])
def test_threads_that_submit_the_same_plan_at_once_send_it_once(simulator, records, stage, share_a_kit):
    with kernel(simulator, records, "ada") as ada, kernel(simulator, records, "grace") as grace:
        for target in range(ROUNDS):
            plan = plan_on(ada, stage, target, target)
            jobs = at_once(lambda kit, plan=plan: submit(kit, plan).id, [ada, ada if share_a_kit else grace])
            assert jobs == [only_job(simulator, stage, target)] * 2
            assert sent(simulator) == target + 1
        assert_records_are_sound(ada, simulator, stage)


def test_of_threads_with_different_restores_to_one_target_one_wins_and_the_other_learns_who(simulator, records, stage):
    with kernel(simulator, records, "ada") as ada, kernel(simulator, records, "grace") as grace:
        for target in range(ROUNDS):
            plans = dict(zip((ada, grace), competing_plans(ada, stage, 2, target), strict=True))
            said = at_once(lambda kit, plans=plans: said_by(kit, plans[kit]), [ada, grace])
            [winner] = [name for name, one in zip(NAMES, said, strict=False) if isinstance(one, str)]
            [loser] = [one for one in said if not isinstance(one, str)]
            assert type(loser).__name__ == "BusyError", loser
            assert_names_the_first(str(loser), winner)
            assert loser.record.state == "refused"
            assert sent(simulator) == target + 1
        assert_records_are_sound(ada, simulator, stage)


def said_by(kit, plan):
    try:
        return submit(kit, plan).id
    except DDMKitError as error:
        return error


def at_once(act, kits):
    start = threading.Barrier(len(kits))

    def run(kit):
        start.wait(timeout=30)
        return act(kit)

    with ThreadPoolExecutor(len(kits)) as pool:
        return list(pool.map(run, kits))


def assert_names_the_first(text, winner):
    owner = rf"by {winner}@{re.escape(socket.gethostname())} \(process \d+\)"
    assert re.search(rf"run r-\S+, \w+, {owner}, begun \d{{4}}-\d\d-\d\d .* UTC \((just now|.* ago)\)", text), text
    assert re.search(r"kit\.resume\('r-\S+'\).*kit\.release\('r-\S+', reason=\.\.\., confirm='", text), text


def assert_records_are_sound(kit, simulator, stage):
    """Each restore that was started is on one record, which holds its target until it has ended."""
    store = kit._context.store
    open_runs = {run.header.target_id: run for run in store.list() if not run.state.is_settled}
    assert {run.job_id for run in open_runs.values()} == {one["job_id"] for one in simulator.effective_restores()}
    for target in stage.targets:
        assert store.holder(simulator.facts.project_id, target).run_id == open_runs[target].id
    assert all(verify_chain(store.get(run.id)) == [] for run in store.list())
    simulator.advance(timedelta(minutes=5))
    for run in open_runs.values():
        assert finish(kit.resume(run.id)).status == "completed"
    assert all(run.state in {"completed", "refused"} for run in store.list())
