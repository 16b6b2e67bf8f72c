"""The points of a source, with the reason where the ranges cannot be read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.errors import DDMKitError, NotFoundError
from ddmkit.forms.readers.points import read_point_options


def test_backups_and_ranges_of_the_source_are_read(kit):
    source = kit.scenario.source
    options = read_point_options(kit, source)
    assert options.backups == tuple(kit.backups(source))
    assert options.ranges == tuple(kit.restorable_ranges(source))
    assert options.ranges_problem == ""


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (NotFoundError("no such instance"), "the source is deleted."),
        (DDMKitError("The service is busy."), "The service is busy."),
    ],
)
def test_ranges_that_cannot_be_read_leave_the_backups_and_say_why(error, problem):
    def refuse(_source):
        raise error

    options = read_point_options(SimpleNamespace(backups=lambda _: ("b1", "b2"), restorable_ranges=refuse), "s")
    assert (options.backups, options.ranges, options.ranges_problem) == (("b1", "b2"), (), problem)
