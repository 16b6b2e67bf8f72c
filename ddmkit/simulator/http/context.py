"""What the calls share: the world they serve, who is let in, the faults in force, and the answers they give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from ddmkit.simulator.http.auth import Gate
from ddmkit.simulator.http.faults import FaultBook
from ddmkit.simulator.rules.errors import Refusal
from ddmkit.simulator.rules.jobs import job_state
from ddmkit.simulator.storage.schema import Instance, Job
from ddmkit.simulator.storage.storage import Storage
from ddmkit.simulator.world.world import World

__all__ = ["Service", "answer", "no_instance"]


@dataclass(frozen=True)
class Service:
    """A world on the wire."""

    world: World
    gate: Gate
    faults: FaultBook
    speed: float

    @property
    def storage(self) -> Storage:
        """The world's file."""
        return self.world.storage

    @property
    def project_id(self) -> str:
        """The one project of the world."""
        return self.world.seed.credentials().project_id

    def now(self) -> int:
        """Return the world's present in milliseconds."""
        return self.world.clock.now_ms()

    def need_instance(self, instance_id: str) -> Instance:
        """Return an instance as it shows itself now; refuse when there is none."""
        instance = self.world.instance(instance_id)
        if instance is None:
            raise no_instance()
        return self.as_shown([instance])[0]

    def as_shown(self, instances: list[Instance]) -> list[Instance]:
        """Return instances with the status RESTORE where a restore runs."""
        now = self.now()
        unsettled = self.storage.every(Job, "settled = 0")
        restoring = {job.instance_id for job in unsettled if job_state(job, now).unfinished}
        return [replace(row, status="RESTORE") if row.id in restoring else row for row in instances]


def answer(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an object as JSON in UTF-8."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, dict(headers or {}), media_type="application/json")


def no_instance() -> Refusal:
    """Return the answer to an unknown instance. Source: ddm-api.md 11.3."""
    return Refusal(404, "DBS.200002", "The DB instance does not exist.")
