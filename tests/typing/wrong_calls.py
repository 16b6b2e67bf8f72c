"""Mistakes that mypy has to find: each line that ends in ``# expect: CODE``, with that code. Never run."""
# ruff: noqa: B018, F401

from datetime import UTC, datetime

import ddmkit
from ddmkit import Recrod  # expect: attr-defined

kit = ddmkit.conect()  # expect: attr-defined
kit = ddmkit.connect(regoin="cn-north-4")  # expect: call-arg
kit = ddmkit.connect(credentials="token")  # expect: arg-type
kit = ddmkit.connect(credentials=ddmkit.AccessKey("access-key"))  # expect: call-arg
kit = ddmkit.connect(credentials=ddmkit.Acceskey("access-key", "secret-key"))  # expect: attr-defined
kit = ddmkit.connect(read_only="yes")  # expect: arg-type
kit = ddmkit.demo(now=1.5)  # expect: arg-type


def show(plan: ddmkit.Plann) -> None:  # expect: name-defined
    print(plan)


kit.backup("source")  # expect: attr-defined
kit.backups(7)  # expect: arg-type
kit.backups("source")[0].creatd  # expect: attr-defined
wrong_rows: ddmkit.Rows[ddmkit.Job] = kit.backups("source")  # expect: assignment
wrong_time: str = kit.backups("source")[0].created  # expect: assignment
kit.related_nodes("source", 1.5)  # expect: arg-type
kit.target_nodes("source", "target", "node")  # expect: call-arg
plan = kit.plan(source="s", target="t", data_nodes=["n"], restore_tiem=1747735952000)  # expect: call-arg
plan = kit.plan(source="s", target="t", data_nodes=["n"], restore_time=1747735952.5)  # expect: arg-type
plan = kit.plan(source="s", target="t", data_nodes=[7], backup_id="b")  # expect: list-item
plan.redy  # expect: attr-defined
plan.checks[0].state  # expect: attr-defined
plan.request.target_id  # expect: attr-defined
job = kit.submit("plan", confirm="target")  # expect: arg-type
job = kit.submit(plan, "target")  # expect: call-arg
job.wait(timeout=3600)  # expect: call-arg
job.record.exprot("x.ddmrecord.json")  # expect: attr-defined
kit.release(job.record, reason="never sent")  # expect: call-arg
kit.jobs(since=datetime(2025, 5, 20, tzinfo=UTC).date())  # expect: arg-type
ddmkit.read_record(7)  # expect: arg-type
drill = kit.drill("source", on="moon")  # expect: arg-type
drill = kit.drill("source", rtoo="30min")  # expect: call-arg
drill.run("create 3, delete 3")  # expect: call-arg
drill.confirmation.passed  # expect: attr-defined

try:
    job.refresh()
except ddmkit.ServicError:  # expect: attr-defined
    pass
except ddmkit.ServiceError as error:
    print(error.reqest_id)  # expect: attr-defined
