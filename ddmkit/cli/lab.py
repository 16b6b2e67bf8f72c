"""Serves the notebooks on this machine until Ctrl-C: JupyterLab for all of them, or Voila for the guided one as an app.

``lab_server`` and ``app_server`` describe the server to start. ``serve`` starts it, reports its address when it answers, and
stops it with its kernels. A server listens only on loopback and requires a token. The token is new for each server and is
passed in the environment, because other users can see command lines.

Jupyter's runtime files are not used: Voila writes none, so they could not replace the check that the server is ours.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from ddmkit.errors import DDMKitError, InputError
from ddmkit.notebook_templates import can_encrypt_kernels, find_templates, require_lab
from ddmkit.records.files.export import write_whole

__all__ = ["GUIDED", "LabServer", "app_server", "find_port", "lab_server", "new_world", "serve"]

GUIDED = "00_guided_restore.ipynb"

_EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 10
_POLL_S = 0.1


@dataclass(frozen=True)
class LabServer:
    """A server to start: its command, its folder, the variables added to its environment, and the path of its first page."""

    name: str
    command: tuple[str, ...]
    folder: Path
    port: int
    page: str
    token: str = field(repr=False)
    added: Mapping[str, str] = field(repr=False)

    @property
    def host(self) -> str:
        """Address without page and token."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Address to open; it holds the token, so whoever has it can use the server."""
        return f"{self.host}{self.page}?token={self.token}"


def lab_server(folder: Path, *, port: int, world: Path) -> LabServer:
    """Return a JupyterLab server for the notebooks of a folder; the server opens the guided one.

    All notebooks share the simulated ``world``, so one sees what another has done. Raises ``InputError`` when JupyterLab is
    not installed.
    """
    require_lab("jupyterlab")
    options = (
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        # These override a user's configuration, which could move the page or listen on a network.
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.base_url=/",
        "--ServerApp.open_browser=False",
        "--Application.log_level=WARN",
        f"--LabApp.default_url=/lab/tree/{GUIDED}",
        # Jupyter refuses to run as root by default; on loopback and with a token it may.
        *(("--ServerApp.allow_root=True",) if _is_root() else ()),
        *_kernel_options(),
    )
    command = (sys.executable, "-m", "jupyterlab", *options)
    # The folder turns off Jupyter's question about news, which would also ask another host.
    added = _with_our_folder("JUPYTER_CONFIG_PATH")
    return _server("JupyterLab", command, folder, port, f"/lab/tree/{GUIDED}", world, added)


def app_server(folder: Path, *, port: int, world: Path) -> LabServer:
    """Return a Voila server that shows the guided notebook of a folder as an app: the form without code.

    Raises ``InputError`` when Voila is not installed.
    """
    require_lab("voila")
    options = (
        f"--Voila.port={port}",
        "--Voila.port_retries=0",
        "--Voila.ip=127.0.0.1",
        "--Voila.base_url=/",
        "--Voila.open_browser=False",
        "--Voila.log_level=ERROR",
        "--Voila.auto_token=True",
        # Voila's own templates load style sheets from another host. Ours does not, and no URL may select another template.
        "--VoilaConfiguration.template=ddmkit",
        "--VoilaConfiguration.allow_template_override=NO",
        # Extensions that a site has added to its Jupyter stay out of the app.
        *(f"--VoilaConfiguration.extension_allowlist={name}" for name in _EXTENSIONS),
        # Our errors say what to do; without this Voila would hide them.
        "--VoilaConfiguration.show_tracebacks=True",
        *_kernel_options(),
    )
    command = (sys.executable, "-m", "voila", GUIDED, *options)
    return _server("The app", command, folder, port, "/", world, _with_our_folder("JUPYTER_PATH"))


def _kernel_options() -> tuple[str, ...]:
    """Encrypt the traffic with kernels, so that other users of this machine cannot read it and no warning is printed."""
    return ("--KernelManager.transport_encryption=auto",) if can_encrypt_kernels() else ()


def _with_our_folder(name: str) -> dict[str, str]:
    """Put the templates' Jupyter folder in front of the folders in an environment variable."""
    before = os.environ.get(name)
    folder = str(find_templates() / "jupyter")
    return {name: os.pathsep.join([folder, before]) if before else folder}


def _server(
    name: str, command: tuple[str, ...], folder: Path, port: int, page: str, world: Path, added: Mapping[str, str]
) -> LabServer:
    token = secrets.token_hex(24)
    added = {**added, "JUPYTER_TOKEN": token, "DDMKIT_DEMO_WORLD": str(world.resolve())}
    return LabServer(name=name, command=command, folder=folder, port=port, page=page, token=token, added=added)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def new_world(folder: Path, now: datetime) -> Path:
    """Return the path of a new simulated world below the notebooks, named by its time; its records lie beside it."""
    return folder / "simulator" / f"{now:%Y%m%d-%H%M%S}" / "world.sqlite"


