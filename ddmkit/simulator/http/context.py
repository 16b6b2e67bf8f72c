"""The objects and functions that all routes share."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import Response

from ddmkit.simulator.http.auth import Authenticator
from ddmkit.simulator.http.faults import NETWORK_FAULTS, ActiveFaults
from ddmkit.simulator.rules.audit import Witnessed, write_trace
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.history import node_owners
from ddmkit.simulator.rules.instance_jobs import SHOWN_STATUS
from ddmkit.simulator.rules.jobs import job_state
from ddmkit.simulator.rules.nodes.phases import NodeTimes, as_shown
from ddmkit.simulator.storage.schema import DataNode, Instance, Job
from ddmkit.simulator.storage.storage import Storage
from ddmkit.simulator.world.networks import network_columns
from ddmkit.simulator.world.world import World

__all__ = ["ServiceContext", "json_response", "no_instance"]


@dataclass(frozen=True)
class ServiceContext:
    """The world that the routes serve, with its authenticator, its active faults and the speed of its jobs.

    `ports` maps services to the ports that they have; DDM's is the port of every request that names no other.
    """

    world: World
    authenticator: Authenticator
    faults: ActiveFaults
    speed: float
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def storage(self) -> Storage:
        """The file of the world."""
        return self.world.storage

    def now(self) -> int:
        """Return the current time of the world in milliseconds since the epoch."""
        return self.world.clock.now_ms()

    @property
    def times(self) -> NodeTimes:
        """How long the work of RDS takes."""
        return NodeTimes.of(self.world.clock, self.speed)

    def service_at(self, port: int) -> str:
        """Return the service that listens on a port."""
        return next((service for service, known in self.ports.items() if known == port), "ddm")

    def write_trace(self, seen: Witnessed) -> None:
        """Store the audit trace of a call."""
        write_trace(self.storage, self.world.seed, seen, self.now(), self.times.trace_hidden)

    def see(self, nodes: Iterable[DataNode]) -> list[DataNode]:
        """Return data nodes as DDM sees them now: with the status of their phase, and with the active network faults."""
        now = self.now()
        return [as_shown(node, now) for node in self.with_network_faults(nodes)]

    def with_network_faults(self, nodes: Iterable[DataNode]) -> list[DataNode]:
        """Return data nodes; an active network fault moves those that belong to no DDM instance."""
        rows = list(nodes)
        active = [name for name in NETWORK_FAULTS if self.faults.is_active(name)]
        if not active:
            return rows
        owners = node_owners(self.storage, self.now())
        columns: dict[str, Any] = network_columns(self.world.seed, active[0])
        home = self.world.home_network()
        return [
            replace(row, **columns) if row.id not in owners and row.vpc_id == home.get("vpc_id") else row for row in rows
        ]

    def require_instance(self, instance_id: str) -> Instance:
        """Return an instance with its current status; raise ApiError when the instance does not exist."""
        instance = self.world.instance(instance_id)
        if instance is None:
            raise no_instance()
        return self.with_current_status([instance])[0]

    def require_changing_instance(self, instance_id: str) -> Instance:
        """Return an instance as `require_instance`; reading one that is created or deleted moves a stopped clock."""
        self.step_clock_for_changing([instance_id])
        return self.require_instance(instance_id)

    def step_clock_for_changing(self, instance_ids: Collection[str]) -> None:
        """Move a stopped clock by one step when one of the instances that a client reads is created or deleted."""
        now = self.now()
        waiting = self.storage.every(Job, "settled = 0 AND name <> 'RestoreMetadata'")
        if any(job.instance_id in instance_ids and job_state(job, now).unfinished for job in waiting):
            self.step_clock()

    def step_clock(self) -> None:
        """Move a stopped clock by one step and apply what has ended."""
        self.world.clock.step()
        self.world.settle()

    def with_current_status(self, instances: Iterable[Instance]) -> list[Instance]:
        """Return the instances; the status is RESTORE where a restore runs, CREATING or DELETING where such a job runs."""
        now = self.now()
        unsettled = self.storage.every(Job, "settled = 0")
        changed = {
            job.instance_id: SHOWN_STATUS[job.name]
            for job in unsettled
            if job.name in SHOWN_STATUS and job_state(job, now).unfinished
        }
        return [replace(row, status=changed.get(row.id, row.status)) for row in instances]


def json_response(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with an object as JSON in UTF-8."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, dict(headers or {}), media_type="application/json")


def no_instance() -> ApiError:
    """Return the error for an unknown instance. Source: ddm-api.md 11.3."""
    return ApiError(404, "DBS.200002", "The DB instance does not exist.")
