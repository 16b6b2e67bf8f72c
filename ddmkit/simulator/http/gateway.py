"""The API gateway in front of the routes: request log, latency, faults, authentication, and response headers.

The gateway is an ASGI application that wraps the application with the routes. The gateway has access to the transport of a
connection, so that it can close the connection without a response, as a network failure does.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, unquote

from ddmkit.simulator.http.auth import ReceivedRequest
from ddmkit.simulator.http.context import ServiceContext
from ddmkit.simulator.http.operations import CLOUD, Operation, find_operation, published_methods
from ddmkit.simulator.rules.editions import error_format
from ddmkit.simulator.rules.errors import ApiError, error_body, gateway_error
from ddmkit.simulator.storage.clock import from_ms

__all__ = ["ApiGateway", "Application", "LoggedRequest", "Message", "Receive", "RequestLog", "Send"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY = 12 * 1024 * 1024  # Source: ddm-api.md 11.4, APIGW.0201
DROPPED_CALLS = 3
_ABSOLUTE_FORM = re.compile(rb"https?://[^/]*", re.IGNORECASE)
ROW_FAULTS = ("cut-pages", "duplicate-rows", "wrong-total")
THROTTLED = "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute"
# Sources: ddm-api.md 11.3; the tables of error codes of RDS, VPC and CTS.
_SERVER_FAILURES = {"v1": "DBS.200412", "rds": "DBS.290006", "vpc1": "VPC.0014", "vpc3": "VPC.0014", "cts": "CTS.0001"}
_DENIED = {
    "cts-denied": ("CTS.0002", "Policy doesn't allow cts:trace:list to be performed."),
    "vpc-denied": ("VPC.0010", "Rules on vpc by role are not allowed."),
}
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class LoggedRequest:
    """A received request. `status` is None until, and unless, a response has been sent."""

    method: str
    path: str
    query: dict[str, str]
    operation: str
    status: int | None
    at: datetime
    service: str = "ddm"


class RequestLog:
    """The received requests in their order; only the last 20,000 are kept."""

    def __init__(self, limit: int = 20_000) -> None:
        self._lock = threading.Lock()
        self._requests: dict[int, LoggedRequest] = {}
        self._numbers = itertools.count()
        self._limit = limit

    def add(self, request: LoggedRequest) -> int:
        """Log a request and return its number."""
        with self._lock:
            number = next(self._numbers)
            self._requests[number] = request
            self._requests.pop(number - self._limit, None)
            return number

    def set_status(self, number: int, status: int) -> None:
        """Log the status of the response to a request."""
        with self._lock:
            if number in self._requests:
                self._requests[number] = replace(self._requests[number], status=status)

    def requests(self) -> list[LoggedRequest]:
        """Return the logged requests."""
        with self._lock:
            return list(self._requests.values())


@dataclass
class GatewayResponse:
    """A response before it is sent. `breaks` closes the connection in the middle of the body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False


@dataclass(frozen=True)
class Exchange:
    """A request with its operation, project and request id."""

    scope: Message
    received: ReceivedRequest
    operation: Operation
    project_id: str
    request_id: str


