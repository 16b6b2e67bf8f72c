from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import insert

from ddmkit.errors import RecordError
from ddmkit.records import ClaimConflict, Owner, RecordStore, verify_chain
from ddmkit.records.rows import note_job
from ddmkit.records.tables import jobs
from ddmkit.records.transaction import StoreTransaction
from tests import forked

PROCESSES = 8
ROUNDS = 6
RACE = """
import sys
from datetime import UTC, datetime
from ddmkit.records import ClaimConflict, RecordStore, RunHeader

place, number = sys.argv[1:]
store = RecordStore.open(place, service="s", clock=lambda: datetime.now(UTC))
print("ready", flush=True)
for line in sys.stdin:
    kind, round_number = line.split()
    plan = f"{kind}-{round_number}" + ("" if kind == "same" else f"-{number}")
    header = RunHeader(plan_id=plan, digest=f"d{kind}", project_id="p", source_id="a", target_id=f"t-{kind}-{round_number}",
                       operator=f"operator {number}")
    run_id = store.begin(header)
    try:
        store.claim(run_id)
        print("won", run_id, flush=True)
    except ClaimConflict as conflict:
        print("lost", conflict.run_id, flush=True)
"""


def test_a_plan_has_one_run_however_often_it_is_begun(store, header):
    run_id = store.begin(header())
    assert store.begin(header(pid=2, operator="grace")) == run_id
    assert store.get(run_id).header.operator == "ada"
    assert len(store.get(run_id).events) == 1


def test_a_plan_id_that_comes_back_with_another_restore_is_refused(store, header):
    store.begin(header())
    with pytest.raises(RecordError, match="of another restore"):
        store.begin(header(target_id="target-2"))


def test_a_claim_writes_the_intent_and_holds_the_target(store, header):
    run_id = store.begin(header())
    event = store.claim(run_id, {"request": {}}, owner=Owner("grace", "desk-2", 7))
    assert (event.kind, event.seq) == ("intent", 2)
    claim = store.holder("project-1", "target-1")
    assert (claim.run_id, str(claim.owner), claim.at) == (run_id, "grace@desk-2 (process 7)", event.at)


