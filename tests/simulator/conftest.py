"""Fixtures: a simulator with a stopped clock, and a plain HTTP client for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ddmkit.simulator import Simulator, World
from tests import plain_http
from tests.simulator.recovery import Hosts

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


class Caller:
    """Plain HTTP with the scenario's token."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.facts = simulator.facts
        self.http = plain_http.open_client(base_url=self.facts.endpoint, headers={"X-Auth-Token": self.facts.token})
        self.v3 = f"/v3/{self.facts.project_id}"
        self.v1 = f"/v1/{self.facts.project_id}"
        self.source = f"{self.v3}/instances/{self.facts.source}"

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query)

    def rows(self, path: str, name: str, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            answer = self.get(path, **query, limit=128, offset=len(rows))
            assert answer.status_code == 200, answer.text
            page = answer.json()[name]
            rows.extend(page)
            if not page:
                return rows

    def point_ms(self) -> int:
        return (self.facts.restore_time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    def body(self, **changes: Any) -> dict[str, Any]:
        source = {name: changes[name] for name in ("backup_id", "restore_time") if name in changes}
        return {
            "source": source or {"backup_id": self.facts.backup_id},
            "target": {
                "instance_id": changes.get("target", self.facts.target),
                "data_nodes": changes.get("data_nodes", list(self.facts.data_nodes)),
            },
        }

    def restore(self, source: str | None = None, **changes: Any) -> httpx.Response:
        return self.post(self.body(**changes), source)

    def post(self, body: Any, source: str | None = None) -> httpx.Response:
        path = f"{self.v3}/instances/{source or self.facts.source}/backups/metadata-recovery"
        return self.http.post(path, json=body)

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.get(f"{self.v3}/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()["job"]

    def finish(self, job_id: str) -> dict[str, Any]:
        for _ in range(10):
            job = self.job(job_id)
            if job["status"] != "Running":
                return job
        raise AssertionError("the job does not end")

    def tasks(self, **query: Any) -> httpx.Response:
        now = int(self.simulator.now().timestamp() * 1000)
        return self.get(f"{self.v3}/jobs", **{"start_time": now - 86_400_000, "end_time": now, "limit": 128, **query})


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(now=NOW, slow_s=0.05) as simulator:
        yield simulator


@pytest.fixture
def caller(simulator: Simulator) -> Iterator[Caller]:
    caller = Caller(simulator)
    yield caller
    caller.http.close()


@pytest.fixture
def call() -> Iterator[Any]:
    """Return a function that creates callers for simulators that a test starts itself."""
    callers: list[Caller] = []

    def make(simulator: Simulator) -> Caller:
        callers.append(Caller(simulator))
        return callers[-1]

    yield make
    for caller in callers:
        caller.http.close()


@pytest.fixture
def world(tmp_path: Any) -> Iterator[World]:
    world = World(tmp_path / "world.sqlite", now=NOW)
    yield world
    world.close()


@pytest.fixture
def incident() -> Iterator[Simulator]:
    """Return a simulator of the scenario in which everything has to be recovered."""
    with Simulator(scenario="whole-incident", now=NOW) as simulator:
        yield simulator


@pytest.fixture
def hosts(incident: Simulator) -> Iterator[Hosts]:
    hosts = Hosts(incident)
    yield hosts
    hosts.close()
