"""The files that start the notebooks on a Binder fit what the project declares; read without a network."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from binder.pins import find_problems, read_declared, read_python, write_pins

TOP = Path(__file__).parents[2]
BINDER = TOP / "binder"
DECLARED = ["httpx>=0.27", "SQLAlchemy>=2.0.30", "tzdata>=2024.1; sys_platform == 'win32'"]
VERSIONS = {"httpx": "0.28.1", "sqlalchemy": "2.1.9"}
PINS = write_pins(DECLARED, "3.11", VERSIONS)


def project():
    return tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))


def test_the_pins_of_this_project_are_current():
    away = {**os.environ, "PIP_NO_INDEX": "1", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "binder/pins.py", "--check"]
    ended = subprocess.run(command, cwd=TOP, env=away, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_pins_cover_what_runs_the_notebooks_and_what_builds_the_package():
    declared = project()["project"]
    found = read_declared(project())
    assert set(found) == {
        *declared["dependencies"],
        *declared["optional-dependencies"]["lab"],
        *project()["build-system"]["requires"],
    }
    assert found == sorted(found)


def test_pins_just_written_are_current():
    assert find_problems(DECLARED, "3.11", PINS) == []


@pytest.mark.parametrize(
    ("declared", "python", "pins", "said"),
    [
        ([*DECLARED, "pandas>=2"], "3.11", PINS, "pandas>=2 is declared but not pinned."),
        (["httpx>=1", *DECLARED[1:]], "3.11", PINS, "httpx>=1 is declared but pinned to 0.28.1."),
        (["httpx>=0.26", *DECLARED[1:]], "3.11", PINS, "pyproject.toml or runtime.txt has changed since it was written."),
        (DECLARED, "3.12", PINS, "pyproject.toml or runtime.txt has changed since it was written."),
        (DECLARED, "3.11", PINS.replace("==0.28.1", ">=0.28.1"), "'httpx>=0.28.1' is no exact version of a package."),
        (DECLARED, "3.11", PINS + "httpx==0.28.1\n", "The packages are not sorted, or one is listed twice."),
        (DECLARED, "3.11", PINS + "anyio==4.16.0\n", "The packages are not sorted, or one is listed twice."),
        (DECLARED, "3.11", PINS + "x @ https://somewhere/x.whl\n", "'x @ https://somewhere/x.whl' is no exact version"),
        (DECLARED, "3.11", PINS.replace("# Inputs", "# inputs"), "pyproject.toml or runtime.txt has changed since"),
    ],
)
def test_pins_that_do_not_fit_are_refused_with_the_reason(declared, python, pins, said):
    assert said in " ".join(find_problems(declared, python, pins))


def test_the_python_of_the_image_is_one_that_the_project_runs_on():
    python = read_python((BINDER / "runtime.txt").read_text("utf-8"))
    assert python in SpecifierSet(project()["project"]["requires-python"])


def test_every_front_end_opens_on_the_guided_notebook():
    settings = json.loads((BINDER / "jupyter_config.json").read_text("utf-8"))
    for said in settings.values():
        assert (TOP / said["default_url"].removeprefix("/lab/tree/")).is_file()


def test_what_an_image_runs_can_be_run():
    for name in ("postBuild", "start"):
        assert os.access(BINDER / name, os.X_OK)
        assert (BINDER / name).read_text("utf-8").startswith("#!/usr/bin/env bash\n")
        subprocess.run(["bash", "-n", str(BINDER / name)], check=True)


def test_a_session_starts_what_it_is_asked_to_in_one_world_for_all_its_notebooks(tmp_path):
    asked = ["bash", "-c", 'echo "$0 $DDMKIT_DEMO_WORLD"', "two words"]
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    ended = subprocess.run([str(BINDER / "start"), *asked], env=home, capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == f"two words {tmp_path}/simulator/world.sqlite\n"
