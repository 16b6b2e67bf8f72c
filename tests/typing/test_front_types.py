"""What a type checker sees of the front: right calls pass, and every mistake is found where it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def found():
    """The codes of the errors that ``mypy --strict`` reports, by file and line; both files in one run."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", "--no-pretty"]
    files = [str(HERE / name) for name in ("calls.py", "wrong_calls.py")]
    output = subprocess.run([*command, *files], capture_output=True, text=True, check=False, cwd=ROOT)
    errors = {"calls.py": {}, "wrong_calls.py": {}}
    for line in output.stdout.splitlines():
        if ": note: " in line:
            continue
        matched = re.fullmatch(r"(.+?):(\d+): error: .* \[([a-z-]+)\]", line)
        assert matched, output.stdout + output.stderr
        errors[Path(matched[1]).name].setdefault(int(matched[2]), set()).add(matched[3])
    assert errors["wrong_calls.py"], output.stderr
    return errors


def test_right_calls_are_accepted(found):
    assert found["calls.py"] == {}


def test_every_wrong_call_is_found_with_its_code(found):
    lines = (HERE / "wrong_calls.py").read_text(encoding="utf-8").splitlines()
    expected = {
        number: set(line.partition("# expect: ")[2].split())
        for number, line in enumerate(lines, 1)
        if "# expect: " in line and not line.startswith('"""')
    }
    assert found["wrong_calls.py"] == expected
