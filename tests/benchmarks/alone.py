"""Measurements that need an interpreter of their own: what an import costs, and how much memory a list takes at most.

Run as ``python -m tests.benchmarks.alone``; prints one JSON object. Imports nothing at the start but the standard library.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.benchmarks.worlds import Service

__all__ = ["HEAVY", "measure_import", "measure_peak"]

HEAVY = ("pandas", "altair", "ipywidgets")


def measure_import(module: str, name: str = "") -> dict[str, Any]:
    """Return the seconds that importing a module (and a name of it) takes in a fresh interpreter, and what came along."""
    return _run("import", module, name)


def measure_peak(side: str, service: Service) -> dict[str, Any]:
    """Return the peak of memory, in MB, while 5,000 backups are listed by `ours` or `official`."""
    return _run("peak", side, json.dumps(asdict(service)))


def _run(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.alone", *arguments]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return told


def _import(module: str, name: str) -> dict[str, Any]:
    started = time.perf_counter()
    imported = importlib.import_module(module)
    if name:
        getattr(imported, name)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "heavy": [one for one in HEAVY if one in sys.modules]}


def _peak(side: str, service_json: str) -> dict[str, Any]:
    from tests.benchmarks.worlds import Service

    list_backups = {"ours": _list_ours, "official": _list_official}[side]
    rows, peak = list_backups(Service(**json.loads(service_json)))
    return {"rows": rows, "list_mb": peak, "process_mb": _process_peak()}


def _process_peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # where there is one: the other figure is at least that of the process that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _list_ours(service: Service) -> tuple[int, float]:
    from tests.benchmarks import ours

    with tempfile.TemporaryDirectory() as folder, ours.connect(service, Path(folder) / "records.sqlite") as kit:
        return _trace(lambda: ours.list_backups(kit))


def _list_official(service: Service) -> tuple[int, float]:
    from tests.benchmarks.official import Script

    with closing(Script(service)) as script:
        return _trace(script.list_backups)


def _trace(list_backups: Any) -> tuple[int, float]:
    tracemalloc.start()
    rows = list_backups()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return len(rows), peak


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    print(json.dumps({"import": _import, "peak": _peak}[kind](*rest)))
