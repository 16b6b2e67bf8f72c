"""What a drill was asked to do is frozen, and has no fault unless one was named."""

import dataclasses
from datetime import timedelta

import pytest

from tests.drills.samples import course, recovery, setup


def test_a_setup_is_frozen_and_has_defaults():
    run = recovery()
    asked = setup(run)
    assert (asked.fault, asked.every, asked.purpose) == (None, timedelta(days=90), "")
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked.planner = "eve"
    assert course(run).history == ()
