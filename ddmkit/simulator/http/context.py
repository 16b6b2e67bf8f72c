"""The objects and functions that all routes share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from ddmkit.simulator.http.auth import Authenticator
from ddmkit.simulator.http.faults import ActiveFaults
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.jobs import job_state
from ddmkit.simulator.storage.schema import Instance, Job
from ddmkit.simulator.storage.storage import Storage
from ddmkit.simulator.world.world import World

__all__ = ["ServiceContext", "json_response", "no_instance"]


@dataclass(frozen=True)
class ServiceContext:
    """The world that the routes serve, with its authenticator, its active faults and the speed of its jobs."""

    world: World
    authenticator: Authenticator
    faults: ActiveFaults
    speed: float

    @property
    def storage(self) -> Storage:
        """The file of the world."""
        return self.world.storage

    def now(self) -> int:
        """Return the current time of the world in milliseconds since the epoch."""
        return self.world.clock.now_ms()

    def require_instance(self, instance_id: str) -> Instance:
        """Return an instance with its current status; raise ApiError when the instance does not exist."""
        instance = self.world.instance(instance_id)
        if instance is None:
            raise no_instance()
        return self.with_current_status([instance])[0]

    def with_current_status(self, instances: Iterable[Instance]) -> list[Instance]:
        """Return the instances; the status is RESTORE where a restore runs."""
        now = self.now()
        unsettled = self.storage.every(Job, "settled = 0")
        restoring = {job.instance_id for job in unsettled if job_state(job, now).unfinished}
        return [replace(row, status="RESTORE") if row.id in restoring else row for row in instances]


def json_response(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with an object as JSON in UTF-8."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, dict(headers or {}), media_type="application/json")


def no_instance() -> ApiError:
    """Return the error for an unknown instance. Source: ddm-api.md 11.3."""
    return ApiError(404, "DBS.200002", "The DB instance does not exist.")
