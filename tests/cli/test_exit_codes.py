"""How a command ends: an expected failure is one message and a code, a bug stays a traceback."""

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from ddmkit.cli.exit_codes import Terminated, exit_codes
from ddmkit.errors import InputError, JobTimeoutError, UnknownOutcomeError
from tests import forked

RUN = [sys.executable, "-m", "ddmkit"]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("is wrong.", field="x", fix="Fix it."), 1, "ddmkit: x: is wrong. Fix it.\n"),
        (UnknownOutcomeError("It may run."), 3, "ddmkit: outcome unknown: It may run.\n"),
        (JobTimeoutError("It goes on."), 4, "ddmkit: It goes on.\n"),
        (KeyboardInterrupt(), 130, "ddmkit: interrupted.\n"),
        (Terminated(), 143, "ddmkit: terminated by a signal.\n"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x"),
            1,
            "ddmkit: /x: Permission denied. The command was not finished; choose another path.\n",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            1,
            "ddmkit: No space left on device. The command was not finished; choose another path.\n",
        ),
    ],
)
def test_an_expected_failure_is_a_message_and_a_code(capsys, error, code, said):
    with pytest.raises(typer.Exit) as ended, exit_codes():
        raise error
    assert (ended.value.exit_code, capsys.readouterr().err) == (code, said)


@pytest.mark.parametrize("error", [ValueError("a mistake"), OSError(errno.EBADF, "Bad file descriptor")])
def test_a_bug_stays_a_traceback(error):
    with pytest.raises(type(error)), exit_codes():
        raise error


@pytest.fixture
def shell(tmp_path):
    """Run a command of a shell's in an empty folder, with variables beside those of this machine."""

    def run(*words, **variables):
        environment = {**os.environ, "HOME": str(tmp_path), "DDMKIT_RECORDS": str(tmp_path / "r.sqlite"), **variables}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        return forked.run([*RUN, *words], capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=120)

    return run


def failed_in_one_line(ended):
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("ddmkit: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_a_place_that_will_not_do_is_named(shell, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert "file" in failed_in_one_line(shell("demo", "--dir", "file"))
    assert "folder" in failed_in_one_line(shell("simulate", "--world", "folder"))
    assert "file" in failed_in_one_line(shell("notebooks", "copy", "file"))
    assert "no record" in failed_in_one_line(shell("records", "show", "r" * 300))


def test_a_port_that_is_taken_is_named(shell):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in failed_in_one_line(shell("simulate", "--port", port))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", [["explain"], ["--help"], ["records", "list"]])
def test_a_full_standard_output_is_told(tmp_path, words):
    unset = {name: value for name, value in os.environ.items() if name != "DDMKIT_RECORDS"}
    environment = {**unset, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([*RUN, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "ddmkit: standard output could not be written (No space left on device). The command itself was carried out."
    ]


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp1252", "latin-1"])
def test_a_command_ends_well_on_any_encoding(shell, encoding):
    ended = shell("explain", PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="bytes that are no text are a matter of these systems")
def test_a_login_name_that_is_no_text_is_no_obstacle(tmp_path):
    look = "import ddmkit\nwith ddmkit.demo() as kit: print(ascii(kit.operator))"
    named = {**os.environb, b"LOGNAME": b"m\xffx", b"PYTHONPATH": os.fsencode(Path(__file__).parents[2])}
    ended = forked.run([sys.executable, "-c", look], capture_output=True, text=True, env=named, cwd=tmp_path)
    assert ended.stdout == "'m\\ufffdx'\n", ended.stderr


@pytest.fixture
def hears_ctrl_c():
    """A shell lets the programs that it starts in the background ignore Ctrl-C, and so those that they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as these systems do")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_demo_ends_in_one_line_and_leaves_no_kernel(tmp_path, hears_ctrl_c, number, code):
    import psutil

    process = subprocess.Popen(
        [*RUN, "demo", "--dir", str(tmp_path / "demo")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for _ in range(6):  # the first lines that its kernel printed are among them
        process.stdout.readline()
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, len(errors.splitlines())) == (code, 1), errors
    assert children
    assert not psutil.wait_procs(children, timeout=20)[1]
