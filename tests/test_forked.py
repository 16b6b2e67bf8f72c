from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests import forked

LOOK = (
    "import json, os, signal, sys\n"
    "print(json.dumps({'argv': sys.argv, 'main': __name__, 'file': '__file__' in globals(), 'cwd': os.getcwd(),"
    " 'read': sys.stdin.read(), 'encoding': sys.stdout.encoding, 'umask': os.umask(0), 'zone': __import__('time').tzname[0],"
    " 'environment': dict(sorted(os.environ.items())),"
    " 'handlers': [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ)],"
    " 'threads': __import__('threading').active_count(), 'path': sys.path[0]}))\n"
)
ENDS = {
    "well": "pass",
    "a code": "raise SystemExit(7)",
    "a reason": "raise SystemExit('no')",
    "a mistake": "def f():\n    1 / 0\nf()",
    "a mistake behind another": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('x') from error",
    "Ctrl-C": "import os, signal; os.kill(os.getpid(), signal.SIGINT); [None for _ in range(10**7)]",
    "a signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM); [None for _ in range(10**9)]",
    "at exit": "import atexit; atexit.register(print, 'bye'); print('first')",
    "at once": "import os; os._exit(3)",
}


def both(words: list[str], **options) -> list[subprocess.CompletedProcess[str]]:
    command, settings = [sys.executable, *words], {"capture_output": True, "text": True, "timeout": 60, **options}
    # A shell that starts the tests in the background has them, and all that they start, ignore Ctrl-C.
    real = subprocess.run(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), check=False, **settings)
    return [real, forked.run(command, **settings)]


def test_a_command_sees_what_a_new_interpreter_sees(tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "TZ": "Asia/Tokyo",
        "PYTHONIOENCODING": "latin-1",
        "LC_ALL": "C.UTF-8",
        "X": "ö",
    }
    real, ours = both(["-c", LOOK, "a", "b c"], cwd=tmp_path, env=environment, input="said\n")
    assert (ours.returncode, ours.stdout) == (0, real.stdout), ours.stderr


@pytest.mark.parametrize("end", ENDS)
def test_a_command_ends_as_a_new_interpreter_ends(end):
    real, ours = both(["-c", ENDS[end]])
    if end != "Ctrl-C":  # where it strikes is a matter of chance
        assert (ours.stdout, ours.stderr) == (real.stdout, real.stderr)
    assert ours.returncode == real.returncode


def test_a_module_runs_as_the_main_one(tmp_path):
    (tmp_path / "shown.py").write_text(
        "import sys; print(sys.argv, __name__, sys.modules['__main__'].__file__, sys.path[0])"
    )
    real, ours = both(["-m", "shown", "word"], cwd=tmp_path)
    assert (ours.returncode, ours.stdout) == (0, real.stdout), ours.stderr


def test_a_command_can_be_watched_told_and_killed():
    waits = [sys.executable, "-c", "print('ready', flush=True); print(input(), flush=True); input()"]
    with forked.Popen(waits, stdin=forked.PIPE, stdout=forked.PIPE) as process:
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("told\n")
        process.stdin.flush()
        assert process.stdout.readline() == "told\n"
        assert process.poll() is None
        assert os.getsid(process.pid) != os.getsid(0)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        process.kill()
        assert process.wait(10) == -signal.SIGKILL
        assert process.poll() == -signal.SIGKILL


def test_what_runs_too_long_is_killed():
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run([sys.executable, "-c", "input()"], input=None, timeout=0.01, prelude="import signal; signal.pause()")


def test_what_is_run_before_a_command_holds_in_it():
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))"
    ended = forked.run(
        [sys.executable, "-c", "import resource; print(resource.getrlimit(resource.RLIMIT_FSIZE))"], prelude=limit
    )
    assert ended.stdout == "(10, 10)\n"


def test_a_bad_end_is_an_error_where_a_good_one_is_asked_for():
    with pytest.raises(subprocess.CalledProcessError):
        forked.run([sys.executable, "-c", "raise SystemExit(1)"], check=True)
