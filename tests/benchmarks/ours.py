"""Our side of each measurement, as a user of ddmkit writes it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import ddmkit
from ddmkit.service.jobs import follow_jobs
from tests.benchmarks.worlds import Incident, Service

__all__ = ["Rounds", "connect", "count_requests", "follow", "list_backups", "plan", "rounds_allowed"]

PAGE = 128


@contextmanager
def connect(service: Service, records: Path) -> Iterator[Any]:
    """Connect with the keys of the served world."""
    keys = {"access_key": service.access_key, "secret_key": service.secret_key}
    keys |= {name: getattr(service, name) for name in ("rds_endpoint", "vpc_endpoint", "cts_endpoint")}
    kit = ddmkit.connect(endpoint=service.endpoint, project_id=service.project_id, records=records, **keys)
    try:
        yield kit
    finally:
        kit.close()


def plan(kit: Any, incident: Incident) -> Any:
    """Make the plan; the cost is its reads."""
    return kit.plan(
        source=incident.source,
        target=incident.target,
        data_nodes=incident.data_nodes,
        restore_time=incident.restore_time,
    )


def list_backups(kit: Any) -> Any:
    """List all backups of the project."""
    return kit.backups()


@dataclass
class Rounds:
    """How many requests each round of looks made."""

    requests: int = 0
    rounds: list[int] = field(default_factory=list)

    def end(self) -> None:
        """End a round."""
        self.rounds.append(self.requests - sum(self.rounds))


class _Counter(logging.Handler):
    """Counts requests: the client says each one at DEBUG."""

    def __init__(self, rounds: Rounds) -> None:
        super().__init__(logging.DEBUG)
        self._rounds = rounds

    def emit(self, record: logging.LogRecord) -> None:
        self._rounds.requests += "request id" in record.msg


@contextmanager
def count_requests() -> Iterator[Rounds]:
    """Count what the client sends within the block."""
    logger, rounds = logging.getLogger("ddmkit.service"), Rounds()
    counter, level = _Counter(rounds), logger.level
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    try:
        yield rounds
    finally:
        logger.removeHandler(counter)
        logger.setLevel(level)


def follow(kit: Any, job_ids: list[str], since: datetime, pause: Any) -> Rounds:
    """Follow jobs to their end, a look every second."""
    with count_requests() as counted:

        def sleep(seconds: float) -> None:
            counted.end()
            pause(seconds)

        ended = follow_jobs(kit._client, job_ids, since=since, poll_s=1.0, sleep=sleep)
        counted.end()
    if not all(job.is_completed for job in ended):
        raise RuntimeError("Some jobs did not complete.")
    return counted


def rounds_allowed(jobs: int) -> int:
    """Return the most requests that a round may take: the pages of the list, and one."""
    return math.ceil(jobs / PAGE) + 1
