"""Finds and copies the notebook templates, and runs one from start to end without a browser.

A run writes the executed notebook after every cell, so that the notebook exists even when a cell fails. nbclient, papermill
and nbconvert come with the extra ``lab`` and are loaded when they are used.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ddmkit.config.paths import expand
from ddmkit.display.stylesheet import read_css
from ddmkit.errors import DDMKitError, InputError
from ddmkit.light_imports import defer_grammar
from ddmkit.records.files.export import write_whole
from ddmkit.secrecy.scan import find_secrets

__all__ = [
    "can_encrypt_kernels",
    "copy_templates",
    "find_templates",
    "read_template",
    "require_lab",
    "run_template",
    "write_report",
]

_POLL_S = 0.2
_STOP_TIMEOUT_S = 10
_LAB_MODULES = ("nbclient", "nbconvert", "papermill", "fastapi", "uvicorn")


def find_templates() -> Path:
    """Return the folder of the templates: inside an installed package, or at the top of a checkout."""
    here = Path(__file__).parent
    for folder in (here / "notebooks", here.parent / "notebooks"):
        if any(folder.glob("*.ipynb")):
            return folder
    raise DDMKitError("The notebook templates are missing from this installation. Install ddmkit again from a wheel.")


def read_template(path: Path) -> dict[str, Any]:
    """Return a template without its stored outputs, which come from another world."""
    notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def copy_templates(to: Path) -> tuple[list[Path], list[Path]]:
    """Copy every template without its outputs to a folder, never over a file; return the copied and the kept paths."""
    copied: list[Path] = []
    kept: list[Path] = []
    to = expand(to, field="DIR")
    try:
        to.mkdir(parents=True, exist_ok=True)
        for template in sorted(find_templates().glob("*.ipynb")):
            place = to / template.name
            (copied if _copy_new(template, place) else kept).append(place)
    except OSError as error:
        raise InputError(f"cannot write to {to} ({error.strerror}).", field="DIR", fix="Choose another folder.") from error
    return copied, kept


def _copy_new(template: Path, place: Path) -> bool:
    """Copy a template and return true; return false when the path exists, even as a broken link."""
    try:
        with place.open("xb") as file:
            file.write((json.dumps(read_template(template), indent=1, ensure_ascii=False) + "\n").encode())
    except FileExistsError:
        return False
    except OSError:
        place.unlink(missing_ok=True)  # the next run would keep half a notebook
        raise
    return True


def require_lab(*modules: str) -> None:
    """Raise ``InputError`` with the command that installs the extra ``lab`` when one of its modules is missing.

    Checks ``modules``; without any, those that run a notebook and the simulator.
    """
    missing = [name for name in modules or _LAB_MODULES if find_spec(name) is None]
    if missing:
        raise InputError(
            f"this needs {', '.join(missing)}, not installed here.",
            field="ddmkit",
            fix="python -m pip install 'ddmkit[lab]'",
        )


def can_encrypt_kernels() -> bool:
    """Return whether the traffic with kernels can be encrypted; otherwise other users of the machine could read it."""
    import zmq  # noqa: PLC0415  # comes with the extra
    from jupyter_client.manager import KernelManager  # noqa: PLC0415

    return "transport_encryption" in KernelManager.class_trait_names() and bool(zmq.has("curve"))


def run_template(
    name: str,
    parameters: Mapping[str, Any],
    to: Path,
    *,
    say: Callable[[str], None],
    secrets: Callable[[], Iterable[str]] = tuple,
    environment: Mapping[str, str] | None = None,
) -> Path:
    """Run a template in a kernel of its own and return the path of the executed notebook.

    Args:
        name: File name of the template.
        parameters: Values for the cell tagged ``parameters``.
        to: Path of the executed notebook; its folder is the kernel's working folder.
        say: Called with the text of every output as it appears.
        secrets: Returns the secrets to look for; an output that holds one is not passed to ``say``.
        environment: Variables for the kernel, in addition to those of this process.

    Raises:
        DDMKitError: A cell failed or the kernel ended, and the notebook was kept; or the notebook would have held a secret,
            and was not written.

    """
    with defer_grammar():
        import nbformat  # noqa: PLC0415  # these come with the extra and are slow to load
        from nbclient import NotebookClient  # noqa: PLC0415
        from nbclient.exceptions import CellExecutionError, DeadKernelError  # noqa: PLC0415
        from papermill.iorw import load_notebook_node  # noqa: PLC0415
        from papermill.parameterize import parameterize_notebook  # noqa: PLC0415
        from traitlets.config import Config  # noqa: PLC0415

    notebook = load_notebook_node(str(find_templates() / name))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    filled = parameterize_notebook(notebook, dict(parameters))

    class ReportingClient(NotebookClient):
        def process_message(self, message: dict[str, Any], cell: Any, cell_index: int) -> Any:
            text = _text_of(message)
            if text and not find_secrets(text, secrets()):
                say(text)
            return super().process_message(message, cell, cell_index)

    def save(**_event: Any) -> None:
        _write_clean(to, nbformat.writes(filled), "notebook", secrets)

    # Without widget state: it is large, a page would load a script from another host to show it, and every form has a static
    # summary beside it.
    client = ReportingClient(
        filled,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(to.parent)}},
        on_cell_executed=save,
        store_widget_state=False,
        config=Config(KernelManager={"transport_encryption": "auto"} if can_encrypt_kernels() else {}),
    )
    try:
        _execute(client, {**os.environ, **(environment or {})})
    except DeadKernelError as error:
        raise DDMKitError(f"The kernel that ran {name} ended before the notebook did. The notebook is kept: {to}") from error
    except CellExecutionError as error:
        raise DDMKitError(f"A cell of {name} failed: {error.ename}: {error.evalue} The notebook is kept: {to}") from error
    finally:
        save()
    return to


def _execute(client: Any, environment: Mapping[str, str]) -> None:
    """Run a notebook's cells in a thread and wait for it; on an interruption kill the kernel, then raise.

    In the main thread nbclient would handle the signals itself and print tracebacks.
    """
    loops: list[asyncio.AbstractEventLoop] = []
    failed: list[BaseException] = []
    # Not Thread.join: before Python 3.13 an interrupted join marks a running thread as ended.
    ended = threading.Event()

    async def execute() -> None:
        loops.append(asyncio.get_running_loop())
        await client.async_execute(env=environment)

    def run() -> None:
        try:
            asyncio.run(execute())
        except BaseException as error:  # noqa: BLE001  # raised again below, in the waiting thread
            failed.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, name="ddmkit-notebook", daemon=True).start()
    try:
        while not ended.wait(_POLL_S):
            pass
    except BaseException:
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        while not ended.wait(_POLL_S) and time.monotonic() < deadline:
            _kill_kernel(client, loops)  # again and again: the kernel may still be starting
        raise
    for error in failed:
        raise error


def _kill_kernel(client: Any, loops: Sequence[asyncio.AbstractEventLoop]) -> None:
    async def kill() -> None:
        if client.km is not None and client.km.has_kernel:
            with suppress(RuntimeError, OSError):  # the kernel may have ended meanwhile
                await client.km.signal_kernel(getattr(signal, "SIGKILL", signal.SIGTERM))

    for loop in loops:
        with suppress(RuntimeError):  # the loop may have ended too
            loop.call_soon_threadsafe(lambda running: running.create_task(kill()), loop)


def _text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content", {})
    if message.get("msg_type") == "stream":
        return str(content.get("text", "")).rstrip("\n")
    if message.get("msg_type") in {"display_data", "execute_result"}:
        return str(content.get("data", {}).get("text/plain", ""))
    return ""


def _write_clean(to: Path, text: str, what: str, secrets: Callable[[], Iterable[str]]) -> None:
    """Write a private file completely or not at all; refuse text that holds a known secret."""
    if find_secrets(text, secrets()):
        raise DDMKitError(f"{to.name} was not written: it would have held a known secret. Please report this.")
    write_whole(to, text, what)


def write_report(notebook: Path, to: Path, *, with_code: bool = False, secrets: Callable[[], Iterable[str]] = tuple) -> Path:
    """Write an executed notebook as one HTML page that loads nothing from another host, and return its path.

    The page has the code cells only with ``with_code``. It follows the dark theme of the browser, and prints whole. Raises
    ``DDMKitError``, with nothing written, when the page would hold one of the ``secrets``.
    """
    from nbconvert import HTMLExporter  # noqa: PLC0415  # comes with the extra and is slow to load

    exporter = HTMLExporter(
        template_name="lab",
        exclude_input=not with_code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
    )
    body, _resources = exporter.from_filename(str(notebook))
    page = body.replace("</head>", f"<style>\n{_page_css(exporter.template_paths)}</style>\n</head>", 1)
    _write_clean(to, page, "report", secrets)
    return to


def _page_css(template_paths: Iterable[str]) -> str:
    """Return the style of a notebook's page: the dark theme of the exporter on dark screens, and what paper needs."""
    places = (Path(folder) / "static" / "theme-dark.css" for folder in template_paths)
    dark = next((place.read_text("utf-8") for place in places if place.is_file()), "")
    return f"@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n{read_css('notebook_page.css')}"
