"""Typical calls of the front. mypy --strict accepts this file; it is never run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

import ddmkit

AT = datetime(2025, 5, 20, 10, 12, 32, tzinfo=UTC)


def connect() -> ddmkit.Kit:
    key = ddmkit.AccessKey("access-key", "secret-key", security_token=None)
    with ddmkit.connect(region="cn-north-4", credentials=key, read_only=True) as kit:
        kit.renew_token("token")
    ddmkit.connect(credentials=ddmkit.Password("user", "password", "domain"), records=Path("records.sqlite"))
    ddmkit.connect(endpoint="https://ddm.example.com", project_id="p", credentials=ddmkit.Token("token"))
    ddmkit.connect(endpoint="https://ddm.example.com", project_id="p", token="token")
    return ddmkit.demo("dropped-schema", ["lost-answer"], now=AT)


def read(kit: ddmkit.Kit) -> pd.DataFrame:
    instances: ddmkit.Rows[ddmkit.Instance] = kit.instances()
    source = instances[0]
    backups: ddmkit.Rows[ddmkit.Backup] = kit.backups(source)
    ranges: ddmkit.Rows[ddmkit.RestorableRange] = kit.restorable_ranges(source.id)
    point: ddmkit.PointInTime = ranges[0].start_time
    nodes: ddmkit.Rows[ddmkit.DataNode] = kit.related_nodes(source, point)
    targets: ddmkit.Rows[ddmkit.TargetInstance] = kit.targets(source)
    candidates: ddmkit.Rows[ddmkit.TargetNode] = kit.target_nodes(source, targets[0], nodes[0], backups[0])
    jobs: ddmkit.Rows[ddmkit.Job] = kit.jobs(since=timedelta(hours=1))
    kit.jobs("2025-05-20T10:12:32Z")
    kit.timeline(source, point=1747735952000, incident=AT)
    some: ddmkit.Rows[ddmkit.Job] = jobs[:3]
    created: datetime = backups[0].created
    names: list[str] = [one.instance_name for one in candidates] + [one.name for one in some]
    assert names
    assert created
    return backups.frame()


def restore(kit: ddmkit.Kit, source: ddmkit.Instance, nodes: list[ddmkit.TargetNode]) -> ddmkit.RestoreJob:
    plan: ddmkit.Plan = kit.plan(source=source, target="t", data_nodes=nodes, restore_time="2025-05-20T10:12:32Z")
    checks: tuple[ddmkit.CheckResult, ...] = plan.checks
    request: ddmkit.RestoreRequest = plan.request
    if not plan.ready or not checks or not request.body():
        raise SystemExit("; ".join(plan.failed))
    try:
        job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, purpose="rehearsal", ticket="INC-7")
    except (ddmkit.NotReadyError, ddmkit.NotConfirmedError) as error:
        raise SystemExit(str(error)) from error
    except ddmkit.ServiceError as error:
        raise SystemExit(f"{error.status} {error.code} {error.request_id}") from error
    return job.wait(timeout_s=3600, poll_s=10)


def look_back(kit: ddmkit.Kit, job: ddmkit.RestoreJob) -> str:
    record: ddmkit.Record = job.record
    records: ddmkit.Records = kit.records
    kit.resume(record)
    kit.resume(record.id)
    kit.adopt(record, "job-id")
    released: ddmkit.Record = kit.release(record, reason="never sent", confirm="target")
    records.get(released.id)
    read: ddmkit.Record = ddmkit.read_record("x.ddmrecord.json")
    with ddmkit.replay(read):
        return read.to_html()


def rehearse(kit: ddmkit.Kit, record: ddmkit.Record) -> pd.DataFrame:
    drill = kit.drill("source", on="simulator", fault="job-fails", rto="30min", rpo=timedelta(hours=24), approver="bob")
    again = kit.drill(record, purpose="audit", every="30d")
    confirmation: str = again.confirmation
    result = drill.run(confirm=confirmation, accept=drill.warnings, max_instances=3)
    written: Path = result.export("drill.json", sign_with=Path("key.pem"))
    if not result.passed and not written.exists():
        raise SystemExit(result.exit_code)
    return kit.drills.frame()
