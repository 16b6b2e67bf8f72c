"""A small service that creates instances, on real HTTP: where the mechanism is tried with a step that is no restore."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from ddmkit.config.credentials import TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import NotFoundError, UnknownOutcomeError
from ddmkit.records import RecordStore, RunHeader
from ddmkit.sending.context import SendingContext
from ddmkit.sending.creation import Creation, CreationCalls, Listed
from ddmkit.sending.log import StepLog
from ddmkit.sending.release import release
from ddmkit.sending.send import carry_out
from ddmkit.sending.step import Accepted
from ddmkit.service.calls import Call
from ddmkit.service.client import Client
from ddmkit.times import parse_service_time

NAME = "shop-n1-ddmkit-7f3a"
PASSWORD = "canary-Node-Pa55word"
TOKEN = "5c3ab2f8-0000-4000-8000-000000000001"
STEP = "node:rds-1"
FIRST = f"{1:032x}in01"
SECOND = f"{2:032x}in01"


class HandClock:
    """The clock of everybody: it stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2025, 5, 20, 10, 12, 32, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **step: float) -> None:
        self.now += timedelta(**step)


@dataclass
class NodeService:
    """Creates instances; ``fault`` says what becomes of the next request: see ``_create``."""

    clock: HandClock
    fault: str = ""
    instances: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    broken: str = ""
    endpoint: str = ""

    def add(self, name: str = NAME, **changes: Any) -> str:
        """Add an instance, as the service itself does when a request has an effect; return its id."""
        number = len(self.instances) + 1
        made = {"id": f"{number:032x}in01", "name": name, "status": "BUILD", "created": self.clock().isoformat()}
        self.instances.append({**made, **changes})
        return str(self.instances[-1]["id"])

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, Any] | None:
        """Return the status and the JSON of an answer; ``None`` cuts the connection."""
        path, query = urlsplit(target).path, {name: one[0] for name, one in parse_qs(urlsplit(target).query).items()}
        if method == "POST":
            self.sent.append(json.loads(body))
            return self._create(self.sent[-1])
        if self.broken and path.endswith(self.broken):
            return 500, {"error_code": "DBS.200412", "error_msg": "broken"}
        if path.endswith("/instances"):
            named = [one for one in self.instances if one["name"] == query.get("name")]
            return 200, {"instances": named, "total_count": len(named)}
        if path.endswith("/traces"):
            return 200, {"tags": self.tags, "tasks": self.tasks}
        if path.endswith("/jobs"):
            known = query.get("id") in self.jobs
            return (
                (200, {"job": {"id": query["id"]}}) if known else (404, {"error_code": "DBS.200543", "error_msg": "no job"})
            )
        return 200, {}

    def _create(self, wanted: dict[str, Any]) -> tuple[int, Any] | None:
        fault, self.fault = self.fault, ""
        refusals = {"refused": (400, "DBS.200023"), "exists": (409, "DBS.200022"), "nothing made": (500, "DBS.111205")}
        if fault in refusals:
            status, code = refusals[fault]
            return status, {"error_code": code, "error_msg": f"not with {wanted['password']}"}
        if fault == "lost before":
            return None
        instance_id, job_id = self.add(wanted["name"]), f"job-{len(self.jobs) + 1}"
        self.jobs[job_id] = instance_id
        if fault == "made twice":
            self.add(wanted["name"])
        if fault in {"lost", "made twice"}:
            return None
        if fault == "behind a 5xx":
            return 500, {"error_code": "DBS.111205", "error_msg": "may have succeeded"}
        named = {} if fault == "late id" else {"instance": {"id": instance_id, "name": wanted["name"]}}
        return 202, {**named, "job_id": job_id}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def service(clock):
    """The service, which answers at ``service.endpoint``."""
    known = NodeService(clock)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = known.answer(self.command, self.path, body)
            if answer is None:
                self.close_connection = True
                return
            content = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Request-Id", f"request-{len(known.sent)}")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815  # the names that the library calls

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(known.clock(), usegmt=True)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    known.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    yield known
    server.shutdown()
    server.server_close()


