"""Forms that read for one source and one point."""

from datetime import UTC, datetime

from ddmkit.forms.steps.target_step import TargetStep

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


class Counting(TargetStep):
    reads = 0

    def refresh(self):
        self.reads += 1
        self._is_stale = False


def test_it_reads_once_for_each_source_point_and_backup(kit):
    form = Counting(kit)
    assert not form.needs_reading
    for given in (("a", NOON), ("a", NOON), ("a", NOON, "backup"), ("b", NOON)):
        form.set_source(*given)
        form.read_if_needed()
    assert form.reads == 3


def test_without_a_point_there_is_nothing_to_read(kit):
    form = Counting(kit)
    form.set_source("a", None)
    form.read_if_needed()
    assert form.reads == 0
