"""What happens to every request as such: the log, latency, faults, authentication, and the headers of every answer.

An ASGI application around the one that knows the calls. It holds the connection's transport, so that it can break a
connection without an answer, as a lost network does.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, unquote

from ddmkit.simulator.http.auth import Received
from ddmkit.simulator.http.context import Service
from ddmkit.simulator.http.editions import envelope_of
from ddmkit.simulator.http.operations import DDM, Operation, find_operation, methods_of
from ddmkit.simulator.rules.errors import Refusal, gateway_refusal, render_refusal
from ddmkit.simulator.storage.clock import from_ms, machine_ms

__all__ = ["SKEW_MS", "Gateway", "RequestBook", "RequestLog"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

SKEW_MS = 20 * 60_000
LARGEST_BODY = 12 * 1024 * 1024  # Source: ddm-api.md 11.4, APIGW.0201
CALLS_GONE = 3
_ABSOLUTE_FORM = re.compile(rb"https?://[^/]*", re.IGNORECASE)
AT_ROWS = ("cut-pages", "duplicate-rows", "wrong-total")
THROTTLED = "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute"
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class RequestLog:
    """A request that came in. `status` stays None while, and when, no answer left."""

    method: str
    path: str
    query: dict[str, str]
    operation: str
    status: int | None
    at: datetime


class RequestBook:
    """The requests since the start, in the order they came; of very many only the last ones."""

    def __init__(self, most: int = 20_000) -> None:
        self._lock = threading.Lock()
        self._requests: dict[int, RequestLog] = {}
        self._numbers = itertools.count()
        self._most = most

    def open(self, request: RequestLog) -> int:
        """Note a request; give its number."""
        with self._lock:
            number = next(self._numbers)
            self._requests[number] = request
            self._requests.pop(number - self._most, None)
            return number

    def close(self, number: int, status: int) -> None:
        """Note the status of the answer to a request."""
        with self._lock:
            if number in self._requests:
                self._requests[number] = replace(self._requests[number], status=status)

    def requests(self) -> list[RequestLog]:
        """Return all requests so far."""
        with self._lock:
            return list(self._requests.values())


@dataclass
class Answer:
    """An answer on its way out. `breaks` ends the connection in the middle of the body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False


@dataclass(frozen=True)
class Exchange:
    """A request with what the gateway found out about it."""

    scope: Message
    received: Received
    operation: Operation
    project_id: str
    request_id: str