def test_a_sent_plan_is_not_sent_again(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    store.append(run_id, "answered", {"job_id": "job-1"})
    store.settle(run_id, "failed", {"fail_reason": "disk full"})
    with pytest.raises(ClaimConflict, match="make a new plan") as caught:
        store.claim(run_id)
    assert (caught.value.reason, caught.value.run_id, caught.value.owner.operator) == ("plan", run_id, "ada")


def test_a_plan_that_surely_had_no_effect_may_be_sent_again(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    store.settle(run_id, "freed", {"status": 409})
    store.claim(run_id)
    assert [event.kind for event in store.get(run_id).events] == ["opened", "intent", "freed", "intent"]


def test_a_second_restore_to_an_open_target_learns_who_is_first(store, header, clock):
    first, second = store.begin(header("a")), store.begin(header("b", operator="grace"))
    store.claim(first)
    began = clock.now
    clock.move(minutes=5)
    with pytest.raises(ClaimConflict, match=r"ada@desk-1.*since 2025-05-20 10:12:32 UTC.*release it") as caught:
        store.claim(second)
    assert (caught.value.reason, caught.value.run_id) == ("target", first)
    assert (caught.value.host, caught.value.at) == ("desk-1", began)
    assert [event.kind for event in store.get(second).events] == ["opened"]
    store.settle(first, "failed")
    store.claim(second)


def test_other_targets_and_projects_are_not_held(store, header):
    store.claim(store.begin(header("a")))
    store.claim(store.begin(header("b", target_id="target-2")))
    store.claim(store.begin(header("c", project_id="project-2")))


def test_a_plan_that_was_refused_may_be_confirmed_and_sent_later(store, header):
    run_id = store.begin(header())
    store.settle(run_id, "refused", {"missing": "confirm"})
    store.settle(run_id, "refused", {"missing": "accept"})
    store.claim(run_id)
    assert [event.kind for event in store.get(run_id).events] == ["opened", "refused", "refused", "intent"]


def test_a_late_refusal_does_not_free_what_is_being_sent(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    with pytest.raises(RecordError, match="is sending, so it cannot end as refused"):
        store.settle(run_id, "refused")
    assert store.holder("project-1", "target-1").run_id == run_id


def test_two_watchers_write_one_end(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    store.append(run_id, "answered", {"job_id": "job-1"})
    first = store.settle(run_id, "completed", {"seen_by": 1})
    assert store.settle(run_id, "completed", {"seen_by": 2}) == first
    with pytest.raises(RecordError, match="is completed, so it cannot end as released"):
        store.settle(run_id, "released")


def test_an_answer_after_a_release_opens_the_run_again_and_takes_the_target_back(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    store.append(run_id, "unknown")
    store.settle(run_id, "released", {"reason": "console shows no job"})
    store.append(run_id, "answered", {"job_id": "job-1"})
    assert store.get(run_id).state == "running"
    assert store.holder("project-1", "target-1").run_id == run_id
    store.settle(run_id, "completed")
    assert store.holder("project-1", "target-1") is None


def test_a_late_answer_does_not_take_the_target_from_another_restore(store, header):
    first, second = store.begin(header("a")), store.begin(header("b"))
    store.claim(first)
    store.settle(first, "released")
    store.claim(second)
    store.append(first, "answered", {"job_id": "job-1"})
    assert store.holder("project-1", "target-1").run_id == second
    assert {run.id for run in store.unsettled("project-1", "target-1")} == {first, second}


@pytest.mark.parametrize("step", ["_take_claim", "_write_event"])
def test_a_claim_that_dies_half_way_leaves_nothing(store, header, monkeypatch, step):
    run_id = store.begin(header())
    with monkeypatch.context() as patch:
        patch.setattr(StoreTransaction, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.claim(run_id)
    assert store.holder("project-1", "target-1") is None
    store.claim(run_id)


def test_threads_that_append_at_once_make_one_unbroken_chain(store, header):
    run_id = store.begin(header())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.append(run_id, "polled", {"number": number}), range(40)))
    run = store.get(run_id)
    assert verify_chain(run) == []
    assert sorted(event.data["number"] for event in run.events[1:]) == list(range(40))


def test_of_eight_threads_one_claims(store, header):
    ids = [store.begin(header(f"plan-{number}")) for number in range(8)]
    start = threading.Barrier(8)

    def claim(run_id):
        start.wait()
        try:
            store.claim(run_id)
        except ClaimConflict as conflict:
            return conflict.run_id
        return run_id

    with ThreadPoolExecutor(8) as pool:
        winners = set(pool.map(claim, ids))
    assert winners == {store.holder("project-1", "target-1").run_id}


def test_of_eight_processes_one_claims_the_same_plan_and_one_a_contested_target(place, clock):
    """They also open the new store at once, so that its tables are made once."""
    command = [sys.executable, "-c", RACE, place]
    racers = [
        forked.Popen(
            [*command, str(number)],
            stdin=forked.PIPE,
            stdout=forked.PIPE,
            prelude="import warnings; warnings.simplefilter('error')",
        )
        for number in range(PROCESSES)
    ]
    try:
        assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * PROCESSES
        for kind in ("same", "competing"):
            for number in range(ROUNDS):
                results = run_round(racers, f"{kind} {number}\n")
                assert [outcome for outcome, _ in results].count("won") == 1
                assert len({run_id for _, run_id in results}) == 1
    finally:
        for racer in racers:
            racer.communicate()
    with RecordStore.open(place, clock=clock) as store:
        assert len(store.list(state="sending")) == 2 * ROUNDS
        assert all(verify_chain(store.get(run.id)) == [] for run in store.list())


def run_round(racers, line):
    for racer in racers:
        racer.stdin.write(line)
        racer.stdin.flush()
    return [tuple(racer.stdout.readline().split()) for racer in racers]


@pytest.fixture(params=["read committed", "repeatable read", "serializable"])
def set_up(request, new_database):
    """A database whose transactions begin with another isolation, unless somebody asks for one."""
    place = new_database()
    with psycopg.connect(place, autocommit=True) as owner:
        name = owner.execute("SELECT current_database()").fetchone()[0]
        owner.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = '{request.param}'")
    return place


def test_of_runs_that_adopt_one_job_at_once_one_has_it_whatever_the_isolation_of_the_server(set_up, clock, header):
    stores = [RecordStore.open(set_up, service="s", clock=clock) for _ in range(4)]
    for number in range(4):
        runs = [store.begin(header(f"{number}-{n}", target_id=f"t-{number}-{n}")) for n, store in enumerate(stores)]
        for store, run_id in zip(stores, runs, strict=True):
            store.claim(run_id)
            store.append(run_id, "unknown")
        both = threading.Barrier(4, timeout=30)

        def adopt(store, run_id, job=f"job-{number}", both=both):
            both.wait()
            try:
                return store.append(run_id, "adopted", {"job_id": job}).kind
            except RecordError as refused:
                return str(refused)

        with ThreadPoolExecutor(4) as pool:
            said = sorted(pool.map(adopt, stores, runs))
        assert said.count("adopted") == 1
        assert sum("belongs to a record already" in one for one in said) == 3
    for store in stores:
        store.close()


def test_a_claim_that_waits_for_a_move_is_refused_whatever_the_isolation_of_the_server(set_up, new_database, clock, header):
    with RecordStore.open(set_up, service="s", clock=clock) as old, RecordStore.open(new_database(), clock=clock) as new:
        run_id = old.begin(header())
        reached, go_on = threading.Event(), threading.Event()
        receive = new._receive

        def slowly(*given, **options):
            reached.set()
            assert go_on.wait(30)
            return receive(*given, **options)

        new._receive = slowly
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(old.migrate_to, new)
            assert reached.wait(30)
            claiming = pool.submit(old.claim, run_id)
            while not waits_for_a_lock(set_up):
                pass
            go_on.set()
            assert moving.result(30) == {run_id: 1}
            with pytest.raises(RecordError, match="were moved to"):
                claiming.result(30)


def waits_for_a_lock(place):
    with psycopg.connect(place) as other:
        return other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0] > 0


def test_an_answer_is_written_even_when_its_job_belongs_to_another_run(store, header):
    first, second = store.begin(header("a")), store.begin(header("b", target_id="target-2"))
    for run_id in (first, second):
        store.claim(run_id)
    store.append(first, "unknown")
    store.append(first, "adopted", {"job_id": "job-1"})
    store.append(second, "answered", {"job_id": "job-1"})
    assert [store.get(one).job_id for one in (first, second)] == ["job-1", "job-1"]
    third = store.begin(header("c", target_id="target-3"))
    store.claim(third)
    store.append(third, "unknown")
    with pytest.raises(RecordError, match="belongs to a record already"):
        store.append(third, "adopted", {"job_id": "job-1"})


def test_the_database_itself_refuses_a_job_to_a_second_run(store, header):
    run_id = store.begin(header())
    for _ in range(2):
        store._write("note a job", lambda one: note_job(one, "s", "job-1", run_id))
    with pytest.raises(RecordError, match="note a job"):
        store._write("note a job", lambda one: one.execute(insert(jobs).values(service="s", job_id="job-1", run_id=run_id)))


def test_a_plan_that_was_sent_names_who_sent_it_and_never_who_holds_the_target_now(store, header, clock):
    run_id = store.begin(header())
    clock.move(minutes=3)
    sender = Owner("bob", "desk-2", 7)
    store.claim(run_id, {}, owner=sender)
    sent_at = clock.now
    with pytest.raises(ClaimConflict) as caught:
        store.claim(run_id)
    assert (caught.value.reason, caught.value.run_id) == ("plan", run_id)
    assert (caught.value.owner, caught.value.at) == (sender, sent_at)
    store.append(run_id, "answered", {"job_id": "job-1"})
    store.settle(run_id, "failed")
    later = store.begin(header("plan-2", operator="eve"))
    store.claim(later)
    with pytest.raises(ClaimConflict) as caught:
        store.claim(run_id)
    opened = store.get(run_id)
    assert (caught.value.reason, caught.value.run_id) == ("plan", run_id)
    assert (caught.value.owner, caught.value.at) == (opened.header.owner, opened.created)
