"""The layers between client and network: httpx transports with one task each, and the functions that stack them.

From the outside in: refuse writes (``ReadOnly``), retry reads (``RetryReads``), limit concurrency (``RateLimited``), attach
credentials (``Authenticated``), log without secrets (``Logged``), limit the size of the answer (``Bounded``), reach the host
(``Network``). A request that changes something passes no retry and no shared connection. No layer follows redirects.
"""

from __future__ import annotations

import logging
import os
import random
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from pydantic import SecretStr

from ddmkit.config.endpoints import read_endpoint
from ddmkit.config.paths import expand
from ddmkit.errors import AuthError, InputError, ServiceError
from ddmkit.secrecy.redaction import quote_text
from ddmkit.service.auth import Auth, Flow
from ddmkit.service.calls import Call, is_read
from ddmkit.service.deadline import Attempt, DeadlineBackend
from ddmkit.service.error_codes.explain import CODES, explain
from ddmkit.service.error_parsing import make_unusable, read_refusal
from ddmkit.service.headers import read_request_id, read_retry_after
from ddmkit.service.network_errors import is_untrusted
from ddmkit.service.proxies import choose_proxy
from ddmkit.service.rate_limit import RateLimited, Throttle

__all__ = [
    "Authenticated",
    "Bounded",
    "Logged",
    "Network",
    "ReadOnly",
    "RetryReads",
    "Tls",
    "choose_pause",
    "run_flow",
    "stack_login",
    "stack_once",
    "stack_reads",
]

_LOGGER = logging.getLogger("ddmkit.service")
_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 30.0
_RETRY_BUDGET_S = 60.0
_LARGEST_ANSWER = 64 * 1024 * 1024
# ddmkit asks for these. Others are refused unread: compressed twice, some kilobytes can become gigabytes in memory.
_COMPRESSIONS = frozenset({"", "identity", "gzip"})
_Sleep = Callable[[float], None]


class _Layer(httpx.BaseTransport):
    """Base of all layers: holds the inner transport and closes it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def close(self) -> None:
        self._inner.close()


class ReadOnly(_Layer):
    """Refuses every request that could change something."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a read; raise ``InputError`` for any other request."""
        if not _is_read(request):
            raise InputError(
                f"this connection only reads; {request.method} was not sent.", field="read_only", fix="Connect without it."
            )
        return self._inner.handle_request(request)


class RetryReads(_Layer):
    """Retries reads after transient failures, at most three times and within a minute; never retries writes.

    ``choose_pause`` decides which failures are transient. ``Retry-After`` takes precedence over the back-off; after a
    request for a pause of more than 30 s the failure goes to the caller. Source: ddm-api.md 11.6, column GET.
    """

    def __init__(
        self, inner: httpx.BaseTransport, *, sleep: _Sleep = time.sleep, jitter: Callable[[], float] = random.random
    ) -> None:
        super().__init__(inner)
        self._sleep = sleep
        self._jitter = jitter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request until it succeeds, fails for good, or has used up its attempts."""
        if not _is_read(request):
            return self._inner.handle_request(request)
        ends = time.monotonic() + _RETRY_BUDGET_S
        for attempt in range(1, _ATTEMPTS + 1):
            outcome = self._try_once(request)
            pause = choose_pause(outcome, attempt, self._jitter())
            if pause is None or attempt == _ATTEMPTS or time.monotonic() + pause > ends:
                break
            self._sleep(pause)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _try_once(self, request: httpx.Request) -> httpx.Response | httpx.TransportError | ServiceError:
        try:
            return self._inner.handle_request(request)
        except (httpx.TransportError, ServiceError) as error:
            return error


def choose_pause(outcome: httpx.Response | httpx.TransportError | ServiceError, attempt: int, jitter: float) -> float | None:
    """Return the seconds to wait before a read is sent again, or ``None`` if it is not to be sent again.

    Retried are broken or refused connections, time-outs, 429, 502, 503, 504, and a 500 whose code does not blame the
    caller. Not retried are rejected credentials, other refusals, and an untrusted certificate.
    """
    backoff = _FIRST_PAUSE_S * 2 ** (attempt - 1) * (0.5 + jitter / 2)
    if isinstance(outcome, httpx.TransportError):
        lasting = isinstance(outcome, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.ProxyError)
        return None if lasting or is_untrusted(outcome) else backoff
    if isinstance(outcome, httpx.Response):
        status, refusal = outcome.status_code, read_refusal(outcome.content) if outcome.status_code >= 400 else None
        code, message = (refusal.code, refusal.message) if refusal else ("", "")
        asked = read_retry_after(dict(outcome.headers), datetime.now(UTC))
    else:
        status, code, message, asked = outcome.status, outcome.code, "", outcome.retry_after_s
    if not _is_transient(status, code) or isinstance(outcome, AuthError):
        return None
    pause = asked if asked is not None else max(backoff, explain(status, code, message).wait_s or 0)
    return pause if pause <= _LONGEST_PAUSE_S else None


def _is_transient(status: int, code: str) -> bool:
    if status in {429, 502, 503, 504}:
        return True
    return status == 500 and (code not in CODES or CODES[code].kind == "server")


class Authenticated(_Layer):
    """Runs a flow of ``auth.py`` over the inner transport, so that each attempt has fresh credentials."""

    def __init__(self, inner: httpx.BaseTransport, auth: Auth) -> None:
        super().__init__(inner)
        self._auth = auth

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request with credentials, and the other requests that the flow needs."""
        return run_flow(self._auth.sync_auth_flow(request), self._inner, request.extensions.get("timeout"))


