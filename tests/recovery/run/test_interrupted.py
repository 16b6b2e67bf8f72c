"""A store that cannot be written any more, and a kit that is closed, while a recovery goes on.

Nothing is sent twice and nothing is lost: another kernel goes on from the record, once it can be written.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import event

import ddmkit
from ddmkit.records import verify_chain
from tests.recovery.run.conftest import NOW, PASSWORD
from tests.recovery.run.test_start import created

POINTS = ("claim", "answered", "polled", "completed", "proved", "verified")


@contextmanager
def read_only_from(store, point):
    """Let a store be read-only from the first write of a kind on; yield a list that is filled when that happened."""
    write, hit = store._write, []

    def tell(connection, _):
        if hit:
            connection.execute("PRAGMA query_only = ON").close()

    def watched(doing, work, **options):
        if point in doing and not hit:
            hit.append(doing)
        return write(doing, work, **options)

    event.listen(store._reader, "connect", tell)
    store._write = watched
    try:
        yield hit
    finally:
        store._write = write
        hit.clear()
        event.remove(store._reader, "connect", tell)


def go_on(kit, run_id):
    """Go on in the same world with another kernel, as far as possible, and return the run."""
    run = kit.resume(run_id, node_password=PASSWORD)
    return run.wait(poll_s=1, say=None)


@pytest.mark.parametrize("point", POINTS)
def test_a_store_that_becomes_read_only_stops_the_run_and_it_goes_on_once_it_can_be_written(world, plan_on, begin, point):
    kit = world()
    recovery = plan_on(kit)
    with read_only_from(kit._context.store, point) as hit:
        with pytest.raises(ddmkit.RecordError):
            begin(kit, recovery).wait(poll_s=1, say=None)
        assert hit
        sent = len(created(kit))
        (row,) = kit.records.list(kind="recovery")
        with pytest.raises((ddmkit.RecordError, ddmkit.UnknownOutcomeError), match="record store"):
            go_on(kit, row.id)
        assert len(created(kit)) == sent  # without a record nothing is sent
    run = go_on(kit, row.id)
    assert (run.status, run.verification.passed) == ("completed", True)
    assert len(created(kit)) == 3
    assert verify_chain(kit._context.store.get(run.id)) == []


@pytest.mark.parametrize("round_", [1, 3, 6])
def test_a_kit_that_is_closed_in_the_middle_says_so_and_another_kit_goes_on(tmp_path, world, plan_on, begin, round_):
    kit = world()
    run = begin(kit)
    rounds = iter(range(1, 100))

    def sleep(seconds):
        if next(rounds) == round_:
            kit.close()

    object.__setattr__(kit._context, "sleep", sleep)
    with pytest.raises(ddmkit.DDMKitError, match="closed"):
        run.wait(poll_s=1, say=None)
    with ddmkit.demo(now=NOW, world=tmp_path / "world-0.sqlite", records=tmp_path / "records.sqlite") as other:
        again = go_on(other, run.id)
        assert (again.status, again.verification.passed) == ("completed", True)
        assert verify_chain(other._context.store.get(run.id)) == []
        assert [one["kind"] for one in other.simulator.effective_changes()].count("create") <= 3
