"""The lower half of the client: sends calls, reads answers, notes each read, and runs reads in parallel.

``client.py`` knows which calls exist; this module knows how to send them. Every error that leaves this module is free of
known secrets and of frames of the HTTP library, because the variables of those frames hold headers.
"""

from __future__ import annotations

import contextvars
import logging
import math
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Never, Self, TypeVar, cast

import httpx
from pydantic import SecretStr

from ddmkit.config.credentials import PasswordCredentials, TokenCredentials
from ddmkit.config.endpoints import is_loopback, is_plain_segment
from ddmkit.config.settings import Settings
from ddmkit.errors import AuthError, DDMKitError, InputError, UnreachableError
from ddmkit.secrecy.redaction import hide_secrets, quote_text, scrub_answer, scrub_error, scrub_text, silence_header_logs
from ddmkit.service import protocol
from ddmkit.service.auth import LOGIN, Auth, TokenAuth, make_auth
from ddmkit.service.calls import Answer, Call, ReadNote, read_answer
from ddmkit.service.deadline import count_seconds
from ddmkit.service.headers import read_date, read_request_id
from ddmkit.service.lists.paging import Fetched
from ddmkit.service.network_errors import describe_failure
from ddmkit.service.proxies import choose_proxy
from ddmkit.service.rate_limit import Throttle, Workers, is_cancelled
from ddmkit.service.transport import Network, RetryReads, Tls, run_flow, stack_reads
from ddmkit.times import parse_service_time

__all__ = ["Connection"]

T = TypeVar("T")
C = TypeVar("C", bound="Connection")

_LOGGER = logging.getLogger("ddmkit.service")
_AHEAD = timedelta(minutes=1)
_STANDS_APART = timedelta(seconds=5)


# Worker threads copy the caller's context, so that each list gets the reads of its own block only.
_COLLECTING: contextvars.ContextVar[tuple[list[ReadNote], ...]] = contextvars.ContextVar("ddmkit_reads", default=())


