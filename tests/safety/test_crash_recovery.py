"""The process is killed, with SIGKILL, at each write to the store and each request of a restore.

Another kernel then takes over: the restore that was started is the one that ends, and where none was, a new plan works.
"""

from __future__ import annotations

import re
import signal
from datetime import timedelta

import pytest

from ddmkit.errors import BusyError, NotReadyError, UnknownOutcomeError
from ddmkit.records import verify_chain
from ddmkit.simulator import Simulator
from tests.nightly import sample
from tests.safety.processes import Nursery
from tests.safety.stage import finish, kernel, kinds, plan_on, sent, set_stage, submit

PLANNED_AGAIN, RELEASED, RESUMED = "planned again", "released and planned again", "resumed"
# Every write and request of a restore, and how it goes on when the process dies before or after it. A write that was only
# half done counts as one that was not begun.
POINTS = {
    "plan: ListApiVersion": (PLANNED_AGAIN, PLANNED_AGAIN),
    "prepare the tables": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ListBackups": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ShowInstance": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ListDatabases": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ListDdmUsers": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ShowAvalibleTime": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ShowAvalibleDdms": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ListTasks": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ShowDdmDetail": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ShowRelatedDns": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ShowBackup": (PLANNED_AGAIN, PLANNED_AGAIN),
    "plan: ShowAvalibleRds": (PLANNED_AGAIN, PLANNED_AGAIN),
    "open a run": (PLANNED_AGAIN, PLANNED_AGAIN),
    "write 'planned'": (PLANNED_AGAIN, PLANNED_AGAIN),
    "write 'confirmed'": (PLANNED_AGAIN, PLANNED_AGAIN),
    "submit: ShowAvalibleDdms": (PLANNED_AGAIN, PLANNED_AGAIN),
    "submit: ShowDdmDetail": (PLANNED_AGAIN, PLANNED_AGAIN),
    "submit: ShowInstance": (PLANNED_AGAIN, PLANNED_AGAIN),
    "submit: ListDatabases": (PLANNED_AGAIN, PLANNED_AGAIN),
    "submit: ListDdmUsers": (PLANNED_AGAIN, PLANNED_AGAIN),
    "submit: ListTasks": (PLANNED_AGAIN, PLANNED_AGAIN),
    "submit: ShowAvalibleRds": (PLANNED_AGAIN, PLANNED_AGAIN),
    "write 'checked'": (PLANNED_AGAIN, PLANNED_AGAIN),
    "claim the restore": (PLANNED_AGAIN, RELEASED),
    "submit: RestoreMetadata": (RELEASED, RESUMED),
    "write 'answered'": (RESUMED, RESUMED),
    "wait: ShowDdmJobResult": (RESUMED, RESUMED),
    "write 'polled'": (RESUMED, RESUMED),
    "write 'completed'": (RESUMED, RESUMED),
    "wait: ShowInstance": (RESUMED, RESUMED),
    "wait: ListDatabases": (RESUMED, RESUMED),
    "wait: ListDdmUsers": (RESUMED, RESUMED),
    "wait: ShowInstanceDatabase": (RESUMED, RESUMED),
    "write 'verified'": (RESUMED, RESUMED),
}
EVERY_DEATH = [
    *((point, "before", way) for point, (way, _) in POINTS.items()),
    *((point, "within", way) for point, (way, _) in POINTS.items() if ":" not in point),
    *((point, "after", way) for point, (_, way) in POINTS.items()),
]
# A death beside a read is like one beside any other read; beside a write or the request of the restore, each is different.
_READ = re.compile(r"\w+: (List|Show)")
DEATHS = [
    *(death for death in EVERY_DEATH if not _READ.match(death[0])),
    *sample((death for death in EVERY_DEATH if _READ.match(death[0])), one_in=4),
]


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def simulator(tmp_path):
    with Simulator(tmp_path / "world.sqlite", speed=100) as simulator:
        yield simulator


@pytest.fixture
def stage(simulator):
    return set_stage(simulator)


