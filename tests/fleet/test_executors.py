"""Where a fleet's workers may run, and what an executor gets."""

from __future__ import annotations

import pickle
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

from ddmkit.errors import InputError, RecordError, UnreachableError
from ddmkit.fleet.context import WorkStopped
from ddmkit.fleet.executors import is_here, require_executor, require_safe_addresses, run_loops, workers_are_gone
from ddmkit.kit import work_on_fleet


class Noting(Executor):
    """Notes what is submitted, and answers at once."""

    def __init__(self, *answers: int | BaseException) -> None:
        self.answers = list(answers)
        self.submitted: list[bytes] = []

    def submit(self, fn, /, *args, **kwargs):
        self.submitted.append(pickle.dumps((fn, args, kwargs)))
        future: Future[int] = Future()
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future


class KilledWorker(Exception):  # noqa: N818  # as Dask calls it
    """What Dask raises when its workers die again and again."""


def test_only_the_name_of_the_loop_the_id_and_the_digest_travel():
    executor = Noting(1, 1)
    assert run_loops(executor, work_on_fleet, "r-1", "d-1", 2) == []
    assert executor.submitted == [pickle.dumps((work_on_fleet, ("r-1", "d-1"), {}))] * 2
    assert len(executor.submitted[0]) < 100


def test_workers_that_are_gone_are_told_apart_from_those_that_may_not_work():
    gone = [BrokenProcessPool("killed"), CancelledError(), KilledWorker("twice")]
    assert run_loops(Noting(3, *gone), work_on_fleet, "r", "d", 4) == gone
    error = workers_are_gone(gone, 4)
    assert isinstance(error, UnreachableError)
    assert str(error).startswith("3 of 4 workers are gone (BrokenProcessPool, CancelledError, KilledWorker)")
    for raised in (InputError("another version", field="version"), RecordError("no record"), ZeroDivisionError("a bug")):
        with pytest.raises(type(raised)):
            run_loops(Noting(1, raised), work_on_fleet, "r", "d", 2)


def test_workers_that_a_person_stopped_have_ended_and_are_not_gone():
    assert run_loops(Noting(1, WorkStopped(), WorkStopped()), work_on_fleet, "r", "d", 3) == []


def test_a_pool_that_is_broken_already_is_gone():
    class Broken(Executor):
        def submit(self, fn, /, *args, **kwargs):
            raise BrokenExecutor

    (error,) = run_loops(Broken(), work_on_fleet, "r", "d", 2)
    assert isinstance(error, BrokenExecutor)


def test_an_interruption_cancels_the_loops_that_have_not_begun():
    futures: list[Future[int]] = []

    class Interrupted(Executor):
        def submit(self, fn, /, *args, **kwargs):
            if futures:
                raise KeyboardInterrupt
            futures.append(Future())
            return futures[0]

    with pytest.raises(KeyboardInterrupt):
        run_loops(Interrupted(), work_on_fleet, "r", "d", 2)
    assert futures[0].cancelled()


def test_errors_of_workers_reach_the_caller_whole():
    error = pickle.loads(pickle.dumps(InputError("the digest differs.", field="digest", fix="Plan again.")))  # noqa: S301
    assert (str(error), error.field, error.fix) == ("digest: the digest differs. Plan again.", "digest", "Plan again.")


@pytest.mark.parametrize(
    ("address", "is_file", "problem"),
    [
        ("tcp://127.0.0.1:8786", True, ""),
        ("tcp://[::1]:8786", True, ""),
        ("inproc://10.0.0.5/1/1", True, ""),
        ("tls://10.0.0.5:8786", False, ""),
        ("wss://dask.example:8786", False, ""),
        ("tls://10.0.0.5:8786", True, "the record store is a file"),
        ("tcp://10.0.0.5:8786", False, "without TLS"),
        ("ucx://10.0.0.5:8786", False, "without TLS"),
        ("ws://dask.example:8786", False, "without TLS"),
    ],
)
def test_past_one_machine_a_cluster_needs_tls_and_no_file_as_record_store(address, is_file, problem):
    addresses = ["tcp://127.0.0.1:1", address]
    if problem:
        with pytest.raises(InputError, match=problem):
            require_safe_addresses(addresses, store_is_file=is_file)
    else:
        require_safe_addresses(addresses, store_is_file=is_file)


def test_threads_are_here_and_a_client_of_dask_is_no_executor():
    with ThreadPoolExecutor(1) as threads:
        assert is_here(threads)
        require_executor(threads, store_is_file=True)
    assert not is_here(Noting())
    with pytest.raises(InputError, match=r"is no executor but object\. .*get_executor"):
        require_executor(object(), store_is_file=True)
