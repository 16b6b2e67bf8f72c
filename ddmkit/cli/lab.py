"""The notebooks served on this machine until Ctrl-C: JupyterLab on all of them, or the guided one as an app.

Plain functions decide what to start; ``serve`` starts it, says where it is when it answers, and ends it with its kernels. A
server listens on loopback alone and asks for a token, new each time, which never stands on a command line that others see.
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path

from ddmkit.errors import DDMKitError, InputError
from ddmkit.notebook_templates import can_encrypt_kernels, find_templates
from ddmkit.records.files.export import write_whole

__all__ = ["GUIDED", "LabServer", "app_server", "find_port", "lab_server", "new_world", "serve"]

GUIDED = "00_guided_restore.ipynb"

_EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
_START_S = 60
_END_S = 10
_LOOK_S = 0.1


@dataclass(frozen=True)
class LabServer:
    """A server to start: its command, where it runs, what it adds to the environment, and the address of its first page."""

    name: str
    command: tuple[str, ...]
    folder: Path
    port: int
    page: str
    token: str = field(repr=False)
    added: Mapping[str, str] = field(repr=False)

    @property
    def host(self) -> str:
        """Return the address without page and token."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Return the address to open; whoever has it can use the server."""
        return f"{self.host}{self.page}?token={self.token}"


def lab_server(folder: Path, *, port: int, world: Path) -> LabServer:
    """Return the server that opens JupyterLab on the notebooks of a folder, the guided one first.

    Their simulator plays in ``world``, one for all of them, so that a notebook sees what another has done. Raises
    ``InputError`` when JupyterLab is not installed.
    """
    _require("jupyterlab")
    options = (
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        # What a person's own configuration says otherwise would put the page elsewhere, or on a network.
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.base_url=/",
        "--ServerApp.open_browser=False",
        "--Application.log_level=WARN",
        f"--LabApp.default_url=/lab/tree/{GUIDED}",
        # It refuses to run as root by default; on loopback and behind a token it may.
        *(("--ServerApp.allow_root=True",) if _is_root() else ()),
        *_kernel_options(),
    )
    command = (sys.executable, "-m", "jupyterlab", *options)
    # No question about Jupyter's news: it is the last thing to read at night, and some sites have no way out.
    added = _with_our_folder("JUPYTER_CONFIG_PATH")
    return _server("JupyterLab", command, folder, port, f"/lab/tree/{GUIDED}", world, added)


def app_server(folder: Path, *, port: int, world: Path) -> LabServer:
    """Return the server that shows the guided notebook of a folder as an app: the form, and no code.

    Raises ``InputError`` when Voila is not installed.
    """
    _require("voila")
    options = (
        f"--Voila.port={port}",
        "--Voila.port_retries=0",
        "--Voila.ip=127.0.0.1",
        "--Voila.base_url=/",
        "--Voila.open_browser=False",
        "--Voila.log_level=ERROR",
        "--Voila.auto_token=True",
        # Voila's own pages load style sheets from another host; ours do not, and no address may ask for the others.
        "--VoilaConfiguration.template=ddmkit",
        "--VoilaConfiguration.allow_template_override=NO",
        # What a site has added to its Jupyter has no part in the app.
        *(f"--VoilaConfiguration.extension_allowlist={name}" for name in _EXTENSIONS),
        # An error of ours is a sentence that says what to do; without this it would be hidden.
        "--VoilaConfiguration.show_tracebacks=True",
        *_kernel_options(),
    )
    command = (sys.executable, "-m", "voila", GUIDED, *options)
    return _server("The app", command, folder, port, "/", world, _with_our_folder("JUPYTER_PATH"))


def _kernel_options() -> tuple[str, ...]:
    """Keep what a kernel shows from others on this machine, and its warning about that from the terminal."""
    return ("--KernelManager.transport_encryption=auto",) if can_encrypt_kernels() else ()


def _with_our_folder(name: str) -> dict[str, str]:
    """Let Jupyter look in the folder that comes with the templates, before those that the environment names."""
    before = os.environ.get(name)
    folder = str(find_templates() / "jupyter")
    return {name: os.pathsep.join([folder, before]) if before else folder}


def _server(
    name: str, command: tuple[str, ...], folder: Path, port: int, page: str, world: Path, added: Mapping[str, str]
) -> LabServer:
    token = secrets.token_hex(24)
    added = {**added, "JUPYTER_TOKEN": token, "DDMKIT_DEMO_WORLD": str(world.resolve())}
    return LabServer(name=name, command=command, folder=folder, port=port, page=page, token=token, added=added)


def _require(module: str) -> None:
    if find_spec(module) is None:
        raise InputError(
            f"this needs {module}, which is not installed.", field="ddmkit", fix="python -m pip install 'ddmkit[lab]'"
        )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def new_world(folder: Path, now: datetime) -> Path:
    """Return the place of a new simulator world below the notebooks, by the time it is made; its records lie beside it."""
    return folder / "simulator" / f"{now:%Y%m%d-%H%M%S}" / "world.sqlite"