class Gateway:
    """Passes requests on to the calls, or answers in their place."""

    def __init__(self, inner: Application, service: Service, book: RequestBook, *, latency_s: float, slow_s: float) -> None:
        self._inner = inner
        self._service = service
        self._faults = service.faults
        self._edition = service.world.edition
        self._book = book
        self._latency_s = latency_s
        self._slow_s = slow_s

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or break its connection."""
        body = await _read_body(receive)
        if body is None:
            return
        scope = _in_origin_form(scope)
        received = _received(scope, body)
        operation, project_id = find_operation(received.method, received.raw_path, self._edition)
        number = self._book.open(_log_of(received, operation))
        await asyncio.sleep(self._latency_s)
        request_id = uuid.uuid4().hex
        answer: Answer | None = None
        if self._faults.is_gone():
            pass
        elif operation is None:
            answer = _refused(_unpublished(received, self._edition), "gateway", request_id)
        else:
            answer = await self._answer(Exchange(scope, received, operation, project_id, request_id))
        if answer is None:
            await _break_connection(scope)
            return
        self._book.close(number, answer.status)
        await _deliver(answer, {**self._headers(request_id), **answer.headers}, scope, send)

    async def _answer(self, exchange: Exchange) -> Answer | None:
        operation = exchange.operation
        if self._faults.take("slow", operation):
            await asyncio.sleep(self._slow_s)
        try:
            self._refuse_early(exchange)
            self._service.gate.admit(exchange.received, operation, exchange.project_id)
            self._refuse_late(exchange)
        except Refusal as refusal:
            return _refused(refusal, envelope_of(self._edition, operation.family), exchange.request_id)
        if self._faults.take("html-502", operation):
            return Answer(502, HTML, {"Content-Type": "text/html"})
        self._service.world.settle()
        answer = await self._pass_on(exchange)
        return self._spoil(answer, operation) if answer.status < 300 else answer

    def _refuse_early(self, exchange: Exchange) -> None:
        received, operation = exchange.received, exchange.operation
        if self._faults.take("throttled", operation):
            raise gateway_refusal(429, "APIGW.0308", THROTTLED, Retry_After="1")
        if len(received.body) > LARGEST_BODY:
            raise gateway_refusal(413, "APIGW.0201", "The request body exceeds the limit of 12 MB.")
        by_token = operation.family in DDM and "x-auth-token" in received.headers
        if by_token and self._faults.take("token-expires", operation):
            self._service.gate.expire_tokens()
            raise gateway_refusal(401, "APIGW.0307", "The token must be updated.")

    def _refuse_late(self, exchange: Exchange) -> None:
        received, operation = exchange.received, exchange.operation
        media_type = received.headers.get("content-type", "").partition(";")[0].strip().lower()
        if operation.method == "POST" and media_type != "application/json":
            raise Refusal(415, "DBS.280001", "The content type must be application/json.")
        if self._faults.take("server-error", operation):
            raise Refusal(500, "DBS.200412" if operation.family == "v1" else "DBS.300002", "Server failure.")
        if self._faults.take("refused-busy", operation):
            message = "Another operation is being performed on the DB instance, or the DB instance is faulty."
            raise Refusal(409, "DBS.200019", message)

    def _spoil(self, answer: Answer, operation: Operation) -> Answer | None:
        """Do to a successful answer what the faults in force ask for."""
        if self._faults.take("dies-after-accept", operation):
            self._faults.go_away(CALLS_GONE)
            return None
        if self._faults.take("lost-answer", operation):
            return None
        if operation.rows and any(self._faults.holds(name) for name in AT_ROWS):
            answer.body = self._spoil_rows(answer.body, operation)
        if self._faults.take("bad-json", operation):
            answer.body = answer.body[: max(1, len(answer.body) // 2)]
        answer.breaks = self._faults.take("truncated-body", operation)
        return answer

    def _spoil_rows(self, body: bytes, operation: Operation) -> bytes:
        content = json.loads(body)
        rows = content[operation.rows]
        spoiled = False
        if rows and self._faults.take("cut-pages", operation):
            content[operation.rows] = rows = rows[: len(rows) // 2]
            spoiled = True
        if rows and self._faults.take("duplicate-rows", operation):
            rows.append(rows[0])
            spoiled = True
        if self._faults.take("wrong-total", operation):
            content["total_record" if "total_record" in content else "total"] += 1
            spoiled = True
        return json.dumps(content, ensure_ascii=False).encode() if spoiled else body

    async def _pass_on(self, exchange: Exchange) -> Answer:
        answer = Answer(500)

        async def receive() -> Message:
            return {"type": "http.request", "body": exchange.received.body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        marks = {
            "simulator.operation": exchange.operation,
            "simulator.request_id": exchange.request_id,
            "simulator.edition": self._edition,
        }
        path = exchange.scope["path"]
        if exchange.operation.family == "iam":
            path = path.rstrip("/")
        await self._inner({**exchange.scope, **marks, "path": path}, receive, send)
        answer.headers.pop("content-length", None)
        return answer

    def _headers(self, request_id: str) -> dict[str, str]:
        skew = SKEW_MS if self._faults.holds("skewed-clock") else 0
        return {
            "Date": formatdate((machine_ms() + skew) / 1000, usegmt=True),
            "X-Request-Id": request_id,
            "X-Simulator-World": self._service.world.id,
            "X-Simulator-Now": from_ms(self._service.now()).isoformat(timespec="milliseconds"),
            "content-type": "application/json",
        }


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, or nothing when the caller went away before it was complete."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        # What goes beyond the limit is read but not kept; the length alone tells that it was too much.
        if len(body) <= LARGEST_BODY:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _in_origin_form(scope: Message) -> Message:
    """Return the request with a path alone; a client that was told of a proxy sends scheme and host before it."""
    match = _ABSOLUTE_FORM.match(scope["raw_path"])
    if match is None:
        return scope
    raw_path = scope["raw_path"][match.end() :] or b"/"
    return {**scope, "raw_path": raw_path, "path": unquote(raw_path.decode("latin-1"))}


def _received(scope: Message, body: bytes) -> Received:
    headers = {name.decode("latin-1"): _header_text(value) for name, value in scope["headers"]}
    raw_path, raw_query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return Received(scope["method"], raw_path, raw_query, headers, body)


def _header_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _log_of(received: Received, operation: Operation | None) -> RequestLog:
    query = dict(parse_qsl(received.raw_query, keep_blank_values=True))
    name = operation.name if operation else ""
    return RequestLog(received.method, received.raw_path, query, name, None, datetime.now(UTC))


def _unpublished(received: Received, edition: str) -> Refusal:
    message = "The API does not exist or has not been published in the environment."
    methods = methods_of(received.raw_path, edition)
    if methods:
        return gateway_refusal(405, "APIGW.0101", message, Allow=", ".join(methods))
    return gateway_refusal(404, "APIGW.0101", message)


def _refused(refusal: Refusal, family: str, request_id: str) -> Answer:
    content = render_refusal(refusal, family, request_id)
    return Answer(refusal.status, json.dumps(content).encode(), dict(refusal.headers))


async def _break_connection(scope: Message) -> None:
    scope["simulator.transport"].close()
    # The server notices the end of the connection in the loop's next rounds, and then expects no answer any more.
    for _ in range(3):
        await asyncio.sleep(0)


async def _deliver(answer: Answer, headers: dict[str, str], scope: Message, send: Send) -> None:
    lowered = {name.lower(): value for name, value in headers.items()} | {"content-length": str(len(answer.body))}
    encoded = [(name.encode(), value.encode("latin-1", "replace")) for name, value in lowered.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    if not answer.breaks:
        await send({"type": "http.response.body", "body": answer.body})
        return
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
    await _break_connection(scope)
