"""Reads that many items share: a list is read once for all of them, and again when it has become too old.

What a restore changes is never shared: directly before a request the target, its content, its jobs and the candidates are
read for each item, with a client of its own. What the proofs rest on (the data nodes, their networks, the audit trail) may
be up to a minute old.
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
from ddmkit.fleet.known_pages import CandidateReader, KnownPages
from ddmkit.fleet.shared_jobs import JOBS_REACH, SharedJobs
from ddmkit.models import Backup, Instance, Job
from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.ddm import InstanceDetail
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import RdsJob, TaskDetail
from ddmkit.recovery_models.vpc import AddressGroup, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.proofs.traces import CREATION
from ddmkit.restore.proofs.witnesses import AuditTrail, DataNodes, Networks, TargetDetails

__all__ = ["LookingClient", "Remembered", "SharedClient", "look_beside", "share_reads"]

T = TypeVar("T")
SLOW_S = 60.0
"""How old networks may be at least, in seconds: a fleet changes none of them, but the proofs rest on them."""
SOURCES_S = 300.0
"""How old sources and the lists of their backups may be at least, in seconds: in a large fleet these are many pages.

A fleet changes none of them. The service refuses a backup that is not there any more.
"""
_PLANNED_S = 20.0  # how old the jobs of a plan may be at least: the look before the request reads them again
_MOST_SHARED_BACKUPS = 1_280  # ten pages: above, the own backups of an item are fewer


class Remembered:
    """Answers by name, each kept for some seconds; of several threads that ask at once, one reads."""

    def __init__(self, max_age_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.max_age_s = max_age_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._locks: dict[object, threading.Lock] = {}
        self._kept: dict[object, tuple[float, Any]] = {}

    def get(self, name: object, read: Callable[[], T], least_age_s: float = 0.0) -> T:
        """Return the answer of that name; read it when there is none, or it is too old.

        An answer is kept for ``least_age_s`` seconds also where others are kept for less.
        """
        most = max(self.max_age_s, least_age_s)
        with self._lock:
            own = self._locks.setdefault(name, threading.Lock())
        with own:
            at, known = self._kept.get(name, (0.0, None))
            if known is None or self._monotonic() - at > most:
                known = read()
                self._kept[name] = (self._monotonic(), known)
            answer: T = known
            return answer

    def take_over(self, other: Remembered) -> None:
        """Take the answers that another one has read later, each with its age."""
        for name, (at, answer) in tuple(other._kept.items()):
            if at > self._kept.get(name, (0.0, None))[0]:
                self._kept[name] = at, answer


class SharedClient(CandidateReader):
    """A client of DDM whose lists are shared: a job is taken from the list of jobs, where that list has it.

    ``sources`` are the ids of instances that are only read, never restored to: the list of instances is enough for them.
    """

    remembered: Remembered
    jobs: SharedJobs
    sources: frozenset[str] = frozenset()
    _has_many_backups = False

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        """Return the jobs from ``start`` on, of one list of the last seven days that all share."""
        now = self.service_now()
        if end is not None or start < now - JOBS_REACH - timedelta(minutes=5):
            return super().list_jobs(start, end)
        return self.jobs.list(start, self.service_now, super().list_jobs, least_age_s=_PLANNED_S)

    def show_job(self, job_id: str) -> Job:
        """Return a job by the shared list; one that the list does not have yet is unknown, as a new job is at first."""
        listed = self.jobs.list(self.service_now() - JOBS_REACH, self.service_now, super().list_jobs)
        found = next((job for job in listed if job.id == job_id), None)
        if found is None:
            raise NotFoundError(f"Job {job_id} is not listed yet.", status=404)
        return found

    def show_instance(self, instance_id: str) -> Instance:
        """Return a source by the shared list of instances, and any other instance, with its computing nodes, by itself."""
        if instance_id in self.sources:
            listed: tuple[Instance, ...] = self.remembered.get("instances", super().list_instances, SOURCES_S)
            found = next((one for one in listed if one.id == instance_id), None)
            if found is not None:
                return found
        return super().show_instance(instance_id)

    def list_backups(self, instance_id: str = "") -> tuple[Backup, ...]:
        """Return the backups of one instance by the shared list of all, unless the project has very many."""
        if not instance_id or self._has_many_backups:
            return super().list_backups(instance_id)
        listed: tuple[Backup, ...] = self.remembered.get("backups", super().list_backups, SOURCES_S)
        self._has_many_backups = len(listed) > _MOST_SHARED_BACKUPS
        return tuple(one for one in listed if one.instance_id == instance_id)


class LookingClient(CandidateReader):
    """The client of an item's own reads and requests: nothing is remembered but jobs that have ended.

    What it reads of the jobs, others may use.
    """

    jobs: SharedJobs

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        """Read the jobs; return those from ``start`` on."""
        now = self.service_now()
        if end is not None or start < now - JOBS_REACH - timedelta(minutes=5):
            return super().list_jobs(start, end)
        return self.jobs.list(start, self.service_now, super().list_jobs, is_look=True)


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
        return self._remembered.get(("vpc", vpc_id), lambda: self._inner.show_vpc(vpc_id), SLOW_S)

    def show_subnet(self, subnet_id: str) -> Subnet:
        return self._remembered.get(("subnet", subnet_id), lambda: self._inner.show_subnet(subnet_id), SLOW_S)

    def show_security_group(self, group_id: str) -> SecurityGroup:
        return self._remembered.get(("group", group_id), lambda: self._inner.show_security_group(group_id), SLOW_S)

    def list_security_group_rules(self, group_ids: Sequence[str]) -> tuple[SecurityGroupRule, ...]:
        name = ("rules", *sorted(group_ids))
        return self._remembered.get(name, lambda: self._inner.list_security_group_rules(group_ids), SLOW_S)

    def show_address_group(self, group_id: str) -> AddressGroup:
        return self._remembered.get(("addresses", group_id), lambda: self._inner.show_address_group(group_id), SLOW_S)


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
        detail: InstanceDetail = self._remembered.get(("detail", instance_id), read, SLOW_S)
        return detail


def share_reads(
    context: RestoreContext, remembered: Remembered, *, jobs_age_s: float | None = None, pages: KnownPages | None = None
) -> RestoreContext:
    """Return a context whose lists are read once for all who use it, and again when they are too old; close its client.

    ``jobs_age_s`` is another age for the list of jobs, which is what following them asks for. ``pages`` is what was learnt
    before of where candidates stand.
    """
    client = context.client.make_companion(SharedClient, context.client.settings.endpoint)
    client.know_clock_of(context.client)
    client.remembered = remembered
    client.jobs = SharedJobs(remembered.max_age_s if jobs_age_s is None else jobs_age_s)
    client.pages = KnownPages() if pages is None else pages
    known = context.witnesses
    if known is not None:
        rds = known.rds and _SharedNodes(known.rds, remembered)
        vpc = known.vpc and _SharedNetworks(known.vpc, remembered)
        cts = known.cts and _SharedTrail(known.cts, remembered)
        ddm = known.ddm and _SharedDetails(known.ddm, remembered)
        known = replace(known, rds=rds, vpc=vpc, cts=cts, ddm=ddm)
    return replace(context, client=client, witnesses=known)


def look_beside(context: RestoreContext, shared: SharedClient) -> LookingClient:
    """Return a client for the items' own reads and requests, which shares only the jobs; close it."""
    client = context.client.make_companion(LookingClient, context.client.settings.endpoint)
    client.jobs, client.pages = shared.jobs, shared.pages
    return client
