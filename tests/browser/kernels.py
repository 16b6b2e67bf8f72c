"""A kernel reached beside its page, as a second client: to look into it, to prepare it, and to time it."""

from __future__ import annotations

import ast
import json
import time
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

__all__ = ["Kernel"]

_WAIT_S = 60.0


class Kernel:
    """One kernel, by its connection file."""

    def __init__(self, connection_file: Path) -> None:
        self._client = BlockingKernelClient(connection_file=str(connection_file))
        self._client.load_connection_file()
        # Without the channel of heartbeats: on a loaded machine a missed beat would count as a kernel that died.
        self._client.start_channels(hb=False)
        self._client.wait_for_ready(timeout=_WAIT_S)

    def ask(self, expression: str) -> Any:
        """Return the value of an expression; it travels as JSON."""
        answer = self._run("", {"said": f"__import__('json').dumps({expression}, default=str)"})
        said = answer["user_expressions"]["said"]
        if said["status"] != "ok":
            raise RuntimeError("\n".join(said["traceback"]))
        return json.loads(str(ast.literal_eval(said["data"]["text/plain"])))

    def run(self, code: str, *, wait_s: float = _WAIT_S) -> None:
        """Run statements."""
        self._run(code, {}, wait_s)

    def time(self, code: str) -> float:
        """Run statements, and give the seconds until the kernel has answered."""
        begun = time.perf_counter()
        self._run(code, {})
        return time.perf_counter() - begun

    def next_published(self, *, timeout_s: float) -> dict[str, Any]:
        """Return the next message to all clients; raises ``queue.Empty`` when none comes in time."""
        message: dict[str, Any] = self._client.get_iopub_msg(timeout=timeout_s)
        return message

    def close(self) -> None:
        """Stop talking; the kernel goes on."""
        self._client.stop_channels()

    def _run(self, code: str, asked: dict[str, str], wait_s: float = _WAIT_S) -> dict[str, Any]:
        sent = self._client.execute(code, silent=not asked, store_history=False, user_expressions=asked)
        while True:
            answer: dict[str, Any] = self._client.get_shell_msg(timeout=wait_s)
            if answer["parent_header"].get("msg_id") == sent:
                break
        content: dict[str, Any] = answer["content"]
        if content["status"] != "ok":
            raise RuntimeError("\n".join(content.get("traceback", [content["status"]])))
        return content
