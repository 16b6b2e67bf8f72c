#!/usr/bin/env python
"""Writes ``binder/requirements.txt``: exact versions of what ddmkit, its extra ``lab`` and its build need.

``python binder/pins.py`` asks pip for the newest compatible versions. ``--check`` says, without a network, whether the file
still fits ``pyproject.toml`` and ``runtime.txt``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
PINS = HERE / "requirements.txt"

_PIN = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)==([0-9][0-9a-z.+!]*)")
_INPUTS = re.compile(r"^# Inputs: sha256:([0-9a-f]{64})$", re.MULTILINE)


def read_declared(project: Mapping[str, Any]) -> list[str]:
    """Return the requirements that a ``pyproject.toml`` declares for ddmkit, its extra ``lab`` and its build, sorted."""
    declared = project["project"]
    return sorted(
        [*project["build-system"]["requires"], *declared["dependencies"], *declared["optional-dependencies"]["lab"]]
    )


def read_python(runtime: str) -> str:
    """Return the Python version in a ``runtime.txt``, such as ``"3.11"``."""
    return runtime.strip().removeprefix("python-")


def write_pins(declared: Iterable[str], python: str, versions: Mapping[str, str]) -> str:
    """Return the text of the file for these versions."""
    lines = [f"{name}=={version}" for name, version in sorted(versions.items())]
    head = f"""\
# Exact versions of what ddmkit, its extra lab and its build need, on Python {python} and Linux.
# Written by binder/pins.py from pyproject.toml; run that again rather than editing this.
# Inputs: sha256:{_digest(declared, python)}
"""
    return head + "\n".join(lines) + "\n"


def find_problems(declared: Iterable[str], python: str, pins: str) -> list[str]:
    """Return a sentence for each difference between the pins and what is declared; empty when the file is current."""
    declared = list(declared)
    lines = [line for line in pins.splitlines() if not line.startswith("#")]
    found = [(line, _PIN.fullmatch(line)) for line in lines]
    problems = [f"{line!r} is no exact version of a package." for line, pin in found if pin is None]
    versions = {pin[1]: pin[2] for _, pin in found if pin}
    if len(versions) < len(lines) - len(problems) or lines != sorted(lines, key=lambda line: line.partition("==")[0]):
        problems.append("The packages are not sorted, or one is listed twice.")
    noted = _INPUTS.search(pins)
    if noted is None or noted[1] != _digest(declared, python):
        problems.append("pyproject.toml or runtime.txt has changed since it was written.")
    return problems + [problem for text in declared if (problem := _find_misfit(Requirement(text), python, versions))]


def _find_misfit(wanted: Requirement, python: str, versions: Mapping[str, str]) -> str:
    there = {"python_version": python, "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    if wanted.marker and not wanted.marker.evaluate(there):
        return ""
    version = versions.get(canonicalize_name(wanted.name))
    if version is None:
        return f"{wanted} is declared but not pinned."
    return "" if wanted.specifier.contains(version, prereleases=True) else f"{wanted} is declared but pinned to {version}."


def _digest(declared: Iterable[str], python: str) -> str:
    return hashlib.sha256(json.dumps([python, *sorted(declared)]).encode()).hexdigest()


def _resolve(declared: Iterable[str]) -> dict[str, str]:
    """Ask pip which versions it would install into an empty environment."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    asked = [*pip, "--dry-run", "--ignore-installed", "--only-binary=:all:", "--report", "-", *declared]
    report = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603  # our own arguments
    packages = [one["metadata"] for one in report["install"]]
    return {canonicalize_name(one["name"]): one["version"] for one in packages}


def main() -> int:
    """Write or check the file; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only say whether the file is current; needs no network")
    check = parser.parse_args().check
    declared = read_declared(tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8")))
    python = read_python((HERE / "runtime.txt").read_text("utf-8"))
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not check and (here, sys.platform) != (python, "linux"):
        sys.stderr.write(
            f"The image has Python {python} on Linux: write its versions there, not on {here}, {sys.platform}.\n"
        )
        return 1
    if not check:
        PINS.write_text(write_pins(declared, python, _resolve(declared)), "utf-8")
    problems = find_problems(declared, python, PINS.read_text("utf-8"))
    sys.stderr.writelines(f"{PINS.name}: {problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
