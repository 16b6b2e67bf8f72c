"""Where the workers of a fleet run: threads of this process, other processes, or the machines of a Dask cluster.

What an executor gets is the loop of a worker, with the id and the digest of the fleet, and nothing else. Each worker takes
the services, the keys, the record store and ``DDMKIT_NODE_PASSWORD`` from its own environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import urlsplit

from ddmkit.config.endpoints import is_loopback
from ddmkit.errors import DDMKitError, InputError, UnreachableError
from ddmkit.fleet.context import WorkStopped
from ddmkit.fleet.work import Loop

__all__ = ["is_here", "require_executor", "require_safe_addresses", "run_loops", "workers_are_gone"]

_ENCRYPTED = frozenset({"tls", "wss"})
_INSIDE = "inproc"


def is_here(executor: Executor) -> bool:
    """Return whether an executor's workers are threads of this process, which may use its connections."""
    return isinstance(executor, ThreadPoolExecutor)


def require_executor(executor: object, *, store_is_file: bool) -> None:
    """Raise ``InputError`` for what is no executor, and for a Dask cluster that may not work on a fleet."""
    if not isinstance(executor, Executor):
        fix = "Give a concurrent.futures executor; of a Dask client, client.get_executor()."
        raise InputError(f"is no executor but {type(executor).__name__}.", field="executor", fix=fix)
    if _is_dask(executor):
        client = executor._client  # type: ignore[attr-defined]  # noqa: SLF001  # Dask has no public name for it
        require_safe_addresses([client.scheduler.address, *client.nthreads()], store_is_file=store_is_file)


def _is_dask(executor: Executor) -> bool:
    return type(executor).__module__.partition(".")[0] == "distributed"


def require_safe_addresses(addresses: Iterable[str], *, store_is_file: bool) -> None:
    """Raise ``InputError`` when a cluster reaches past this machine without TLS, or with a record store in a file."""
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme == _INSIDE or is_loopback(parts.hostname or ""):
            continue
        if parts.scheme not in _ENCRYPTED:
            raise InputError(
                f"the cluster uses {address}, past this machine and without TLS.",
                field="executor",
                fix="Nothing was sent. Start the cluster with distributed.Security(...): its addresses then begin with tls.",
            )
        if store_is_file:
            raise InputError(
                f"the cluster uses {address}, past this machine, and the record store is a file of this one.",
                field="records",
                fix="Nothing was sent. Use PostgreSQL as record store for all workers: DDMKIT_RECORDS=postgresql://...",
            )


def run_loops(executor: Executor, loop: Loop, fleet_id: str, digest: str, count: int) -> Sequence[Exception]:
    """Run loops to their ends; return why workers are gone, and raise the error of a worker that may not work.

    An interruption is raised at once; loops that have not begun are cancelled.
    """
    # Dask would take equal calls for one.
    each: dict[str, Any] = {"pure": False} if _is_dask(executor) else {}
    running: list[Future[int]] = []
    try:
        for _ in range(count):
            running.append(executor.submit(loop, fleet_id, digest, **each))  # noqa: PERF401  # those submitted are cancelled
        wait(running)
    except BrokenExecutor as error:
        return [error]
    except BaseException:
        for one in running:
            one.cancel()
        raise
    return [reason for one in running if (reason := _why_gone(one)) is not None]


def _why_gone(loop: Future[int]) -> Exception | None:
    """Return why the worker of an ended loop is gone, or ``None``; raise the error of a worker that may not work."""
    try:
        loop.result()
    except DDMKitError:
        raise
    except WorkStopped:  # a person stopped the workers; they have given back what they had
        return None
    except (BrokenExecutor, CancelledError) as error:
        return error
    except Exception as error:
        if type(error).__name__ != "KilledWorker":  # of Dask, which need not be installed
            raise
        return error
    return None


def workers_are_gone(gone: Sequence[Exception], count: int) -> UnreachableError:
    """Return the error for workers that ended before their work did."""
    why = ", ".join(sorted({type(error).__name__ for error in gone}))
    return UnreachableError(
        f"{len(gone)} of {count} workers are gone ({why}), and the fleet is not at its end. Nothing is lost: a minute "
        "later, run.work() takes over what they had, here or on any machine, and sends nothing twice.",
        sent=True,
    )
