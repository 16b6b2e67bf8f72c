"""Kernels in processes of their own: started together, or killed at a chosen point. Run as a program, it is their nursery.

A nursery is forked from a process that has loaded everything, and the kernels from the nursery: that takes milliseconds
instead of a second each.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

from tests import forked

Order = dict[str, Any]
_FORK = multiprocessing.get_context("fork")


class Nursery:
    """Starts kernels and tells how they ended."""

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DDMKIT_")}
        self._process = forked.Popen(
            [sys.executable, "-m", "tests.safety.processes"], stdin=forked.PIPE, stdout=forked.PIPE, env=environment
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def run(self, *orders: Order) -> list[dict[str, Any]]:
        """Let one kernel for each order begin at the same moment; give for each its exit code and what it said."""
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _serve() -> None:
    for line in sys.stdin:
        print(json.dumps(_run_together(json.loads(line))), flush=True)


def _run_together(orders: list[Order]) -> list[dict[str, Any]]:
    ready = _FORK.Barrier(len(orders))
    kernels = []
    for order in orders:
        ours, theirs = _FORK.Pipe()
        kernels.append((_FORK.Process(target=_play, args=(order, ready, theirs)), ours))
        kernels[-1][0].start()
        theirs.close()
    return [{"said": _hear(ours), "exit": _wait_for(process)} for process, ours in kernels]


def _hear(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError:  # killed before it could say anything
        return None


def _wait_for(process: Any) -> int | None:
    process.join()
    return process.exitcode


def _play(order: Order, ready: Any, said: Connection) -> None:
    kit = _connect(order)
    script = _Script(order.get("kill"))
    script.watch()
    ready_to = {"restore": _restore, "submit": _submit}[order["do"]](kit, order, script)
    ready.wait(timeout=60)
    said.send(ready_to())
    kit.close()


def _connect(order: Order) -> Any:
    import ddmkit

    kit = ddmkit.connect(
        endpoint=order["endpoint"],
        token=order["token"],
        project_id=order["project_id"],
        records=order["records"],
        operator=order["operator"],
    )
    kit._sleep = lambda seconds: time.sleep(min(seconds, 0.05))
    return kit


def _restore(kit: Any, order: Order, script: _Script) -> Callable[[], Any]:
    from ddmkit.service.jobs import SilentListener

    def act() -> Any:
        script.begin("plan")
        plan = kit.plan(**order["plan"])
        script.begin("submit")
        job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings)
        script.begin("wait")
        job.wait(timeout_s=30, poll_s=0.02, listener=SilentListener())
        return {"job": job.id, "points": script.points}

    return act


def _submit(kit: Any, order: Order, script: _Script) -> Callable[[], Any]:
    from ddmkit.errors import DDMKitError
    from ddmkit.handles.plan import Plan

    plan = Plan.from_record(order["plan"])
    kit.records.list()  # so that the race is not about opening the store

    def act() -> Any:
        try:
            return {"job": kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).id}
        except DDMKitError as error:
            return {"error": type(error).__name__, "text": str(error)}

    return act


class _Script:
    """Notes every write to the store and every request, and kills the process where it was told to."""

    def __init__(self, kill: Order | None) -> None:
        self._kill = kill or {}
        self._phase = ""
        self.points: list[str] = []

    def begin(self, phase: str) -> None:
        self._phase = phase
        if phase == "plan" and "after_s" in self._kill:
            timer = threading.Timer(self._kill["after_s"], self._die)
            timer.daemon = True
            timer.start()

    def watch(self) -> None:
        from ddmkit.records.store import RecordStore
        from ddmkit.service.transport import Network

        write, send = RecordStore._write, Network.handle_request

        def watched_write(store: Any, doing: str, work: Any, **options: Any) -> Any:
            def watched_work(connection: Any) -> Any:
                outcome = work(connection)
                self._reach(doing, "within")
                return outcome

            self.points.append(doing)
            self._reach(doing, "before")
            outcome = write(store, doing, watched_work, **options)
            self._reach(doing, "after")
            return outcome

        def watched_send(network: Any, request: Any) -> Any:
            point = f"{self._phase}: {request.extensions['call'].operation}"
            self.points.append(point)
            self._reach(point, "before")
            answer = send(network, request)
            self._reach(point, "after")
            return answer

        RecordStore._write, Network.handle_request = watched_write, watched_send

    def _reach(self, point: str, when: str) -> None:
        if (point, when) == (self._kill.get("point"), self._kill.get("when")):
            self._die()

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)  # in case another thread of the process runs on for a moment


if __name__ == "__main__":
    _serve()