class Connection:
    """Sends calls to one service with one set of credentials."""

    def __init__(
        self,
        settings: Settings,
        *,
        concurrency: int = 8,
        timeout_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        counter: Callable[[], float] = count_seconds,
        read_only: bool = False,
        beside: Connection | None = None,
    ) -> None:
        _require_seconds(timeout_s)
        silence_header_logs()
        self.settings = settings
        self._beside = beside
        self._options: dict[str, Any] = {
            "concurrency": concurrency,
            "timeout_s": timeout_s,
            "sleep": sleep,
            "clock": clock,
            "counter": counter,
            "read_only": read_only,
        }
        self.last_skew: timedelta | None = None
        self.is_refused = False
        """Whether the newest answer rejected the credentials."""
        self._clock = clock
        self._counter = counter
        self._answered: tuple[datetime, float] | None = None
        self._read_only = read_only
        self._timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0)).as_dict()
        # Connections to several services of one cloud share the token, its renewal, and the look-up of the project.
        self._auth: Auth = make_auth(settings, clock) if beside is None else beside._auth  # noqa: SLF001  # its own class
        self._tls: Tls = Tls(settings.ca_bundle) if beside is None else beside._tls  # noqa: SLF001
        self._network = Network(self._tls, connections=concurrency + 2)  # two more for logins and probes
        self._throttle = Throttle(concurrency)
        self._workers = Workers(concurrency)
        self._reads, self._plain = stack_reads(self._network, self._auth, self._throttle, sleep=sleep, read_only=read_only)
        self._open_reads = RetryReads(self._plain, sleep=sleep)
        # A cache of parsed first pages: the candidates are listed for each data node, and the answers are usually equal.
        self._last_pages: dict[str, tuple[bytes, Fetched[Any]]] = {}
        self._notes: deque[ReadNote] = deque(maxlen=1000)
        self._reading = threading.Lock()
        self._project_lock = threading.Lock()
        self._project_id = settings.project_id
        self._world_id = ""
        self._world_now: datetime | None = None
        self._world_seen: datetime | None = None
        self._trusts_world = is_loopback(settings.identity_host)
        # Releases sockets and threads of a client that is garbage-collected without being closed. The collector runs in the
        # middle of any code of any thread, which may hold a lock that an ending thread needs: so this waits for no thread.
        self._finalizer = weakref.finalize(self, _release, self._workers, self._network)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(endpoint={self.settings.endpoint!r}, project_id={self._project_id!r})"

    def __reduce_ex__(self, protocol_version: object) -> Never:
        raise TypeError("A client holds secrets and connections; it cannot be pickled or copied.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def make_companion(self, kind: type[C], endpoint: str) -> C:
        """Return a client of another service of the same cloud, with this connection's options, credentials and project."""
        return kind(replace(self.settings, endpoint=endpoint), **self._options, beside=self)

    def know_clock_of(self, other: Connection) -> None:
        """Take over what another connection to the same service has learnt of the service's clock."""
        self.last_skew, self._answered = other.last_skew, other._answered  # its own class
        self._world_now, self._world_seen = other._world_now, other._world_seen

    def close(self) -> None:
        """Close connections and end threads; jobs in the cloud continue."""
        if self._finalizer.detach() is not None:
            self._workers.close()
            self._network.close()

    @property
    def reads(self) -> list[ReadNote]:
        """The newest reads (up to 1,000), oldest first."""
        return list(self._notes)

    @contextmanager
    def collect_reads(self) -> Iterator[list[ReadNote]]:
        """Return a list to which every read within the block is added when the read ends."""
        collected: list[ReadNote] = []
        token = _COLLECTING.set((*_COLLECTING.get(), collected))
        try:
            yield collected
        finally:
            _COLLECTING.reset(token)

    def _note(
        self, call: Call, rows: int, request_ids: Sequence[str], remark: str = "", *, is_expected: bool = False
    ) -> None:
        if remark and not is_expected:
            _LOGGER.warning("%s: %s", call.title, remark)
        note = ReadNote(call.name, rows, len(request_ids), tuple(request_ids), call.audit_trace, remark)
        for notes in (self._notes, *_COLLECTING.get()):
            notes.append(note)

    @property
    def throttled(self) -> int:
        """How often the service has asked this connection for fewer requests (429)."""
        return self._throttle.refusals

    @property
    def project_id(self) -> str:
        """The project id, or empty text while it is unknown; ``find_project_id`` looks it up."""
        return self._project_id

    @property
    def world_id(self) -> str:
        """The id of the simulator's world, from the newest answer; empty on a cloud and before the first answer."""
        return self._world_id

    def known_secrets(self) -> tuple[SecretStr, ...]:
        """Return all secrets of this connection: settings, obtained tokens and proxy passwords."""
        return (*self.settings.secrets, *self._auth.secrets, *self._network.secrets)

    def renew_token(self, credentials: TokenCredentials) -> None:
        """Replace the token; raise ``InputError`` if the credentials are not a token."""
        if not isinstance(self._auth, TokenAuth):
            raise InputError(
                "this connection has no token that could be replaced.",
                field="token",
                fix="Connect again with the new credentials.",
            )
        self._auth.replace(credentials)
        self.is_refused = False

    def service_now(self) -> datetime:
        """Return the present by the clock that dates jobs: the service's clock, or the clock of a simulator's world.

        A change of this machine's clock since the newest answer has no effect.
        """
        ours = self._clock() - self._clock_was_set_by()
        if self._world_now is None or self._world_seen is None:
            return ours + (self.last_skew or timedelta(0))
        # A world's clock either follows this machine's or stands still; the newest answer has the time of the latter.
        return self._world_now if abs(self._world_now - self._world_seen) > _STANDS_APART else ours

    def _clock_was_set_by(self) -> timedelta:
        """Return by how much this machine's clock was set since the newest answer; zero for usual drift."""
        if self._answered is None:
            return timedelta(0)
        then, counted = self._answered
        moved = self._clock() - then - timedelta(seconds=self._counter() - counted)
        return moved if abs(moved) > _STANDS_APART else timedelta(0)

    def _latest_possible_now(self) -> datetime:
        """Return an instant that is later than the creation of every job, however old the newest answer is."""
        since_seen = self._clock() - self._world_seen if self._world_seen is not None else timedelta(0)
        return self.service_now() + since_seen + _AHEAD

    def find_project_id(self) -> str:
        """Return the project id from the settings or from the IAM user's token, or look it up by the region's name.

        Raises ``InputError`` when the look-up finds no project or several. Source: ddm-api.md 7.2.
        """
        with self._project_lock:
            if not self._project_id:
                found = self._look_up_project() if self._beside is None else self._beside.find_project_id()
                if not is_plain_segment(found):
                    raise InputError(
                        f"the identity service returned {quote_text(found, 60)!r}, which cannot be the id of a project.",
                        field="project_id",
                        fix="Give project_id= (console: My Credentials).",
                    )
                self._project_id = found
            return self._project_id

    def gather(self, calls: Sequence[Callable[[], T]]) -> list[T | DDMKitError]:
        """Run several reads in parallel and return their results in order; a ``DDMKitError`` takes its result's place.

        The first request of the connection is sent alone. The first answer that rejects the credentials cancels the
        requests not sent yet, and is raised. Calls may use the methods of this client, ``gather`` included.
        """
        if calls:
            self._project()
        outcomes = self._workers.run(calls, stops=_stops_gathering)
        rejected = [outcome for outcome in outcomes if isinstance(outcome, Exception) and _stops_gathering(outcome)]
        for error in sorted(rejected, key=is_cancelled):
            raise error
        return cast("list[T | DDMKitError]", outcomes)  # any other exception has been raised above

    def _project(self) -> str:
        return self._project_id or self.find_project_id()

    def _look_up_project(self) -> str:
        if isinstance(self.settings.credentials, PasswordCredentials):
            self._renew_credentials()
            if self._auth.project_id:
                return self._auth.project_id
        region = self.settings.region
        if not region or not self.settings.iam_endpoint:
            raise InputError(
                "is not given and cannot be looked up without a region and the identity service's address.",
                field="project_id",
                fix="Give project_id= (console: My Credentials), or region= and iam_endpoint=.",
            )
        call = protocol.list_projects(region)
        projects = self._ask(call, lambda answer: self._read(answer, call), self.settings.iam_endpoint).get("projects")
        rows = [row for row in projects if isinstance(row, dict)] if isinstance(projects, list) else []
        found = [row["id"] for row in rows if row.get("name") == region and isinstance(row.get("id"), str)]
        if len(found) != 1:
            count = "no project" if not found else f"{len(found)} projects ({', '.join(found[:5])})"
            raise InputError(
                f"the identity service knows {count} named {region!r}.",
                field="project_id",
                fix="Give project_id= (console: My Credentials); a region must have been entered there once.",
            )
        return str(found[0])

    def _renew_credentials(self, transport: httpx.BaseTransport | None = None) -> None:
        self._clear(lambda: run_flow(self._auth.renewal_flow(), transport or self._plain, self._timeout), LOGIN)

    def _ask(self, call: Call, read: Callable[[Answer], T], endpoint: str = "") -> T:
        def read_and_note(answer: Answer) -> T:
            found = read(answer)
            self._note(call, 1, [read_request_id(answer.headers)])
            return found

        return self._exchange(self._reads, call, read_and_note, endpoint)

    def _read(self, answer: Answer, call: Call) -> dict[str, Any]:
        return read_answer(
            answer.status,
            answer.headers,
            answer.body,
            call,
            received_at=answer.received_at,
            secrets=self.known_secrets(),
        )

    def _exchange(self, stack: httpx.BaseTransport, call: Call, read: Callable[[Answer], T], endpoint: str = "") -> T:
        """Send a call and return the result of ``read`` on its answer; errors are raised without secrets."""
        request = self._build(call, endpoint or self.settings.endpoint)
        return self._clear(lambda: read(self._take_note(stack.handle_request(request), call)), call)

    def _clear(self, act: Callable[[], T], call: Call) -> T:
        failure: DDMKitError
        try:
            return act()
        except httpx.TransportError as error:
            failure = self._describe(error, call)
        except DDMKitError as error:
            failure = error.with_traceback(None)
        except KeyboardInterrupt as pressed:
            raise pressed.with_traceback(None) from None
        scrub_error(failure, (*self.known_secrets(), *call.secrets))
        # Raised again from here: the variables of the inner frames hold headers and bodies, and some tracebacks show them.
        failure.__cause__ = failure.__context__ = None
        raise failure

    def _build(self, call: Call, endpoint: str) -> httpx.Request:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Content-Type": "application/json",
            "User-Agent": "ddmkit",
            **dict(call.headers),
        }
        if endpoint == self.settings.endpoint and call.operation not in {"KeystoneListProjects", "ListApiVersion"}:
            headers["X-Project-Id"] = self._project()
        if not call.is_read:
            headers["Connection"] = "close"
        extensions = {"timeout": self._timeout, "call": call}
        return httpx.Request(call.method, endpoint + call.target, headers=headers, content=call.body, extensions=extensions)

    def _take_note(self, response: httpx.Response, call: Call) -> Answer:
        now = self._clock()
        headers = dict(response.headers)
        self.is_refused = response.status_code == 401
        service_date = read_date(headers)
        self._answered = now, self._counter()
        if service_date is not None:
            self.last_skew = service_date - now
        if self._trusts_world and "x-simulator-world" in headers:
            self._world_id = headers["x-simulator-world"]
            self._world_now = _read_instant(headers.get("x-simulator-now", "")) or self._world_now
            self._world_seen = now
        secrets = self.known_secrets()
        cleared = {name: scrub_text(value, (*secrets, *call.secrets)) for name, value in headers.items()}
        body = hide_secrets(scrub_answer(response.content, secrets), call.secrets)
        return Answer(response.status_code, cleared, body, now)

    def _describe(self, error: httpx.TransportError, call: Call) -> UnreachableError:
        try:
            url = error.request.url  # the identity service's if a login failed
            step = error.request.extensions.get("call", call)
        except RuntimeError:
            url, step = httpx.URL(self.settings.endpoint), call
        proxy = choose_proxy(url.scheme, url.host, url.port, os.environ)
        return describe_failure(error, call, url, self.settings.region, proxy, step=step)


def _require_seconds(timeout_s: object) -> None:
    if not (isinstance(timeout_s, int | float) and 0 < timeout_s < math.inf):
        problem = f"is {timeout_s!r}, not a positive number of seconds."
        raise InputError(problem, field="timeout_s", fix="Leave it out for 30.")


def _release(workers: Workers, network: Network) -> None:
    workers.close(wait=False)
    network.close()


def _stops_gathering(error: Exception) -> bool:
    """Return whether an error cancels a batch: rejected credentials and bugs do; other refusals are results."""
    if isinstance(error, AuthError):
        return error.status in {0, 401}
    return not isinstance(error, DDMKitError)


def _read_instant(text: str) -> datetime | None:
    try:
        return parse_service_time(text)
    except ValueError:
        return None
