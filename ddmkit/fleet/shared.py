"""Reads that many items share: a list is read once for all of them, and again when it has become too old.

What a restore changes is never shared: directly before a request the target, its content, its jobs and the candidates are
read for each item, with the plain client. What the proofs rest on (the data nodes, their networks, the audit trail) may be
some seconds old.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ddmkit.errors import NotFoundError
from ddmkit.models import Job
from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import RdsJob, TaskDetail
from ddmkit.recovery_models.vpc import AddressGroup, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.proofs.traces import CREATION
from ddmkit.restore.proofs.witnesses import AuditTrail, DataNodes, Networks, TargetDetails
from ddmkit.service.client import Client

__all__ = ["JOBS_REACH", "Remembered", "SharedClient", "share_reads"]

T = TypeVar("T")
JOBS_REACH = timedelta(days=7)
"""How far the shared list of jobs goes back: as far as a plan looks."""


class Remembered:
    """Answers by name, each kept for some seconds; of several threads that ask at once, one reads."""

    def __init__(self, max_age_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._max_age_s = max_age_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._locks: dict[object, threading.Lock] = {}
        self._kept: dict[object, tuple[float, Any]] = {}

    def get(self, name: object, read: Callable[[], T], max_age_s: float | None = None) -> T:
        """Return the answer of that name; read it when there is none, or it is too old."""
        most = self._max_age_s if max_age_s is None else max_age_s
        with self._lock:
            own = self._locks.setdefault(name, threading.Lock())
        with own:
            at, known = self._kept.get(name, (0.0, None))
            if known is None or self._monotonic() - at > most:
                known = read()
                self._kept[name] = (self._monotonic(), known)
            answer: T = known
            return answer


class SharedClient(Client):
    """A client of DDM whose lists of jobs are shared; a job is taken from that list, where the list has it."""

    remembered: Remembered
    jobs_age_s: float

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        """Return the jobs from ``start`` on, of one list of the last seven days that all share."""
        reach = self.service_now() - JOBS_REACH
        if end is not None or start < reach - timedelta(minutes=5):
            return super().list_jobs(start, end)
        listed: tuple[Job, ...] = self.remembered.get("jobs", functools.partial(super().list_jobs, reach), self.jobs_age_s)
        return tuple(job for job in listed if job.created_time is None or job.created_time >= start)

    def show_job(self, job_id: str) -> Job:
        """Return a job by the shared list; one that the list does not have yet is unknown, as a new job is at first."""
        found = next((job for job in self.list_jobs(self.service_now() - JOBS_REACH) if job.id == job_id), None)
        if found is None:
            raise NotFoundError(f"Job {job_id} is not listed yet.", status=404)
        return found


class _SharedNodes:
    """The reads of RDS, whose list of all data nodes is shared."""

    def __init__(self, inner: DataNodes, remembered: Remembered) -> None:
        self._inner = inner
        self._remembered = remembered

    def list_instances(self, *, instance_id: str = "") -> tuple[NodeInstance, ...]:
        if instance_id:
            return self._inner.list_instances(instance_id=instance_id)
        nodes: tuple[NodeInstance, ...] = self._remembered.get("nodes", self._inner.list_instances)
        return nodes

    def show_job(self, job_id: str) -> RdsJob:
        return self._inner.show_job(job_id)

    def list_task_details(self, instance_id: str, start: datetime, end: datetime | None = None) -> tuple[TaskDetail, ...]:
        return self._inner.list_task_details(instance_id, start, end)


class _SharedNetworks:
    """The reads of VPC: networks and their rules are the same for many items."""

    def __init__(self, inner: Networks, remembered: Remembered) -> None:
        self._inner = inner
        self._remembered = remembered

    def show_vpc(self, vpc_id: str) -> Vpc:
        return self._remembered.get(("vpc", vpc_id), lambda: self._inner.show_vpc(vpc_id))

    def show_subnet(self, subnet_id: str) -> Subnet:
        return self._remembered.get(("subnet", subnet_id), lambda: self._inner.show_subnet(subnet_id))

    def show_security_group(self, group_id: str) -> SecurityGroup:
        return self._remembered.get(("group", group_id), lambda: self._inner.show_security_group(group_id))

    def list_security_group_rules(self, group_ids: Sequence[str]) -> tuple[SecurityGroupRule, ...]:
        name = ("rules", *sorted(group_ids))
        return self._remembered.get(name, lambda: self._inner.list_security_group_rules(group_ids))

    def show_address_group(self, group_id: str) -> AddressGroup:
        return self._remembered.get(("addresses", group_id), lambda: self._inner.show_address_group(group_id))


class _SharedTrail:
    """The reads of the audit trail. A list to the present is shared for as long as it is kept."""

    def __init__(self, inner: AuditTrail, remembered: Remembered) -> None:
        self._inner = inner
        self._remembered = remembered

    def list_traces(self, start: datetime, end: datetime, *, trace_name: str = "") -> tuple[Trace, ...]:
        name = ("traces", trace_name, start, end if trace_name == CREATION else None)
        read = functools.partial(self._inner.list_traces, start, end, trace_name=trace_name)
        traces: tuple[Trace, ...] = self._remembered.get(name, read)
        return traces


class _SharedDetails:
    """The newer call of DDM that shows the network of a target; networks do not change while a fleet runs."""

    def __init__(self, inner: TargetDetails, remembered: Remembered) -> None:
        self._inner = inner
        self._remembered = remembered

    def show_detail(self, instance_id: str) -> InstanceDetail:
        read = functools.partial(self._inner.show_detail, instance_id)
        detail: InstanceDetail = self._remembered.get(("detail", instance_id), read)
        return detail


def share_reads(context: RestoreContext, max_age_s: float, *, jobs_age_s: float | None = None) -> RestoreContext:
    """Return a context whose lists are read once in ``max_age_s`` seconds for all who use it; close its client.

    ``jobs_age_s`` is another age for the list of jobs, which is what following them asks for.
    """
    remembered = Remembered(max_age_s)
    client = context.client.make_companion(SharedClient, context.client.settings.endpoint)
    client.remembered = remembered
    client.jobs_age_s = max_age_s if jobs_age_s is None else jobs_age_s
    known = context.witnesses
    if known is not None:
        rds = known.rds and _SharedNodes(known.rds, remembered)
        vpc = known.vpc and _SharedNetworks(known.vpc, remembered)
        cts = known.cts and _SharedTrail(known.cts, remembered)
        ddm = known.ddm and _SharedDetails(known.ddm, remembered)
        known = replace(known, rds=rds, vpc=vpc, cts=cts, ddm=ddm)
    return replace(context, client=client, witnesses=known)
