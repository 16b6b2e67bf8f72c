"""Tries ddmkit with the oldest and the newest versions it allows: ``python -m tests.matrix`` from the project's root.

The wheel is built once. It is installed in a new environment with the lowest versions that ``pyproject.toml`` names, and in
another with the newest there are; in each both demos and the tests named below run on the installed package. On every later
Python that is found here the demos run with the newest versions. Needs a package index, and takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

TOP = Path(__file__).parents[2]
EXTRAS = "[lab,postgres,sign]"
# Everything that needs neither a browser nor a kernel of its own, and no tool for code. What stands in one folder stands together:
# pytest 9 loses the fixtures of a folder that it comes back to.
TESTS = (
    *("tests/display", "tests/forms", "tests/guide", "tests/handles", "tests/kit", "tests/models", "tests/official_sdk"),
    *("tests/records", "tests/rehearsal", "tests/restore", "tests/service", "tests/simulator", "tests/cli/test_records.py"),
    *(f"tests/config/test_{name}.py" for name in ("endpoints", "paths", "profiles", "settings", "variables")),
    *(
        f"tests/test_{name}.py"
        for name in ("cleaning", "credentials", "ddmkit", "factory", "inputs", "kit", "models", "output", "times")
    ),
)
NOT_NEEDED = ("ddmkit", "axe-", "mypy", "nbval", "pandas-stubs", "pre-commit", "pypdf", "ruff", "schemathesis")
LATER = ("3.12", "3.13", "3.14")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("lowest", "newest", "later"), help="one part of the matrix; all when left out")
    parser.add_argument(
        "--tests", nargs="*", default=TESTS, metavar="PATH", help="other tests than the usual ones; none is none"
    )
    parser.add_argument("--keep", action="store_true", help="leave the environments, and say where")
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="ddmkit-matrix-"))
    try:
        return _run(place, asked.only, tuple(asked.tests))
    finally:
        if asked.keep:
            print(f"kept: {place}")
        else:
            shutil.rmtree(place, ignore_errors=True)


def _run(place: Path, only: str | None, tests: Sequence[str]) -> int:
    bench = Bench(place)
    rows = []
    for resolution in ("lowest", "newest"):
        if only in {None, resolution}:
            python = bench.environment(resolution, sys.executable, lowest=resolution == "lowest", tools=bool(tests))
            rows.append((f"{_version_of(sys.executable)}, {resolution} versions: demo", bench.demo(python)))
            if tests:
                rows.append((f"{_version_of(sys.executable)}, {resolution} versions: tests", bench.test(python, tests)))
    for version in LATER if only in {None, "later"} else ():
        found = _find_python(version)
        if found is None:
            rows.append((f"{version}: demo", "not installed here, not tried"))
            continue
        python = bench.environment(version, found, lowest=False, tools=False)
        rows.append((f"{version}, newest versions: demo", bench.demo(python)))
    print("\n=== result")
    for name, result in rows:
        print(f"{name:<40}{result}")
    return int(any(result.startswith("FAILED") for _, result in rows))


class Bench:
    """A folder with the wheel, the installer, and the environments made from them."""

    def __init__(self, place: Path) -> None:
        self.place, self.begun = place, time.monotonic()
        self._say("the wheel, and uv to install it: pip cannot choose the lowest versions")
        _do(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", place / "wheel", TOP)
        _do(sys.executable, "-m", "venv", place / "uv")
        _do(place / "uv/bin/python", "-m", "pip", "install", "-q", "uv")
        self.wheel = next((place / "wheel").glob("ddmkit-*.whl"))
        # The tests without the package beside them, so that they meet the installed one.
        for name in ("tests", "notebooks", "binder"):
            shutil.copytree(TOP / name, place / "checkout" / name)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(TOP / name, place / "checkout" / name)

    def environment(self, name: str, python: str, *, lowest: bool, tools: bool) -> Path:
        """Make an environment with the wheel, and with the test tools that fit beside it; return its Python."""
        self._say(f"an environment: {name}")
        folder = self.place / name
        _do(python, "-m", "venv", folder)
        inside = folder / "bin/python"
        resolution = ("--resolution", "lowest-direct") if lowest else ()
        self._install(inside, *resolution, f"{self.wheel}{EXTRAS}")
        if tools:
            kept = self.place / f"{name}.txt"
            kept.write_text(
                _do(self.place / "uv/bin/uv", "pip", "freeze", "--python", inside, quiet=True).split("ddmkit @")[0]
            )
            self._install(inside, "--constraint", kept, *_test_tools())
        return inside

    def demo(self, python: Path) -> str:
        """Run the demo of a restore and that of a whole recovery, and say how they ended."""
        self._say(f"the demos in {python.parents[1].name}")
        home = self.place / f"{python.parents[1].name}-home"
        home.mkdir()
        environment = {**_environment(), "HOME": str(home)}
        results = []
        for name, more in (("demo", ()), ("recovery", ("--recovery",))):
            command = [python.parent / "ddmkit", "demo", *more, "--dir", home / name]
            results.append(_ended(command, cwd=home, env=environment, tail=3))
        return next((one for one in results if one.startswith("FAILED")), results[-1])

    def test(self, python: Path, tests: Sequence[str]) -> str:
        """Run the tests and say how they ended."""
        self._say(f"the tests in {python.parents[1].name}")
        command = [python, "-m", "pytest", "-q", "-n", "0", *tests]
        return _ended(command, cwd=self.place / "checkout", env=_environment(), tail=30)

    def _install(self, python: Path, *words: object) -> None:
        _do(self.place / "uv/bin/uv", "pip", "install", "-q", "--python", python, *words)

    def _say(self, words: str) -> None:
        print(f"\n=== {words} (after {time.monotonic() - self.begun:.0f} s)", flush=True)


def _test_tools() -> list[str]:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    return [one for one in project["optional-dependencies"]["test"] if not one.startswith(NOT_NEEDED)]


def _environment() -> dict[str, str]:
    """Return the variables of this process without those that would lead to this checkout or to a person's own service."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DDMKIT_", "VIRTUAL_ENV"))}


def _ended(command: Sequence[object], *, cwd: Path, env: dict[str, str], tail: int) -> str:
    begun = time.monotonic()
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    lines = done.stdout.splitlines()
    print("\n".join(lines[-tail:] if done.returncode == 0 else lines[-200:]), flush=True)
    last = lines[-1] if lines and "passed" in lines[-1] else ""
    took = f"{time.monotonic() - begun:.0f} s"
    return f"{'passed' if done.returncode == 0 else f'FAILED with code {done.returncode}'} in {took} {last}".rstrip()


def _do(*words: object, quiet: bool = False) -> str:
    done = subprocess.run(list(map(str, words)), env=_environment(), text=True, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    if not quiet and done.stdout.strip():
        print(done.stdout.strip())
    return done.stdout


def _find_python(version: str) -> str | None:
    """Return a Python of this version that runs: one on the path, or one that pyenv has installed."""
    known = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    named = [shutil.which(f"python{version}"), *sorted(map(str, known.glob(f"{version}.*/bin/python")))]
    return next((one for one in named if one and _version_of(one) == version), None)


def _version_of(python: str) -> str:
    look = "import sys; print('{}.{}'.format(*sys.version_info))"
    return subprocess.run([python, "-c", look], text=True, capture_output=True, check=False).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
