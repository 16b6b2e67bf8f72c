"""Run Python commands as processes of their own that need not import anything first.

``run`` and ``Popen`` are used as those of ``subprocess``, for commands that begin with ``sys.executable``. The first call
starts one warm process (this file as a program), which has imported what most commands need, has one thread, and has opened
nothing. It forks a child for each command. A child has its own arguments, environment, working directory, pipes and session,
the signal handlers of a new interpreter, and can be killed. Each takes milliseconds instead of a second.

A test that is about the start of an interpreter (imports, ``-W``, an output that is full from the beginning) starts a real one.
"""

from __future__ import annotations

import array
import atexit
import codecs
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

TOP = Path(__file__).parents[1]
PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
# What commands need; imported once. Nothing here may start a thread or open a file or a connection.
WARM = (
    "altair",
    "anywidget",
    "asyncio",
    "ddmkit.cli.demo",
    "ddmkit.cli.lab",
    "ddmkit.cli.main",
    "ddmkit.cli.records",
    "ddmkit.factory",
    "ddmkit.forms",
    "ddmkit.forms.recovery",
    "ddmkit.forms.restore",
    "ddmkit.guide",
    "ddmkit.handles.records",
    "ddmkit.kit",
    "ddmkit.records.store",
    "ddmkit.records.transfer",
    "ddmkit.rehearsal.replay",
    "ddmkit.simulator.server",
    "ddmkit.simulator.http.app",
    "ddmkit.simulator.http.services.methods",
    "ddmkit.simulator.http.uvicorn_thread",
    "encodings.idna",
    "fastapi",
    "IPython.core.completerlib",
    "IPython.core.interactiveshell",
    "IPython.extensions.storemagic",
    "IPython.terminal.interactiveshell",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipywidgets",
    "jupyter_client",
    "nbclient",
    "pandas",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlite3",
    "stack_data",
    "typer.testing",
    "uvicorn",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.h11_impl",
)
PID_LENGTH = 12


# Called by tests ------------------------------------------------------------------------------------------------------


