"""Proves that ``binder/`` gives what it promises, without a container: ``python -m tests.binder`` from the project's root.

A copy of what git knows of the project is taken; a new environment is made from ``requirements.txt`` alone; ``postBuild`` and
``start`` are run there as repo2docker would; and Chromium opens what a visitor opens. Needs the Python of ``runtime.txt`` and
a package index, and takes a few minutes. With ``--repo2docker COMMAND`` that program is asked what it reads in the copy.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from ddmkit.simulator.world.world import World
from tests import plain_http
from tests.chromium import HOW_TO_INSTALL, find_chromium, open_page
from tests.ports import free_port

TOP = Path(__file__).parents[2]
NOTEBOOK = "/lab/tree/notebooks/00_guided_restore.ipynb"
# What repo2docker's images start when nothing else is asked for, and what sites start in its place.
STARTED = (("jupyter", "notebook"), ("jupyter", "lab"))
TOKEN = "of-this-proof-alone"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repo2docker", metavar="COMMAND", help="the program jupyter-repo2docker, to ask it what it reads")
    parser.add_argument("--keep", action="store_true", help="leave the copy and its environment, and say where")
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="ddmkit-binder-"))
    try:
        home = copy_project(place / "home")
        if asked.repo2docker:
            ask_repo2docker(asked.repo2docker, home)
        environment = build(home, place / "environment")
        for command in STARTED:
            visit(home, environment, command)
    finally:
        if asked.keep:
            say(f"left in {place}")
        else:
            shutil.rmtree(place, ignore_errors=True)
    say("all of it holds")
    return 0


def say(text: str) -> None:
    print(f"[{time.monotonic() - BEGUN:5.0f} s] {text}", flush=True)


BEGUN = time.monotonic()


def copy_project(home: Path) -> Path:
    """Copy the files that git knows, as they stand: what is ignored or forgotten is not there for a visitor either."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOP / name, home / name)
    for name in ("requirements.txt", "runtime.txt", "postBuild", "start"):
        assert (home / "binder" / name).exists(), f"git does not know binder/{name}"
    say(f"copied what git knows to {home}")
    return home


def ask_repo2docker(program: str, home: Path) -> None:
    """Let it read the copy and write its recipe: our files have to be in it, at their places."""
    done = subprocess.run([program, "--no-build", "--debug", str(home)], capture_output=True, text=True, timeout=300)
    recipe = done.stdout + done.stderr
    assert done.returncode == 0, recipe[-3000:]
    python = (home / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    for part in (
        f"Building conda environment for python={python}",
        'pip install --no-cache-dir -r "binder/requirements.txt"',
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
        "CMD " + json.dumps([*STARTED[0], "--ip", "0.0.0.0"]),
    ):
        assert part in recipe, f"not read: {part}\n{recipe}"
    say("repo2docker reads runtime.txt, requirements.txt, postBuild and start")


def build(home: Path, environment: Path) -> Path:
    """Make the environment as the recipe does: the pins, then ``postBuild`` in the copy."""
    python = (home / "binder" / "runtime.txt").read_text().strip().replace("-", "")
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    run = {"cwd": home, "env": variables(home, environment), "check": True}
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-cache-dir", "-r", "binder/requirements.txt"], **run)
    say("installed the pins")
    subprocess.run(["binder/postBuild"], **run)
    subprocess.run([*pip, "check"], **run)
    say("ran postBuild: a whole restore went through")
    return environment


def variables(home: Path, environment: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith(("LANG", "LC_", "PIP_", "SSL_", "TMP"))}
    # The person's own pip settings say where packages come from; nothing else of theirs is there.
    configured = {"PIP_CONFIG_FILE": os.environ.get("PIP_CONFIG_FILE") or str(Path.home() / ".config/pip/pip.conf")}
    path = f"{environment / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    return {**kept, **configured, "HOME": str(home), "PATH": path, "NB_PYTHON_PREFIX": str(environment)}


def visit(home: Path, environment: Path, command: tuple[str, ...]) -> None:
    """Start a session with ``start``, go to its bare address, and run the notebook that opens."""
    home = Path(shutil.copytree(home, home.parent / f"home-of-{command[-1]}"))  # nobody was there before
    port = free_port()
    options = ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", "--no-browser", "--allow-root"]
    given = {**variables(home, environment), "JUPYTER_TOKEN": TOKEN}
    log = home / f"{command[-1]}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            ["binder/start", *command, *options], cwd=home, env=given, stdout=out, stderr=out, start_new_session=True
        )
        try:
            address = f"http://127.0.0.1:{port}"
            await_answer(address, process, log)
            see_the_form(f"{address}/?token={TOKEN}", address)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    world = World(home / "simulator" / "world.sqlite")
    submitted = world.effective_restores()
    world.close()
    assert submitted == []
    assert "Traceback" not in log.read_text(), log.read_text()
    say(f"{' '.join(command)}: opens the guided notebook; Run All shows its form, submits nothing and calls no other host")


def await_answer(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            plain_http.get(f"{address}/login", timeout=5)
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def see_the_form(visited: str, address: str) -> None:
    executable = find_chromium()
    assert executable, HOW_TO_INSTALL
    with open_page(executable) as watched:
        page = watched.page
        page.goto(visited)
        page.locator("h1", has_text="Guided restore").wait_for()
        page.wait_for_url(f"{address}{NOTEBOOK}*")
        # The page is stored with what it showed once; the form itself lives only when it has run here.
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.locator(".ddmkit-restore").get_by_text("ddm-orders-prod").first.wait_for()
        page.locator(".jp-InputPrompt", has_text="[7]:").wait_for()  # the last cell has run
        page.get_by_text("Nothing was submitted, so there is no record.").wait_for()
        assert page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0
        assert page.get_by_text("Jupyter news").count() == 0
    assert watched.elsewhere == []


if __name__ == "__main__":
    sys.exit(main())
