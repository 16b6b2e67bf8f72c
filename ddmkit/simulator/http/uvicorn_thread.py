"""Runs uvicorn in a thread on a loopback port; the application can break connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["WebServer"]

CLOSE_TIMEOUT_S = 5.0
ACCEPT_RETRY_S = 0.2
LOG_EVERY_S = 60.0
_LOG = logging.getLogger(__name__)


class _TransportProtocol(H11Protocol):
    """HTTP protocol that passes the transport of a connection to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # A response is several small writes. Without TCP_NODELAY each write waits 40 ms for the acknowledgement of the last.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        application = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            await application({**scope, "simulator.transport": transport}, receive, send)

        self.app = with_transport


class _Server(uvicorn.Server):
    """A uvicorn server that another thread can wait for and stop immediately; uvicorn itself polls every 100 ms.

    The class accepts connections itself. asyncio's own server retries in a tight loop, with a traceback each time, when the
    process has no free file descriptors.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._listeners: list[socket.socket] = []
        self._connecting: set[asyncio.Task[Any]] = set()
        self._no_log_until = 0.0
        self.ready = threading.Event()
        self._stop_event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Stop the server from another thread; without a loop it has not started or has already ended."""
        self.should_exit = True
        with contextlib.suppress(RuntimeError):  # the loop may close at the same time
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._stop_event.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=[])
        self._listeners = list(sockets or [])
        for listener in self._listeners:
            listener.setblocking(False)
            self._listen(listener, self._loop)
        self.ready.set()

    def _listen(self, listener: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        if not self.should_exit:
            loop.add_reader(listener, self._accept, listener, loop)

    def _accept(self, listener: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        """Accept one connection. Between accepting and serving nothing can be cancelled, or nobody would close it."""
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as problem:
            self._log_accept_error(problem, loop.time())
            loop.remove_reader(listener)
            loop.call_later(ACCEPT_RETRY_S, self._listen, listener, loop)
            return
        connection.setblocking(False)
        connecting = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
        self._connecting.add(connecting)
        connecting.add_done_callback(self._connecting.discard)

    def _protocol(self) -> asyncio.Protocol:
        return _TransportProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def _log_accept_error(self, problem: OSError, now: float) -> None:
        if now < self._no_log_until:
            return
        self._no_log_until = now + LOG_EVERY_S
        _LOG.warning(
            "The simulator cannot accept another connection: %s. Clients wait; the simulator retries every %s s. "
            "Close connections, or raise the limit on open files (ulimit -n).",
            problem.strerror or problem,
            ACCEPT_RETRY_S,
        )

    async def main_loop(self) -> None:
        await self._stop_event.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
        await asyncio.gather(*self._connecting, return_exceptions=True)
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Closed transports finish within the next iterations of the loop.
        for _ in range(5):
            await asyncio.sleep(0)


class WebServer:
    """Serves an ASGI application on ports of 127.0.0.1 from its construction until `close()`.

    One thread and one event loop serve all ports. The application tells them apart by the port in `scope["server"]`.
    """

    def __init__(self, application: Any, *ports: int) -> None:
        self._sockets: list[socket.socket] = []
        try:
            for port in ports:
                self._sockets.append(socket.create_server(("127.0.0.1", port), backlog=512))
        except OSError:
            self._close_sockets()
            raise
        self.ports: tuple[int, ...] = tuple(one.getsockname()[1] for one in self._sockets)
        self.port = self.ports[0]
        config = uvicorn.Config(
            application,
            http=_TransportProtocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level=logging.CRITICAL,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=0,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name="ddmkit-simulator", daemon=True)
        self._thread.start()
        self._server.ready.wait(CLOSE_TIMEOUT_S)

    def close(self) -> None:
        """Stop listening, close open connections and wait for the thread."""
        self._server.stop()
        self._thread.join(CLOSE_TIMEOUT_S)
        self._close_sockets()

    def _close_sockets(self) -> None:
        for one in self._sockets:
            one.close()

    def _run(self) -> None:
        # The usual loop of Windows cannot tell when a listening socket is ready.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._server.serve(sockets=self._sockets))
