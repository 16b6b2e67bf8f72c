"""Follow what was sent: each round reads one list of instances per service; a job is read once, when it has ended.

Nothing is sent here. Several kernels may follow the same run: the first that sees an end writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ddmkit.errors import DDMKitError, NotFoundError
from ddmkit.models import Instance, Job, is_healthy
from ddmkit.records.steps import DELETION, is_deletion
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import RESTORE, TARGET, StepState, node_of
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.tasks import RdsJob
from ddmkit.sending.log import StepLog, StepView
from ddmkit.sending.reports import reads_for_record
from ddmkit.service.jobs import find_fail_reason

__all__ = ["follow_once", "running_steps"]

_CLOCKS = timedelta(minutes=2)
_TARGET_FAILED = frozenset({"createfailed", "create_failed", "error", "abnormal"})


def running_steps(view: RecoveryView) -> tuple[str, ...]:
    """Return the names of the steps whose work goes on, planned ones and added ones."""
    return tuple(name for name, state in view.all_states.items() if state is StepState.RUNNING)


def follow_once(run_id: str, context: RecoveryContext) -> None:
    """Read once how everything stands that was sent, and record each end.

    Raises ``ServiceError`` or ``UnreachableError`` when a list cannot be read.
    """
    view = context.view(run_id)
    running = running_steps(view)
    nodes = [name for name in running if node_of(name)]
    if nodes:
        _follow_nodes(view, nodes, context)
    if TARGET in running:
        _follow_target(view, context)
    for name in running:
        if is_deletion(name):
            _follow_deletion(view, name, context)
        elif name != TARGET and not node_of(name):
            _follow_job(view, name, context)


def _follow_nodes(view: RecoveryView, names: Sequence[str], context: RecoveryContext) -> None:
    with context.rds.collect_reads() as reads:
        listed = context.rds.list_instances()
    for name in names:
        step = view.step(name)
        found = _find_node(step, view, listed)
        if found is None:
            _look_for_failed_job(step, context)
        elif found.is_failed:
            _end_node(step, found, context, reads_for_record(reads), failed=True)
        elif found.is_active and found.private_ips:
            _end_node(step, found, context, reads_for_record(reads), failed=False)
        else:
            _note_status(step, found.status, context)


def _find_node(step: StepView, view: RecoveryView, listed: Sequence[NodeInstance]) -> NodeInstance | None:
    """Return the node by its id, or by its unique name while the service has not told its id."""
    if step.instance_id:
        return next((one for one in listed if one.id == step.instance_id), None)
    node = view.plan.node(node_of(step.step))
    name = node.new_name if node is not None else ""
    return next((one for one in listed if one.id and one.name == name and _is_new(one.created, step)), None)


def _is_new(created: Any, step: StepView) -> bool:
    return created is None or bool(created >= step.first_sent_at - _CLOCKS)


def _note_status(step: StepView, status: str, context: RecoveryContext) -> None:
    """Record a status when it differs from the last one that was recorded."""
    known = next((event.data.get("status") for event in reversed(step.events) if event.kind == "polled"), None)
    if status != known:
        StepLog(context.store, step.run.id, step.step).append("polled", {"status": status})


def _end_node(
    step: StepView, node: NodeInstance, context: RecoveryContext, reads: Sequence[Mapping[str, Any]], *, failed: bool
) -> None:
    job = _read_node_job(step, node, context)
    if job is not None and not failed and not job.is_finished:
        _note_status(step, f"{node.status}, job {job.status}", context)
        return
    is_failed = failed or (job is not None and not job.is_completed)
    facts = {
        "instance_id": node.id,
        "status": node.status,
        "addresses": list(node.private_ips),
        "job": _job_facts(job, node.id),
        "reads": list(reads),
    }
    if is_failed:
        facts["reason"] = (job.fail_reason if job is not None else "") or f"the instance is {node.status}"
    StepLog(context.store, step.run.id, step.step).settle("failed" if is_failed else "completed", facts)


def _read_node_job(step: StepView, node: NodeInstance, context: RecoveryContext) -> RdsJob | None:
    """Return the job of a node: by the answer's id, or else by the task list, which names the instance."""
    job_id = step.job_id
    try:
        if not job_id:
            start, end = step.first_sent_at - _CLOCKS, context.rds.service_now() + _CLOCKS
            tasks = context.rds.list_tasks(start, end, instance_id=node.id)
            job_id = next((task.id for task in tasks if task.instance_id == node.id and task.id), "")
        return context.rds.show_job(job_id) if job_id else None
    except DDMKitError:
        return None  # the list of instances decides; a job is kept for a month and may be refused


