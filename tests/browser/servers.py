"""JupyterLab, Notebook and Voila as processes of their own on loopback.

A server has a folder for notebooks, a token, and settings apart from those of the person at this machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from ddmkit.notebook_templates import find_templates
from tests import forked, plain_http
from tests.browser.kernels import Kernel
from tests.ports import free_port

__all__ = ["NotebookServer", "serve_notebooks", "until"]

T = TypeVar("T")
TOKEN = "a-token-of-the-tests"
WAIT_S = 60.0
# The page's own commands are called to run cells: its menus are not what is tested here.
_JUPYTER = ("--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.allow_root=True", f"--IdentityProvider.token={TOKEN}")
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "lab": ("jupyterlab", *_JUPYTER, "--ServerApp.port={port}", "--LabApp.expose_app_in_browser=True"),
    "notebook": ("notebook", *_JUPYTER, "--ServerApp.port={port}", "--JupyterNotebookApp.expose_app_in_browser=True"),
    "voila": (
        "voila",
        ".",
        "--no-browser",
        "--Voila.ip=127.0.0.1",
        "--port={port}",
        f"--token={TOKEN}",
        "--Voila.connection_dir_root={runtime}",
    ),
}
_ADDRESSES = {"lab": "doc/tree/{name}", "notebook": "notebooks/{name}", "voila": "voila/render/{name}"}
_WARM = ("tests.browser.warm_server",)
_SHARED = find_templates() / "jupyter"
# What JupyterLab does when a page opens or its theme changes, and no test needs: each takes a part of a second, or more.
_PAGE = {
    "buildAvailable": False,
    "buildCheck": False,
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:splash": True,
        "@jupyterlab/debugger-extension": True,
        "@jupyterlab/extensionmanager-extension": True,
        "@jupyterlab/notebook-extension:export": True,
        "@jupyterlab/terminal-extension": True,
    },
}
_SETTINGS = {"notification": {"fetchNews": "false", "checkForUpdates": False}}


def until(look: Callable[[], T], what: str, wait_s: float = WAIT_S) -> T:
    """Return what ``look`` gives once that is true; ask again and again until then."""
    deadline = time.monotonic() + wait_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {wait_s:g} s")
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class NotebookServer:
    """A running server: where its notebooks lie, and how to open them."""

    kind: str
    url: str
    folder: Path
    runtime: Path

    def address(self, name: str, **query: str) -> str:
        """Return the address of a notebook in its folder, with the token."""
        asked = "&".join(f"{key}={quote(value)}" for key, value in {"token": TOKEN, **query}.items())
        return f"{self.url}/{_ADDRESSES[self.kind].format(name=quote(name))}?{asked}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the server's own API."""
        answer = plain_http.request(
            method, f"{self.url}/api/{path}", json=body, headers={"Authorization": f"token {TOKEN}"}, timeout=WAIT_S
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def start_kernel(self) -> str:
        """Start a kernel that no notebook uses yet, and give its id."""
        return str(self.call("POST", "kernels", {"name": "python3"})["id"])

    def attach(self, name: str, kernel_id: str) -> None:
        """Have a notebook use a kernel that runs already."""
        body = {"path": name, "name": name, "type": "notebook", "kernel": {"id": kernel_id}}
        self.call("POST", "sessions", body)

    def restart_kernel(self, kernel_id: str) -> None:
        """Restart a kernel, as the button of the page does."""
        self.call("POST", f"kernels/{kernel_id}/restart")

    def end_kernel(self, kernel_id: str) -> None:
        """End a kernel."""
        self.call("DELETE", f"kernels/{kernel_id}")

    def newest_kernel(self) -> str:
        """Return the id of the kernel that was started last."""
        files = until(lambda: list(self.runtime.rglob("kernel-*.json")), "a kernel")
        return max(files, key=lambda one: one.stat().st_mtime_ns).stem.removeprefix("kernel-")

    def talk_to(self, kernel_id: str) -> Kernel:
        """Talk to a kernel beside the page."""
        found = until(lambda: list(self.runtime.rglob(f"kernel-{kernel_id}.json")), f"the kernel {kernel_id}")
        return Kernel(found[0])


@contextmanager
def serve_notebooks(kind: str, home: Path, *options: str, warm: bool = False) -> Iterator[NotebookServer]:
    """Run a server (``lab``, ``notebook``, ``voila``) over a folder of its own below ``home`` until the block ends.

    ``warm`` kernels begin in milliseconds, with all imports done.
    """
    folder, runtime, config = home / "notebooks", home / "runtime", home / "config"
    settings = config / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    for one in (folder, runtime, settings, home / "data", home / "ipython"):
        one.mkdir(parents=True)
    for name, said in _SETTINGS.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(said), "utf-8")
    (config / "labconfig").mkdir()
    (config / "labconfig" / "page_config.json").write_text(json.dumps(_PAGE), "utf-8")
    places = {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_PATH": str(_SHARED),
        "IPYTHONDIR": str(home / "ipython"),
    }
    port = free_port()
    command = [*_WARM[:warm], *(one.format(port=port, runtime=runtime) for one in _COMMANDS[kind])]
    log = home / "server.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *options],
            cwd=folder,
            env=_without_settings(os.environ) | places | _importable(*_WARM[:warm]),
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        server = NotebookServer(kind, f"http://127.0.0.1:{port}", folder, runtime)
        until(lambda: _answers(process, server.url, log), f"an answer of the server; its log is {log}")
        yield server
    finally:
        _end(process)


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(("DDMKIT_", "JUPYTER_"))}


def _importable(*modules: str) -> dict[str, str]:
    return (
        {"PYTHONPATH": os.pathsep.join([str(forked.TOP), *filter(None, [os.environ.get("PYTHONPATH")])])} if modules else {}
    )


def _answers(process: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"The server ended with code {process.returncode}:\n{log.read_text()[-3000:]}")
    try:
        return plain_http.get(f"{url}/?token={TOKEN}", timeout=5).status_code < 400
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