class ApiGateway:
    """Passes requests to the routes, or answers with a fault or an error of the gateway."""

    def __init__(
        self,
        inner: Mapping[str, Application],
        context: ServiceContext,
        request_log: RequestLog,
        *,
        latency_s: float,
        slow_s: float,
    ) -> None:
        self._inner = inner
        self._context = context
        self._faults = context.faults
        self._edition = context.world.edition
        self._request_log = request_log
        self._latency_s = latency_s
        self._slow_s = slow_s

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or close its connection without a response."""
        body = await _read_body(receive)
        if body is None:
            return
        scope = _in_origin_form(scope)
        received = _received(scope, body)
        service = self._context.service_at(scope["server"][1])
        operation, project_id = find_operation(received.method, received.raw_path, self._edition, service)
        number = self._request_log.add(_log_entry(received, operation, service))
        await asyncio.sleep(self._latency_s)
        request_id = uuid.uuid4().hex
        response: GatewayResponse | None = None
        if self._faults.should_drop_call():
            pass
        elif operation is None:
            response = _error_response(_unpublished_error(received, self._edition, service), "gateway", request_id)
        else:
            response = await self._respond(Exchange(scope, received, operation, project_id, request_id))
        if response is None:
            await _break_connection(scope)
            return
        self._request_log.set_status(number, response.status)
        await _send_response(response, {**self._headers(request_id), **response.headers}, scope, send)

    async def _respond(self, exchange: Exchange) -> GatewayResponse | None:
        operation = exchange.operation
        if self._faults.take("slow", operation):
            await asyncio.sleep(self._slow_s)
        try:
            self._check_before_authentication(exchange)
            self._context.authenticator.authenticate(exchange.received, operation, exchange.project_id)
            self._check_after_authentication(exchange)
        except ApiError as error:
            return _error_response(error, error_format(self._edition, operation.family), exchange.request_id)
        if self._faults.take("html-502", operation):
            return GatewayResponse(502, HTML, {"Content-Type": "text/html"})
        self._context.world.settle()
        response = await self._call_route(exchange)
        return self._damage(response, operation) if response.status < 300 else response

    def _check_before_authentication(self, exchange: Exchange) -> None:
        received, operation = exchange.received, exchange.operation
        if self._faults.take("throttled", operation):
            raise gateway_error(429, "APIGW.0308", THROTTLED, Retry_After="1")
        if len(received.body) > LARGEST_BODY:
            raise gateway_error(413, "APIGW.0201", "The request body exceeds the limit of 12 MB.")
        by_token = operation.family in CLOUD and "x-auth-token" in received.headers
        if by_token and self._faults.take("token-expires", operation):
            self._context.authenticator.expire_tokens()
            raise gateway_error(401, "APIGW.0307", "The token must be updated.")

    def _check_after_authentication(self, exchange: Exchange) -> None:
        received, operation = exchange.received, exchange.operation
        media_type = received.headers.get("content-type", "").partition(";")[0].strip().lower()
        if operation.method in {"POST", "PUT"} and media_type != "application/json":
            raise ApiError(415, "DBS.280001", "The content type must be application/json.")
        for name, (code, message) in _DENIED.items():
            if self._faults.take(name, operation):
                raise ApiError(403, code, message)
        if self._faults.take("server-error", operation):
            raise ApiError(500, _SERVER_FAILURES.get(operation.family, "DBS.300002"), "Server failure.")
        if self._faults.take("refused-busy", operation):
            message = "Another operation is being performed on the DB instance, or the DB instance is faulty."
            raise ApiError(409, "DBS.200019", message)

    def _damage(self, response: GatewayResponse, operation: Operation) -> GatewayResponse | None:
        """Apply the active faults to a successful response; None means no response."""
        if self._faults.take("dies-after-accept", operation):
            self._faults.drop_next_calls(DROPPED_CALLS)
            return None
        if self._faults.take("lost-answer", operation):
            return None
        if operation.rows and any(self._faults.is_active(name) for name in ROW_FAULTS):
            response.body = self._damage_rows(response.body, operation)
        if self._faults.take("bad-json", operation):
            response.body = response.body[: max(1, len(response.body) // 2)]
        response.breaks = self._faults.take("truncated-body", operation)
        return response

    def _damage_rows(self, body: bytes, operation: Operation) -> bytes:
        content = json.loads(body)
        rows = content[operation.rows]
        damaged = False
        if rows and self._faults.take("cut-pages", operation):
            content[operation.rows] = rows = rows[: len(rows) // 2]
            damaged = True
        if rows and self._faults.take("duplicate-rows", operation):
            rows.append(rows[0])
            damaged = True
        counter = next((name for name in ("total_record", "total_count", "total") if name in content), "")
        if counter and self._faults.take("wrong-total", operation):
            content[counter] += 1
            damaged = True
        return json.dumps(content, ensure_ascii=False).encode() if damaged else body

    async def _call_route(self, exchange: Exchange) -> GatewayResponse:
        response = GatewayResponse(500)

        async def receive() -> Message:
            return {"type": "http.request", "body": exchange.received.body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                response.status = message["status"]
                response.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                response.body += message.get("body", b"")

        extra = {
            "simulator.operation": exchange.operation,
            "simulator.request_id": exchange.request_id,
            "simulator.edition": self._edition,
        }
        path = exchange.scope["path"]
        if exchange.operation.family == "iam":
            path = path.rstrip("/")
        self._context.storage.begin_request()
        await self._inner[exchange.operation.service]({**exchange.scope, **extra, "path": path}, receive, send)
        response.headers.pop("content-length", None)
        return response

    def _headers(self, request_id: str) -> dict[str, str]:
        return {
            "Date": formatdate(self._faults.gateway_ms() / 1000, usegmt=True),
            "X-Request-Id": request_id,
            "X-Simulator-World": self._context.world.id,
            "X-Simulator-Now": from_ms(self._context.now()).isoformat(timespec="milliseconds"),
            "content-type": "application/json",
        }


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, or None when the client disconnected before the end of the body."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        # Bytes above the limit are read but not kept; the length already shows that the body is too large.
        if len(body) <= LARGEST_BODY:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _in_origin_form(scope: Message) -> Message:
    """Remove scheme and host from the path; a client that uses a proxy sends them."""
    match = _ABSOLUTE_FORM.match(scope["raw_path"])
    if match is None:
        return scope
    raw_path = scope["raw_path"][match.end() :] or b"/"
    return {**scope, "raw_path": raw_path, "path": unquote(raw_path.decode("latin-1"))}


def _received(scope: Message, body: bytes) -> ReceivedRequest:
    headers = {name.decode("latin-1"): _header_text(value) for name, value in scope["headers"]}
    raw_path, raw_query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return ReceivedRequest(scope["method"], raw_path, raw_query, headers, body)


def _header_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _log_entry(received: ReceivedRequest, operation: Operation | None, service: str) -> LoggedRequest:
    query = dict(parse_qsl(received.raw_query, keep_blank_values=True))
    name = operation.name if operation else ""
    return LoggedRequest(received.method, received.raw_path, query, name, None, datetime.now(UTC), service)


def _unpublished_error(received: ReceivedRequest, edition: str, service: str) -> ApiError:
    message = "The API does not exist or has not been published in the environment."
    methods = published_methods(received.raw_path, edition, service)
    in_another_edition = find_operation(received.method, received.raw_path, service=service)[0]
    if methods and in_another_edition is None:
        return gateway_error(405, "APIGW.0101", message, Allow=", ".join(methods))
    return gateway_error(404, "APIGW.0101", message)


def _error_response(error: ApiError, family: str, request_id: str) -> GatewayResponse:
    content = error_body(error, family, request_id)
    return GatewayResponse(error.status, json.dumps(content).encode(), dict(error.headers))


async def _break_connection(scope: Message) -> None:
    scope["simulator.transport"].close()
    # The server notices the closed connection within the next iterations of the loop and then expects no response.
    for _ in range(3):
        await asyncio.sleep(0)


async def _send_response(response: GatewayResponse, headers: dict[str, str], scope: Message, send: Send) -> None:
    lowered = {name.lower(): value for name, value in headers.items()} | {"content-length": str(len(response.body))}
    encoded = [(name.encode(), value.encode("latin-1", "replace")) for name, value in lowered.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    if not response.breaks:
        await send({"type": "http.response.body", "body": response.body})
        return
    await send({"type": "http.response.body", "body": response.body[: len(response.body) // 2], "more_body": True})
    await _break_connection(scope)
