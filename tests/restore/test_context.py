"""What every step of a restore is given: the service's clock, and a confirmation that confirms nothing by itself."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from ddmkit.restore.context import Confirmation, RestoreContext
from tests.restore.builders import NOW


def test_the_time_of_the_service_is_not_that_of_this_machine():
    client = SimpleNamespace(last_skew=timedelta(hours=1), service_now=lambda: NOW + timedelta(hours=1))
    context = RestoreContext(client=client, store=None, now=lambda: NOW, sleep=lambda seconds: None)
    assert (context.now(), context.service_now()) == (NOW, NOW + timedelta(hours=1))


def test_a_confirmation_names_no_target_and_accepts_nothing_unless_a_person_does():
    assert (Confirmation("ada").target_name, Confirmation("ada").accepted) == ("", frozenset())