def _look_for_failed_job(step: StepView, context: RecoveryContext) -> None:
    """A node that is not listed: late, or its creation failed and left nothing."""
    if not step.job_id:
        return
    try:
        job = context.rds.show_job(step.job_id)
    except NotFoundError:
        return  # visible some seconds after the answer
    if job.is_finished and not job.is_completed:
        facts = {"job": _job_facts(job, ""), "reason": job.fail_reason or f"its job ended as {job.status}"}
        StepLog(context.store, step.run.id, step.step).settle("failed", facts)


def _job_facts(job: Job | None, instance_id: str) -> dict[str, Any] | None:
    if job is None:
        return None
    facts = job.model_dump(mode="json", include={"id", "name", "status", "created_time", "end_time", "fail_reason"})
    return {**facts, "instance_id": job.instance_id or instance_id}


def _follow_target(view: RecoveryView, context: RecoveryContext) -> None:
    step = view.step(TARGET)
    with context.ddm.collect_reads() as reads:
        listed = context.ddm.list_instances()
    found = next((one for one in listed if one.id == step.instance_id), None) if step.instance_id else None
    if found is None and not step.instance_id:
        found = next((one for one in listed if one.name == view.plan.target.name and _is_new(one.created, step)), None)
    if found is None:
        return
    is_failed = found.status.casefold() in _TARGET_FAILED
    if not is_failed and not is_healthy(found.status):
        _note_status(step, found.status, context)
        return
    _end_target(step, found, context, reads_for_record(reads), is_failed=is_failed)


def _end_target(
    step: StepView, target: Instance, context: RecoveryContext, reads: Sequence[Mapping[str, Any]], *, is_failed: bool
) -> None:
    job = _read_ddm_job(step, context)
    if job is not None and not is_failed and not job.is_finished:
        _note_status(step, f"{target.status}, job {job.status}", context)
        return
    is_failed = is_failed or (job is not None and not job.is_completed)
    facts = {
        "instance_id": target.id,
        "status": target.status,
        "job": _job_facts(job, target.id),
        "reads": list(reads),
        **({"reason": (job.fail_reason if job else "") or target.error_msg or target.status} if is_failed else {}),
    }
    StepLog(context.store, step.run.id, step.step).settle("failed" if is_failed else "completed", facts)


def _read_ddm_job(step: StepView, context: RecoveryContext) -> Job | None:
    if not step.job_id:
        return None
    try:
        job = context.ddm.show_job(step.job_id)
        return find_fail_reason(context.ddm, job, now=context.restore.service_now()) if job.is_failed else job
    except DDMKitError:
        return None


def _follow_deletion(view: RecoveryView, name: str, context: RecoveryContext) -> None:
    """A deletion has ended when the instance is not listed any more; a job that failed ends it too."""
    step, log = view.step(name), StepLog(context.store, view.run.id, name)
    instance_id = name.removeprefix(DELETION)
    if instance_id == view.target_id:
        is_listed = any(one.id == instance_id for one in context.ddm.list_instances())
        show: Callable[[str], Job] = context.ddm.show_job
    else:
        is_listed = bool(context.rds.list_instances(instance_id=instance_id))
        show = context.rds.show_job
    if not is_listed:
        log.settle("completed", {"note": "it is not listed any more"})
        return
    try:
        job = show(step.job_id) if step.job_id else None
    except DDMKitError:
        return  # the list decides
    if job is not None and job.is_finished and not job.is_completed:
        log.settle("failed", {"reason": job.fail_reason or f"its job ended as {job.status}", "job_id": job.id})


def _follow_job(view: RecoveryView, name: str, context: RecoveryContext) -> None:
    """Follow the job of a metadata restore or of a change; a change without a job was done when it was accepted."""
    step, log = view.step(name), StepLog(context.store, view.run.id, name)
    if not step.job_id:
        log.settle("completed", {"note": "accepted; the service names no job"})
        return
    with context.ddm.collect_reads() as reads:
        try:
            job = context.ddm.show_job(step.job_id)
        except NotFoundError:
            return  # a new job may become visible late; one that is forgotten is released by a person
        if job.is_finished and not job.is_completed and name == RESTORE:
            job = find_fail_reason(context.ddm, job, now=context.restore.service_now())
    if not job.is_finished:
        _note_status(step, f"{job.status} {job.process}".strip(), context)
        return
    facts = {
        "job_id": job.id,
        "status": job.status,
        "created_time": job.created_time,
        "end_time": job.end_time,
        "reads": reads_for_record(reads),
    }
    if job.is_completed:
        log.settle("completed", facts)
    else:
        log.settle("failed", {**facts, "fail_reason": job.fail_reason, "reason": job.fail_reason or job.status})