class NodeClient(Client):
    """Speaks to the service of these tests."""

    def create(self, call: Call, last_check: Any, attempt: Any) -> Accepted:
        def read(answer: Any) -> Accepted:
            made = self._read(answer, call)
            instance = made.get("instance", {})
            return Accepted(job_id=made["job_id"], instance_id=instance.get("id", ""), status=answer.status)

        return self.send_once(call, read, last_check=last_check, attempt=attempt)

    def ask(self, path: str, **query: str) -> dict[str, Any]:
        call = Call("List", f"read {path}", "GET", f"/v3/p/{path}", tuple(query.items()))
        return self._ask(call, lambda answer: self._read(answer, call))

    def list_named(self, name: str) -> list[Listed]:
        rows = self.ask("instances", name=name)["instances"]
        return [Listed(row["id"], row["name"], row["status"], parse_service_time(row["created"])) for row in rows]

    def traces(self, since: datetime) -> list[str]:
        found = self.ask("traces")
        return [f"the tag is on {one}" for one in found["tags"]] + [f"the task {one} names it" for one in found["tasks"]]

    def knows_job(self, job_id: str) -> bool:
        try:
            self.ask("jobs", id=job_id)
        except NotFoundError:
            return False
        return True


@pytest.fixture
def client(service, clock):
    credentials = TokenCredentials(SecretStr("canary-token"))
    settings = Settings(endpoint=service.endpoint, credentials=credentials, project_id="p", credential_source="a test")
    with NodeClient(settings, sleep=lambda seconds: None, clock=clock) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path, clock):
    place = tmp_path / "records.sqlite" if request.param == "sqlite" else request.getfixturevalue("new_database")()
    with RecordStore.open(place, service="rds.example.com", clock=clock, secrets=lambda: [PASSWORD]) as opened:
        yield opened


@pytest.fixture
def context(store, clock):
    return SendingContext(store=store, now=clock, sleep=lambda seconds: None, grace=timedelta(seconds=4), operator="ada")


@pytest.fixture
def run_id(store):
    return begin(store)


def begin(store: RecordStore, plan_id: str = "recovery-1") -> str:
    header = RunHeader(
        plan_id=plan_id,
        digest="d1",
        project_id="p",
        source_id="ddm-1",
        target_id="new:shop-7f3a",
        source_name="shop",
        operator="ada",
        host="desk-1",
        pid=7,
        kind="recovery",
    )
    run_id = store.begin(header)
    store.append(run_id, "planned", {"steps": [{"name": STEP}, {"name": "restore"}]})
    return run_id


@pytest.fixture
def step(client):
    """The recovery of one data node."""
    body = json.dumps({"name": NAME, "password": PASSWORD, "restore_point": {"restore_time": 1747735952000}}).encode()
    request = Call("Create", "recover a data node", "POST", "/v3/p/instances", body=body, secrets=(SecretStr(PASSWORD),))
    calls = CreationCalls(
        send=lambda last_check, attempt: client.create(request, last_check, attempt),
        list_named=client.list_named,
        traces=client.traces,
        knows_job=client.knows_job,
    )
    return Creation(
        name=STEP,
        key=STEP,
        noun="recovery of a node",
        title=f"recovery of shop-n1 to {NAME}",
        confirm_name="shop",
        request=request,
        service=client,
        instance_name=NAME,
        calls=calls,
        facts={"token": TOKEN},
    )


@pytest.fixture
def log(store, run_id):
    return StepLog(store, run_id, STEP)


@pytest.fixture
def send(step, run_id, context):
    def send_it(**options):
        carry_out(step, run_id, context, operator="ada", **options)

    return send_it


@pytest.fixture
def let_go(step, run_id, context, clock):
    def let_it_go(minutes=15, **changes):
        clock.move(minutes=minutes)
        given = {"reason": "nothing is listed", "confirm": "shop", "operator": "ada", **changes}
        release(step, run_id, context, **given)

    return let_it_go


@pytest.fixture
def lost(service, send):
    """A step that was sent, and of which nothing appeared."""
    service.fault = "lost before"
    with pytest.raises(UnknownOutcomeError) as caught:
        send()
    return caught.value


def kinds(log):
    return [event.kind for event in log.read().events]


def all_text(store):
    with store._reader.connect() as connection:
        tables = ("events", "runs", "step_claims", "step_sends", "jobs")
        return "".join(str(row) for name in tables for row in connection.execute(text(f"SELECT * FROM ddmkit_{name}")))