def run_flow(flow: Flow, transport: httpx.BaseTransport, timeout: dict[str, float | None] | None) -> httpx.Response:
    """Send the requests that the flow yields and return the last answer (an empty one if the flow yields nothing)."""
    response = httpx.Response(204)
    try:
        request = next(flow)
        while True:
            if timeout is not None:
                request.extensions.setdefault("timeout", timeout)
            response = transport.handle_request(request)
            request = flow.send(response)
    except StopIteration:
        return response
    except httpx.TransportError as error:
        error.request = request
        raise
    finally:
        flow.close()


class Logged(_Layer):
    """Logs operation, status, duration and request id of each request at DEBUG; no headers, no bodies."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and log it."""
        if not _LOGGER.isEnabledFor(logging.DEBUG):
            return self._inner.handle_request(request)
        started = time.perf_counter()
        outcome, request_id = "no answer", ""
        try:
            response = self._inner.handle_request(request)
            outcome, request_id = str(response.status_code), quote_text(read_request_id(dict(response.headers)), 100)
        finally:
            elapsed_ms = (time.perf_counter() - started) * 1000
            _LOGGER.debug("%s: %s in %.0f ms, request id %s", _call(request).operation, outcome, elapsed_ms, request_id)
        return response


def _is_read(request: httpx.Request) -> bool:
    return is_read(request.method, request.extensions.get("call"))


def _call(request: httpx.Request) -> Call:
    call = request.extensions.get("call")
    return call if isinstance(call, Call) else Call("unnamed", "send a request", request.method, request.url.path)


