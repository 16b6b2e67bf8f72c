"""Pages whose simulated jobs end after less than a second of real time, instead of eight."""

import pytest


@pytest.fixture(autouse=True)
def quick_jobs(monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "20")
