"""What the tests that look at pages do where there is no browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chromium import HOW_TO_INSTALL

ROOT = Path(__file__).parents[1]
LOOKING = (
    "tests/browser/test_whole_restore.py::test_a_restore_by_mouse_alone_in_jupyterlab",
    "tests/cli/test_lab.py::test_the_app_calls_no_other_host_and_shows_its_form",
)


@pytest.mark.parametrize(("required", "code", "outcome"), [("", 0, "2 skipped"), ("0", 0, "2 skipped"), ("1", 1, "2 error")])
def test_without_a_browser_tests_skip_with_the_command_that_installs_one_or_fail_where_it_is_required(
    required, code, outcome, tmp_path
):
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-n=0", "-p", "no:cacheprovider", *LOOKING],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": str(tmp_path),
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
            "DDMKIT_REQUIRE_BROWSER": required,
            "COLUMNS": "500",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (found.returncode, outcome in found.stdout) == (code, True), found.stdout + found.stderr
    assert HOW_TO_INSTALL in found.stdout