class Bounded(_Layer):
    """Reads the whole answer; refuses an answer that is too large."""

    def __init__(self, inner: httpx.BaseTransport, *, largest: int = _LARGEST_ANSWER) -> None:
        super().__init__(inner)
        self._largest = largest

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return its answer, read to the end."""
        response = self._inner.handle_request(request)
        try:
            body = self._read(response, request)
        finally:
            response.close()
        obsolete = {b"content-encoding", b"transfer-encoding", b"content-length"}
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in obsolete]
        return httpx.Response(response.status_code, headers=headers, content=body)

    def _read(self, response: httpx.Response, request: httpx.Request) -> bytes:
        chunks, size = [], 0
        problem = f"the answer is larger than {self._largest} bytes"
        if response.headers.get("content-encoding", "").strip().lower() not in _COMPRESSIONS:
            problem = "the answer came in a compression that was not asked for"
            raise make_unusable(_call(request).what, problem, response.status_code, dict(response.headers))
        try:
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > self._largest:
                    break
            else:
                return b"".join(chunks)
        except httpx.DecodingError:
            problem = "the answer's compression is damaged"
        raise make_unusable(_call(request).what, problem, response.status_code, dict(response.headers))


class Tls:
    """The TLS settings of all connections: created when first needed; certificates are always verified."""

    def __init__(self, ca_bundle: str = "") -> None:
        self._ca_bundle = ca_bundle
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def context(self, scheme: str) -> ssl.SSLContext:
        """Return the TLS context for a scheme; plain http gets one without certificates, because loading them takes time."""
        if scheme == "http":
            return _refuse_old_protocols(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        with self._lock:
            if self._context is None:
                self._context = _refuse_old_protocols(self._make_context())
            return self._context

    def _make_context(self) -> ssl.SSLContext:
        field, place = self._named()
        if not place:
            return httpx.create_ssl_context(trust_env=False)
        chosen = expand(place, field=field)
        try:
            if chosen.is_dir():
                return ssl.create_default_context(capath=chosen)
            return ssl.create_default_context(cafile=chosen)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise InputError(
                f"{chosen} cannot be read as certificates ({type(error).__name__}).",
                field=field,
                fix="Give a PEM file with the certificates of the authorities to trust.",
            ) from None

    def _named(self) -> tuple[str, str]:
        """Return what names a file of certificates, and the file; empty texts for the default certificates."""
        if self._ca_bundle:
            return "ca_bundle", self._ca_bundle
        named = ((name, os.environ.get(name, "").strip()) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
        return next(((name, place) for name, place in named if place), ("", ""))


def _refuse_old_protocols(context: ssl.SSLContext) -> ssl.SSLContext:
    """Require TLS 1.2: some systems build Python so that it leaves the least version to their own settings."""
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    return context


class Network(httpx.BaseTransport):
    """Reaches hosts directly or through the proxy that the environment names.

    ``keep_alive=False`` opens a new connection for each request. With an ``attempt``, everything on the connections shares
    the attempt's time.
    """

    def __init__(
        self,
        tls: Tls,
        *,
        connections: int,
        keep_alive: bool = True,
        patience_s: float = 120.0,
        attempt: Attempt | None = None,
    ) -> None:
        self._tls = tls
        self._patience_s = patience_s
        self._attempt = attempt
        kept = connections if keep_alive else 0
        self._limits = httpx.Limits(max_connections=connections, max_keepalive_connections=kept, keepalive_expiry=30.0)
        self._lock = threading.Lock()
        self._routes: dict[str, httpx.HTTPTransport] = {}
        self._closed = False
        self._proxy_secrets: tuple[SecretStr, ...] = ()

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """The passwords of the proxies in use."""
        return self._proxy_secrets

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to its host."""
        origin = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        route = self._routes.get(origin)
        if route is None:
            with self._lock:
                route = self._routes.get(origin) or self._routes.setdefault(origin, self._make_route(request.url, origin))
        return route.handle_request(request)

    def _make_route(self, url: httpx.URL, origin: str) -> httpx.HTTPTransport:
        if self._closed:
            raise InputError("this connection is closed.", field="client", fix="Connect again.")
        read_endpoint(origin)  # refuses plain http to other machines, even if the settings were not made by read_settings
        chosen = choose_proxy(url.scheme, url.host, url.port, os.environ)
        try:
            proxy = httpx.Proxy(chosen.address) if chosen else None
            if proxy is not None and proxy.raw_auth is not None:
                self._proxy_secrets += (SecretStr(proxy.raw_auth[1].decode("utf-8", "replace")),)
            context = self._tls.context(url.scheme)
            route = httpx.HTTPTransport(verify=context, trust_env=False, limits=self._limits, proxy=proxy)
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise _unusable_proxy(chosen.variable if chosen else "HTTPS_PROXY", error) from None
        # httpx has no public parameter for httpcore's network_backend. A test fails when httpx moves this attribute.
        backend = DeadlineBackend(self._patience_s, self._attempt, is_secure=url.scheme == "https")
        route._pool._network_backend = backend  # noqa: SLF001
        return route

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for route in self._routes.values():
                route.close()
            self._routes.clear()
            self._closed = True


def _unusable_proxy(variable: str, error: Exception) -> InputError:
    # The address is not shown: it may hold a password.
    if isinstance(error, ImportError):
        return InputError(
            "names a SOCKS proxy, and the package for that is not installed.",
            field=variable,
            fix="python -m pip install 'httpx[socks]', name an HTTP proxy, or exempt the host with NO_PROXY.",
        )
    return InputError(
        "cannot be used as a proxy.",
        field=variable,
        fix="Write it as http://proxy.example:3128 or socks5://proxy.example:1080, or exempt the host with NO_PROXY.",
    )


def stack_reads(
    network: Network, auth: Auth, throttle: Throttle, *, sleep: _Sleep, read_only: bool
) -> tuple[httpx.BaseTransport, httpx.BaseTransport]:
    """Return the stack for authenticated reads, and its lower part, which has no credentials."""
    plain = stack_login(network)
    stack = RetryReads(RateLimited(Authenticated(plain, auth), throttle), sleep=sleep)
    return (ReadOnly(stack) if read_only else stack), plain


def stack_login(network: Network) -> httpx.BaseTransport:
    """Return the stack without credentials, as a login needs it."""
    return Logged(Bounded(network))


def stack_once(network: Network, auth: Auth, *, read_only: bool) -> httpx.BaseTransport:
    """Return the stack for a request that is sent once: no retry, no queue, nothing that could send it again."""
    stack = Authenticated(stack_login(network), auth)
    return ReadOnly(stack) if read_only else stack