def find_port(wanted: int = 0) -> int:
    """Return the wanted loopback port, or a free one; raise ``InputError`` when the wanted port is taken.

    The system chooses the free port: two servers that start together would find the same first free port of a range.
    """
    with socket.socket() as opened:
        if os.name == "posix":  # on Windows this option would bind a port that is in use
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind(("127.0.0.1", wanted))
        except OSError as error:
            if not wanted:
                raise DDMKitError(
                    "This machine has no free port on 127.0.0.1. Stop another server, and try again."
                ) from error
            fix = "Name another port, or leave it out: a free port is chosen."
            raise InputError(f"port {wanted} is taken.", field="--port", fix=fix) from error
        return int(opened.getsockname()[1])


def serve(server: LabServer, *, browser: bool, say: Callable[[str], None]) -> None:
    """Run a server until it ends or a signal arrives; pass its address to ``say`` as soon as the server answers.

    Raises ``DDMKitError`` when the server does not answer within a minute, or fails by itself.
    """
    opening = _opening_page(server)
    with _collect_signals() as signals:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter, our own arguments
            server.command,
            cwd=server.folder,
            env={**os.environ, **server.added},
            stdin=subprocess.DEVNULL,
            # Ctrl-C then reaches only this process, which stops the server with its kernels and without a question.
            start_new_session=True,
        )
        try:
            if _wait_until_ready(server, process, signals):
                say(f"{server.name}: {server.address}")
                if browser:
                    _open_browser(opening, server.address)
                while process.poll() is None and not signals:
                    time.sleep(_POLL_S)
        finally:
            _stop(process, signals)
            opening.unlink(missing_ok=True)
    if not signals and process.returncode:
        raise DDMKitError(f"{server.name} ended by itself with code {process.returncode}. Its messages are above.")


@contextmanager
def _collect_signals() -> Iterator[list[int]]:
    """Collect the signals to end in a list; restore the previous handlers afterwards."""
    signals: list[int] = []
    wanted = [signal.SIGINT, signal.SIGTERM]
    # Closing the terminal stops the server too, unless the command was started with nohup.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, lambda got, _frame: signals.append(got)) for number in wanted}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_until_ready(server: LabServer, process: subprocess.Popen[bytes], signals: list[int]) -> bool:
    """Wait until the server answers; return false when it ends before, or a signal arrives."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while process.poll() is None and not signals:
        with suppress(OSError, HTTPException):  # the server does not listen yet
            if _is_ours(server):
                return process.poll() is None
        if time.monotonic() > deadline:
            raise DDMKitError(f"{server.name} did not answer within {_START_TIMEOUT_S} seconds, and was stopped.")
        time.sleep(_POLL_S)
    return False


def _is_ours(server: LabServer) -> bool:
    """Return whether our server listens on the port; another program may have taken the port a moment before.

    Our server refuses a wrong token. The real token is sent only after that refusal, so that another program never gets it.
    """
    return not _accepts(server.port, secrets.token_hex(24)) and _accepts(server.port, server.token)


def _accepts(port: int, token: str) -> bool:
    """Return whether the login page accepts a token: the page redirects with a right token (302) and is shown otherwise.

    Runs no notebook. Raises ``OSError`` or ``HTTPException`` when nothing answers.
    """
    with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        connection.request("GET", "/login", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == HTTPStatus.FOUND


def _stop(process: subprocess.Popen[bytes], signals: list[int]) -> None:
    """Stop a server with its kernels if it still runs; kill it after ten seconds or a second signal."""
    if process.poll() is None:
        process.terminate()
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while process.poll() is None:
        if len(signals) > 1 or time.monotonic() > deadline:
            process.kill()
            process.wait()
        time.sleep(_POLL_S)


def _open_browser(page: Path, address: str) -> None:
    """Open an address through a private file: other users could see the token on a browser's command line."""
    refresh = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={address}"><title>ddmkit</title>'
    )
    write_whole(page, refresh, "page that opens the browser")
    # In a thread: a terminal browser would block, and Ctrl-C with it.
    threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()


def _opening_page(server: LabServer) -> Path:
    """Return the path of that file, in Jupyter's runtime folder: some browsers cannot read temporary folders."""
    from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415  # comes with the extra

    folder = Path(jupyter_runtime_dir())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"ddmkit-{server.port}.html"
