"""Pages that do not keep a test waiting: simulated jobs end after less than a second, and a read that failed is repeated at once."""

import functools

import pytest

from ddmkit.service.client import Client


@pytest.fixture(autouse=True)
def quick_jobs(monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "20")
    monkeypatch.setattr("ddmkit.kit.Client", functools.partial(Client, sleep=lambda seconds: None))