def find_port(wanted: int = 0) -> int:
    """Return the loopback port that is wanted, or a free one; raise ``InputError`` when it is taken.

    Not the first free one of a few: two servers that start at once would both find that, and one would end.
    """
    if wanted:
        if _take(wanted) is None:
            raise InputError(f"port {wanted} is taken.", field="--port", fix="Name another, or none: a free one is found.")
        return wanted
    found = _take(0)
    if found is None:
        raise DDMKitError("This machine has no free port on 127.0.0.1. End another server, and try again.")
    return found


def _take(port: int) -> int | None:
    with socket.socket() as opened:
        if os.name == "posix":  # elsewhere this would take a port that is in use
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind(("127.0.0.1", port))
        except OSError:
            return None
        return int(opened.getsockname()[1])


def serve(server: LabServer, *, browser: bool, say: Callable[[str], None]) -> None:
    """Run a server until it ends or a signal asks for it; ``say`` is handed its address as soon as it answers.

    Raises ``DDMKitError`` when it does not come up, or ends by itself with a failure.
    """
    opening = _opening_page(server)
    with _signals() as asked:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter, our own arguments
            server.command,
            cwd=server.folder,
            env={**os.environ, **server.added},
            stdin=subprocess.DEVNULL,
            # Ctrl-C in the terminal is for us: we end the server in the way that takes its kernels along, and asks nothing.
            start_new_session=True,
        )
        try:
            if _await_answer(server, process, asked):
                say(f"{server.name}: {server.address}")
                if browser:
                    _open_browser(opening, server.address)
                _await_end(process, asked)
        finally:
            _end(process, asked)
            opening.unlink(missing_ok=True)
    if not asked and process.returncode:
        raise DDMKitError(f"{server.name} ended by itself with code {process.returncode}. Its messages stand above.")


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Return a list that grows with each signal to end; what was in force before is in force again after."""
    asked: list[int] = []
    wanted = [signal.SIGINT, signal.SIGTERM]
    # A terminal that is closed ends the server too, unless the command was started to outlive it (nohup).
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, lambda got, _frame: asked.append(got)) for number in wanted}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _await_answer(server: LabServer, process: subprocess.Popen[bytes], asked: list[int]) -> bool:
    """Describe whether the server answers; raise ``DDMKitError`` when it has not within a minute."""
    deadline = time.monotonic() + _START_S
    while process.poll() is None and not asked:
        with suppress(OSError, HTTPException):  # it does not listen yet
            if _lets_in(server):
                return process.poll() is None
        if time.monotonic() > deadline:
            raise DDMKitError(f"{server.name} did not answer within {_START_S} seconds, and was ended.")
        time.sleep(_LOOK_S)
    return False


def _lets_in(server: LabServer) -> bool:
    """Describe whether what listens on the port is our server; another program may have taken the port a moment before.

    Ours refuses a wrong token. Only what has done so is sent the real one: a stranger must not learn it.
    """
    return not _accepts(server.port, secrets.token_hex(24)) and _accepts(server.port, server.token)


def _accepts(port: int, token: str) -> bool:
    """Describe whether a token opens the page that asks for one: whoever brings it is sent on (302), everybody else is shown it.

    No notebook runs. Raises ``OSError`` or ``HTTPException`` when there is no answer to tell by.
    """
    asked = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        asked.request("GET", "/login", headers={"Authorization": f"token {token}"})
        return asked.getresponse().status == HTTPStatus.FOUND
    finally:
        asked.close()


def _await_end(process: subprocess.Popen[bytes], asked: list[int]) -> None:
    while process.poll() is None and not asked:
        time.sleep(_LOOK_S)


def _end(process: subprocess.Popen[bytes], asked: list[int]) -> None:
    """End a server that still runs, with its kernels; a second signal, or ten seconds, end it at once."""
    if process.poll() is None:
        process.terminate()
    deadline = time.monotonic() + _END_S
    while process.poll() is None:
        if len(asked) > 1 or time.monotonic() > deadline:
            process.kill()
            process.wait()
        time.sleep(_LOOK_S)


def _open_browser(page: Path, address: str) -> None:
    """Open an address through a private file: a browser's command line, with the token, could be seen by others."""
    refresh = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={address}"><title>ddmkit</title>'
    )
    write_whole(page, refresh, "page that opens the browser")
    # A browser of the terminal would hold us up, and Ctrl-C with it.
    threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()


def _opening_page(server: LabServer) -> Path:
    """Return the place of that file: where Jupyter has its own, since some browsers may not read temporary folders."""
    from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415  # comes with the extra

    folder = Path(jupyter_runtime_dir())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"ddmkit-{server.port}.html"
