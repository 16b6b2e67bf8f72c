"""Runs the browser tests several times without repeating a single test: ``python -m tests.browser --times 10``.

Prints one line for each failure and each round, and the number of failures at the end. Exit code 1 when there was one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

TOP = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1, help="how many rounds")
    parser.add_argument("paths", nargs="*", default=["tests/browser"], help="other tests than tests/browser")
    asked = parser.parse_args()
    failures = 0
    for number in range(1, asked.times + 1):
        failed, tests = run_round(asked.paths)
        failures += len(failed)
        for name in failed:
            print(f"  FAILED {name}", flush=True)
        print(f"round {number} of {asked.times}: {tests} tests, {len(failed)} failures", flush=True)
    print(f"{failures} failures in {asked.times} rounds")
    return 1 if failures else 0


def run_round(paths: list[str]) -> tuple[list[str], int]:
    """Run the tests once, and return the failed ones and the number of all; a run that ended early is a failure too."""
    with tempfile.TemporaryDirectory(prefix="ddmkit-browser-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", *paths, f"--junitxml={report}"]
        environment = {**os.environ, "DDMKIT_NO_RERUNS": "1", "DDMKIT_REQUIRE_BROWSER": "1"}
        ended = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True)
        # The file was just written by pytest.
        cases = list(ET.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314
    failed = [
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]
    if ended.returncode and not failed:
        failed = [f"pytest ended with exit code {ended.returncode}: {ended.stdout[-500:]}{ended.stderr[-500:]}"]
    return failed, len(cases)


if __name__ == "__main__":
    sys.exit(main())