@pytest.fixture
def restore(nursery, simulator, stage, tmp_path):
    """Let another process plan, submit and wait for the restore, until it ends or is killed."""

    def run(**kill):
        facts = simulator.facts
        order = {
            "do": "restore",
            "endpoint": facts.endpoint,
            "token": facts.token,
            "project_id": facts.project_id,
            "records": str(tmp_path / "records.sqlite"),
            "operator": "ada",
            "plan": {
                "source": stage.source,
                "target": stage.targets[0],
                "data_nodes": stage.node_sets[0],
                "backup_id": stage.backup_id,
            },
            "kill": kill,
        }
        return nursery.run(order)[0]

    return run


@pytest.fixture
def carry_on(simulator, stage, tmp_path):
    """Take over as a colleague would who finds the record; give how, and the job."""

    def run():
        with kernel(simulator, tmp_path / "records.sqlite", "grace") as kit:
            way, job = take_over(kit, simulator, stage)
            finish(job)
            assert (job.status, job.verification.passed) == ("completed", True)
            assert not any(kit._context.store.list(state=state) for state in ("sending", "running", "unknown"))
            assert kit._context.store.holder(simulator.facts.project_id, stage.targets[0]) is None
            assert all(verify_chain(kit._context.store.get(run.id)) == [] for run in kit._context.store.list())
            return way, job.id

    return run


def take_over(kit, simulator, stage):
    runs = kit.records.list()
    if not runs or runs[0].state == "opened":
        assert sent(simulator) == 0
        return PLANNED_AGAIN, submit(kit, plan_on(kit, stage))
    try:
        return RESUMED, kit.resume(runs[0].id)
    except UnknownOutcomeError as error:
        assert sent(simulator) == 0
        name = error.record.header.target_name
        with pytest.raises(NotReadyError, match=r"ada@.* may still be waiting for the answer"):
            kit.release(error.record, reason="its kernel is dead", confirm=name)
        with pytest.raises(BusyError, match=r"Another restore .* by ada@"):
            submit(kit, plan_on(kit, stage, restore_time=stage.restore_time))
        simulator.advance(timedelta(minutes=3))
        kit.release(error.record, reason="its kernel is dead, the console shows no job", confirm=name)
        return RELEASED, submit(kit, plan_on(kit, stage))


def test_the_points_are_all_writes_and_requests_of_a_restore(restore):
    ended = restore()
    assert ended["exit"] == 0
    assert set(ended["said"]["points"]) == set(POINTS)


@pytest.mark.parametrize(("point", "when", "expected"), DEATHS)
def test_a_kernel_killed_there_leaves_one_restore_that_another_kernel_brings_to_its_end(
    restore, carry_on, simulator, point, when, expected
):
    assert restore(point=point, when=when) == {"exit": -signal.SIGKILL, "said": None}
    way, job_id = carry_on()
    assert way == expected
    assert [one["job_id"] for one in simulator.effective_restores()] == [job_id]
    assert sent(simulator) == 1


@pytest.mark.parametrize("after_s", sample([0.02 * number for number in range(15)], one_in=2))
def test_a_kernel_killed_at_any_moment_leaves_one_restore_too(restore, carry_on, simulator, after_s):
    restore(after_s=after_s)
    _, job_id = carry_on()
    assert [one["job_id"] for one in simulator.effective_restores()] == [job_id]
    assert sent(simulator) == 1


def test_a_kernel_killed_while_it_only_waits_changes_nothing_for_one_that_waits_beside_it(restore, simulator, tmp_path):
    restore(point="write 'polled'", when="after")
    records = tmp_path / "records.sqlite"
    with kernel(simulator, records, "grace") as first, kernel(simulator, records, "alan") as second:
        run_id = first.records.list()[0].id
        jobs = [finish(kit.resume(run_id)) for kit in (first, second)]
        assert jobs[0].id == jobs[1].id
        assert kinds(jobs[1].record).count("completed") == 1
    assert sent(simulator) == 1
