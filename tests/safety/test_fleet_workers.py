"""A fleet whose workers run in other processes: a pool's, and those of a Dask cluster; some are killed, none sends twice.

The cluster's workers have the environment of this process, as those of another machine have theirs.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from distributed import Client, LocalCluster

import ddmkit
from ddmkit.errors import InputError, UnreachableError
from ddmkit.simulator import Simulator
from tests import forked
from tests.nightly import times
from tests.safety.test_fleets import environment, let_the_leases_of_the_dead_end, wait_until

SIZE = times(12, at_night=50)
FEW = 4
TIMEOUT_S = 60 * SIZE


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    place = tmp_path_factory.mktemp("fleet")
    known = Simulator(place / "world.sqlite", f"fleet:{SIZE + 3 * FEW}", speed=10)
    with known as started, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(started, str(place / "records.sqlite")).items():
            if name.startswith("DDMKIT_"):
                patch.setenv(name, value)
        yield started


@pytest.fixture(scope="module")
def kit(simulator: Simulator):
    with ddmkit.connect(operator="ada") as opened:
        yield opened


@pytest.fixture(scope="module")
def client(kit):
    settings = {
        "n_workers": 2,
        "threads_per_worker": 3,
        "dashboard_address": "127.0.0.1:0",
        "worker_dashboard_address": None,
    }
    with LocalCluster(host="127.0.0.1", **settings) as cluster, Client(cluster) as started:
        yield started


@contextmanager
def doing_once(holds: Callable[[], bool], act: Callable[[], None]) -> Iterator[None]:
    """Act from another thread as soon as something holds; the block must not end before."""
    ended = threading.Event()

    def wait() -> None:
        while not holds():
            assert not ended.wait(0.02), "the block ended first"
        act()

    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(wait)
        try:
            yield
        finally:
            ended.set()
        acting.result()


def submit(kit, rows):
    fleet = kit.plan_fleet(rows, gate="none", waves=[1, "rest"], cap=6, stop_after=len(rows))
    return kit.submit_fleet(fleet, confirm=fleet.confirmation, accept={one.row: one.warnings for one in fleet.items})


def sent(simulator: Simulator, run):
    wanted = {item.given["target"] for item in run._plan.items}
    return Counter(one["target"] for one in simulator.effective_restores() if one["target"] in wanted)


def assert_done_once(simulator: Simulator, run, most_unknown: int = 0) -> None:
    counts = run.counts
    assert set(counts) <= {"completed", "unknown"}, run.show().text
    assert counts.get("unknown", 0) <= most_unknown, run.show().text
    effective = sent(simulator, run)
    assert set(effective.values()) == {1}
    assert counts["completed"] <= len(effective) <= len(run.rows)


def owners_in_flight(run) -> list[str]:
    """Return the workers of the second wave's items in flight, first those whose jobs are followed."""
    flying = [item for item in run._read().items if item.claimed and item.owner and item.wave]
    return [item.owner for item in sorted(flying, key=lambda item: not is_followed(item))]


def is_followed(item) -> bool:
    return item.claimed and item.wave == 1 and bool(item.owner) and item.reason.startswith("sent: its job")


def some_are_followed(run) -> bool:
    return any(map(is_followed, run._read().items))


@pytest.mark.timeout(TIMEOUT_S)
def test_a_pool_of_processes_is_killed_and_threads_finish_what_it_left(simulator: Simulator, kit) -> None:
    run = submit(kit, list(simulator.facts.rows)[:FEW])
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pid = pool.submit(os.getpid).result()
        killing = doing_once(lambda: some_are_followed(run), lambda: os.kill(pid, signal.SIGKILL))
        with killing, pytest.raises(UnreachableError, match=r"workers are gone \(BrokenProcessPool\)"):
            run.work(pool)
    let_the_leases_of_the_dead_end(kit._context.store, pid)
    run.work()
    assert_done_once(simulator, run, most_unknown=1)


@pytest.mark.timeout(TIMEOUT_S)
def test_a_worker_of_a_dask_cluster_is_killed_and_the_others_finish_its_rows(simulator: Simulator, kit, client) -> None:
    run = submit(kit, list(simulator.facts.rows)[3 * FEW :])
    killed = []

    def kill() -> None:
        pid = int(owners_in_flight(run)[0].rpartition("(process ")[2].rstrip(")"))
        killed.append(sum(f"(process {pid})" in owner for owner in owners_in_flight(run)))
        os.kill(pid, signal.SIGKILL)
        let_the_leases_of_the_dead_end(kit._context.store, pid)

    with doing_once(lambda: some_are_followed(run), kill):
        run.work(client.get_executor())
    assert killed
    assert_done_once(simulator, run, most_unknown=killed[0])


@pytest.mark.timeout(TIMEOUT_S)
def test_a_dask_client_is_killed_and_any_worker_finishes_the_untouched(simulator: Simulator, kit, client) -> None:
    run = submit(kit, list(simulator.facts.rows)[FEW : 2 * FEW])
    code = (
        "import ddmkit\nfrom distributed import Client\n"
        f"with Client({client.scheduler.address!r}) as client, ddmkit.connect() as kit:\n"
        f"    kit.resume_fleet({run.id!r}).work(client.get_executor(), workers=1)"
    )
    with forked.Popen([sys.executable, "-c", code], env=dict(os.environ), stderr=forked.PIPE) as person:
        wait_until(lambda: bool(sent(simulator, run)), person)
        person.kill()
        assert person.wait(60) == -9
    run.work()
    assert run.counts == {"completed": FEW}
    assert_done_once(simulator, run)


@pytest.mark.timeout(TIMEOUT_S)
def test_a_worker_with_another_project_refuses_before_anything_is_sent(simulator: Simulator, kit, client) -> None:
    run = submit(kit, list(simulator.facts.rows)[2 * FEW : 3 * FEW])
    change = "import os; os.environ['DDMKIT_PROJECT_ID'] = {!r}".format
    client.run(exec, change("0" * 32))
    with pytest.raises(InputError, match="another service or project"):
        run.work(client.get_executor(), workers=2)
    client.run(exec, change(simulator.facts.project_id))
    assert run.counts == {"waiting": FEW}
    assert not sent(simulator, run)
