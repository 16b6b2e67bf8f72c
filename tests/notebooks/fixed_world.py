"""A world of the simulator that is the same on every machine, so that the notebooks' outputs are.

Its clock stands where ``DDMKIT_DEMO_NOW`` says, and its id is that of the record in ``tests/samples``: the page of results
shows that record, and the digest of a plan is always the same. A world of one's own has a random id.
"""

import os
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import ddmkit
from ddmkit.simulator.world.world import World

SAMPLE = Path(__file__).parents[1] / "samples" / "record-v1.ddmrecord.json"
NOW = "2026-05-20T09:30:00Z"
ENVIRONMENT = {
    "DDMKIT_DEMO_NOW": NOW,
    "DDMKIT_DEMO_WORLD": "world.sqlite",  # in the folder that the page runs in
    "LOGNAME": "ada",  # the login name, as Python finds it
}
_LEFT_OUT = ("DDMKIT_RECORDS", "DDMKIT_TIME_ZONE")
_WITH_A_RESTORE = "03_job_results"
_SCENARIOS = {**dict.fromkeys(("05_whole_recovery", "06_drill"), "whole-incident"), "07_fleet": "fleet:6"}


def prepare_world(folder: Path, page: str) -> None:
    """Make the world that a page runs on; the page of results finds a restore in it."""
    world = folder / "world.sqlite"
    record = ddmkit.read_record(SAMPLE)
    made = World(world, _SCENARIOS.get(page, "dropped-schema"), datetime.fromisoformat(NOW))
    made.storage.put_setting("world_id", record.run.service)
    made.close()
    if page == _WITH_A_RESTORE:
        _restore_as_recorded(world, record)


@contextmanager
def fixed_environment():
    """Run the block with the environment that fixes clock, world and name; put everything back after it."""
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    for name in _LEFT_OUT:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _restore_as_recorded(world: Path, record: ddmkit.read_record) -> None:
    """Do in the world what the record tells, and put the record itself beside the world."""
    with ddmkit.demo(world=world, records=world.parent / "unused.sqlite") as kit:
        case = kit.scenario
        plan = kit.plan(source=case.source, target=case.target, data_nodes=case.data_nodes, backup_id=case.backup_id)
        job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).wait(listener=_Silent())
        assert job.id == record.job_id, "the simulator no longer does what the record in tests/samples tells"
    with ddmkit.demo(world=world) as kit:
        kit.records._store._receive([record.run], frozenset())  # as a moved store brings it: an import would be marked


class _Silent:
    def on_job(self, job, errors):
        pass

    def on_poll_error(self, error, count):
        pass