def run(
    command: Sequence[str],
    *,
    input: str | None = None,  # noqa: A002  # as subprocess calls it
    timeout: float | None = None,
    check: bool = False,
    capture_output: bool = True,
    text: bool = True,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as ``subprocess.run`` does; ``prelude`` is code that its process runs before it."""
    assert capture_output
    assert text
    options = {"stdout": PIPE, "stderr": PIPE, **options}
    with Popen(command, stdin=DEVNULL if input is None else PIPE, **options) as process:
        try:
            output, errors = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    ended = subprocess.CompletedProcess(list(command), process.returncode, output, errors)
    if check:
        ended.check_returncode()
    return ended


class Popen:
    """A running command, with those parts of ``subprocess.Popen`` that tests use; its pipes are text."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int | IO[Any] | None = DEVNULL,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
        text: bool = True,
        cwd: str | Path | None = None,
        env: Mapping[Any, Any] | None = None,
        prelude: str = "",
    ) -> None:
        assert text
        program, *self.args = map(os.fspath, command)
        assert program == sys.executable, "only Python can be forked"
        ours: list[IO[str] | None] = []
        theirs: list[int] = []
        with contextlib.ExitStack() as stack:
            for number, wanted in enumerate((stdin, stdout, stderr)):
                mine, other = _open_stream(number, wanted, stack)
                ours.append(mine)
                theirs.append(other)
            self.stdin, self.stdout, self.stderr = ours
            order = {
                "words": self.args,
                "cwd": os.fspath(cwd or Path.cwd()),
                "env": {os.fsdecode(name): os.fsdecode(value) for name, value in (env or os.environ).items()},
                "prelude": prelude,
                "umask": _current_umask(),
            }
            self._answers, answering = socket.socketpair()
            with answering:
                _warm_process().send(order, [answering.fileno(), *theirs])
        self.returncode: int | None = None
        self.pid = int(self._answers.recv(PID_LENGTH, socket.MSG_WAITALL))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close_streams()
        self.wait()

    def _close_streams(self) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._answers.settimeout(timeout if timeout is None or timeout > 0 else 1e-6)
            try:
                data = self._answers.recv(64)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self.returncode = int(data or b"-9")  # whoever waits for it was killed with it
            self._answers.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, written: str | None = None, timeout: float | None = None) -> tuple[str | None, str | None]:
        """Write the input, read both streams to their ends, and wait for the end of the command."""
        ends = None if timeout is None else time.monotonic() + timeout
        read: dict[str, str] = {}

        def collect(name: str, stream: IO[str]) -> None:
            with contextlib.suppress(OSError, ValueError):  # closed meanwhile, because it took too long
                read[name] = stream.read()

        readers = [
            threading.Thread(target=collect, args=(name, stream), daemon=True)
            for name, stream in (("stdout", self.stdout), ("stderr", self.stderr))
            if stream is not None
        ]
        for reader in readers:
            reader.start()
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.stdin.write(written or "")
                self.stdin.close()
        for reader in readers:
            reader.join(None if ends is None else max(0, ends - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self._close_streams()
        self.wait(None if ends is None else max(0, ends - time.monotonic()))
        return read.get("stdout"), read.get("stderr")


def start_kernel(command: Sequence[str], *, start_new_session: bool, **options: Any) -> Popen:
    """Start a Jupyter kernel, in the place of the ``Popen`` that ``jupyter_client.launcher`` calls."""
    assert start_new_session  # each command has a session of its own
    return Popen([sys.executable, *command[1:]], **options)


def _open_stream(number: int, wanted: int | IO[Any] | None, stack: contextlib.ExitStack) -> tuple[IO[str] | None, int]:
    if wanted == PIPE:
        reads, writes = os.pipe()
        theirs, mine = (reads, writes) if number == 0 else (writes, reads)
        stack.callback(os.close, theirs)
        return os.fdopen(mine, "w" if number == 0 else "r", encoding="utf-8"), theirs
    if wanted == DEVNULL:
        theirs = os.open(os.devnull, os.O_RDWR)
        stack.callback(os.close, theirs)
        return None, theirs
    return None, number if wanted is None else wanted if isinstance(wanted, int) else wanted.fileno()


def _current_umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


class _WarmProcess:
    """The one process of this test process that forks commands; started when the first is asked for."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        quiet = {name: value for name, value in os.environ.items() if not name.startswith(("DDMKIT_", "PYTEST_"))}
        quiet["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else the debugger of kernels prints a warning when it is imported
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**quiet, "PYTHONPATH": os.pathsep.join([str(TOP), *filter(None, [os.environ.get("PYTHONPATH")])])},
                stdin=DEVNULL,
                start_new_session=True,
            )
        self._lock = threading.Lock()
        atexit.register(self.close)

    def send(self, order: dict[str, Any], files: list[int]) -> None:
        content = json.dumps(order).encode("utf-8", "surrogateescape")
        with self._lock:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))]
            self._orders.sendmsg([len(content).to_bytes(4, "big")], rights)
            self._orders.sendall(content)

    def close(self) -> None:
        self._orders.close()
        self._process.wait()


_warm: dict[int, _WarmProcess] = {}


def _warm_process() -> _WarmProcess:
    if os.getpid() not in _warm:
        _warm.clear()
        _warm[os.getpid()] = _WarmProcess()
    return _warm[os.getpid()]


# The warm process ------------------------------------------------------------------------------------------------------


def _serve(number: int) -> dict[str, Any]:
    """Fork a child for each order; return the order in the child, and end the process when no more can come."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # as in tests/conftest.py, and why
    for name in WARM:
        importlib.import_module(name)
    _build_apps()
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()  # the children then share this memory: their collections need not touch it
    with socket.socket(fileno=number) as orders:
        while True:
            size, files, *_ = socket.recv_fds(orders, 4, 4)
            if not size:
                sys.exit()
            content = b""
            while len(content) < int.from_bytes(size, "big"):
                content += orders.recv(1_000_000)
            if os.fork() == 0:
                orders.close()
                return _begin(json.loads(content.decode("utf-8", "surrogateescape")), files)
            for file in files:
                os.close(file)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _build_apps() -> None:
    """Build the applications of the simulator: to build them takes longer than to start it, and they are shared."""
    from ddmkit.simulator.http.app import build_app
    from ddmkit.simulator.http.operations import SERVICES
    from ddmkit.simulator.rules.editions import DEFAULT_EDITION

    for service in SERVICES:
        build_app(DEFAULT_EDITION, service)


def _begin(order: dict[str, Any], files: list[int]) -> dict[str, Any]:
    """Fork once more: one process tells the pid and how the command ended, the other becomes the command."""
    answers, *streams = files
    os.setsid()
    child = os.fork()
    if child:
        for number in (signal.SIGINT, signal.SIGTERM):  # meant for the command when they are sent to its group
            signal.signal(number, signal.SIG_IGN)
        for stream in streams:
            os.close(stream)
        os.write(answers, b"%*d" % (PID_LENGTH, child))
        _, status = os.waitpid(child, 0)
        with contextlib.suppress(OSError):
            os.write(answers, b"%d" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(answers)
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.umask(order["umask"])
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    tempfile.tempdir = None
    _open_standard_streams()
    return order


def _open_standard_streams() -> None:
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        usual = "backslashreplace" if name == "stderr" else "strict"
        stream = open(number, mode, encoding=codecs.lookup(encoding or "utf-8").name, errors=errors or usual, closefd=False)  # noqa: SIM115
        if name == "stderr":
            stream.reconfigure(line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _play(order: dict[str, Any]) -> int:
    """Do what the interpreter does with its command line; return its exit code."""
    try:
        exec(order["prelude"], {"__name__": "prelude"})  # noqa: S102
        _run_main(order["words"])
    except SystemExit as ended:
        code = _code_of(ended)
    except BaseException as error:
        traceback.print_exception(error.with_traceback(_without_ours(error.__traceback__)))
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    else:
        code = 0
    threading._shutdown()
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        code = 120
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def _run_main(words: list[str]) -> None:
    import runpy

    kind, *rest = words
    if kind == "-m":
        sys.argv = ["-m", *rest[1:]]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        sys.argv = ["-c", *rest[1:]]
        sys.path[0] = ""
        exec(compile(rest[0], "<string>", "exec"), main.__dict__)  # noqa: S102
    else:
        raise AssertionError(f"{kind}: only -m and -c")


def _code_of(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return (ended.code or 0) & 0xFF
    print(ended.code, file=sys.stderr)
    return 1


def _without_ours(trace: types.TracebackType | None) -> types.TracebackType | None:
    while trace is not None and Path(trace.tb_frame.f_code.co_filename).name in {"forked.py", "<frozen runpy>"}:
        trace = trace.tb_next
    return trace


if __name__ == "__main__":
    os._exit(_play(_serve(int(sys.argv[1]))))
