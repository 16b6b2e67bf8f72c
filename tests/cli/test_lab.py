"""The servers of ``ddmkit lab``: real processes, real HTTP, and a browser; what they print, load and leave behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from ddmkit.cli.lab import GUIDED, LabServer, app_server, find_port, lab_server, new_world, serve
from ddmkit.errors import DDMKitError, InputError
from ddmkit.notebook_templates import find_templates
from tests import forked, plain_http
from tests.browser.kernels import Kernel
from tests.chromium import LOCAL, open_page
from tests.ports import free_port

# One process for all: the servers are started once, and two commands that look for a free port in the same instant may find
# the same one.
pytestmark = pytest.mark.xdist_group("ddmkit-lab")

# Names of languages within a page's drawings, which nobody calls.
NAMESPACES = {"www.w3.org", "purl.org", "creativecommons.org"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("DDMKIT_", "JUPYTER_", "BROWSER"))}


def hosts_named(page):
    return {urlsplit(address).hostname for address in re.findall(r"(?:https?:)?//[\w.-]+\.\w+(?::\d+)?/", page)} - NAMESPACES


class Opened:
    """A running command, the address it gave, and what it printed before."""

    def __init__(self, process):
        self.process, self.printed = process, ""
        for line in process.stdout:
            self.printed += line
            if "http://127.0.0.1" in line:
                break
        found = re.search(r"http://\S+", self.printed)
        assert found, process.communicate(timeout=30)
        self.address = found[0]
        self.home, self.token = self.address.split("/", 3)[:3], self.address.rpartition("token=")[2]
        self.home = "/".join(self.home)

    def get(self, path, *, token=True, **options):
        headers = {"Authorization": f"token {self.token}"} if token else {}
        return plain_http.get(f"{self.home}{path}", headers=headers, timeout=60, **options)

    def end(self, number=signal.SIGINT):
        below = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        rest, errors = self.process.communicate(timeout=30)
        self.printed += rest
        assert below
        assert not [one for one in below if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        return self.process.returncode, errors


@contextmanager
def running(folder, *words, browser="", **environment):
    command = [sys.executable, "-m", "ddmkit", "lab", *words, *([] if browser else ["--no-browser"])]
    opened = {**ENVIRONMENT, **environment, **({"BROWSER": browser} if browser else {})}
    # The command's own process is forked; the server that it starts, and the kernels, are real ones.
    with forked.Popen(command, cwd=folder, env=opened, stdout=forked.PIPE, stderr=forked.PIPE) as process:
        try:
            yield Opened(process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=30)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with running(tmp_path_factory.mktemp("empty")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running(tmp_path_factory.mktemp("empty"), "here", "--voila") as opened:
        yield opened


@pytest.fixture(scope="module")
def app_page(app):
    return app.get("/").text


def test_jupyterlab_answers_in_an_empty_folder_with_the_templates_in_it(lab):
    assert "ddmkit-notebooks/00_guided_restore.ipynb" in lab.printed
    page = lab.get(f"/lab/tree/{GUIDED}")
    assert (page.status_code, "JupyterLab" in page.text) == (200, True)
    names = {one["name"] for one in lab.get("/api/contents").json()["content"]}
    assert {path.name for path in find_templates().glob("*.ipynb")} <= names


def test_a_newcomer_is_told_what_to_know(lab):
    for said in ("simulator", "no account", "world.sqlite", "service", "Credentials come from", "Ctrl-C"):
        assert said in lab.printed
    assert lab.address.startswith(f"{lab.home}/lab/tree/{GUIDED}?token=")


@pytest.mark.parametrize("server", ["lab", "app"])
def test_nobody_gets_in_without_the_token(server, request):
    opened = request.getfixturevalue(server)
    assert opened.get("/api/kernels/0-0-0-0-0", token=False).status_code == 403
    assert opened.get("/", token=False).status_code == 302
    assert opened.get("/login", token=False).status_code == 200
    told = " ".join(
        word for one in psutil.Process(opened.process.pid).children(recursive=True) for word in [*one.cmdline(), "|"]
    )
    assert opened.token not in told


def test_jupyterlab_asks_nothing_about_news(lab):
    assert "@jupyterlab/apputils-extension:announcements" in lab.get("/lab").text


def test_the_app_shows_the_form_and_no_code(app_page):
    assert "Guided restore" in app_page
    assert "application/vnd.jupyter.widget-view+json" in app_page
    assert "open_guide(" not in app_page


def test_the_app_leaves_out_what_only_a_notebook_can_do(app_page):
    assert "2. The form" in app_page
    for said in ("other parameters", "Validate inputs", "these two cells", "Nothing was submitted, so there is no record"):
        assert said not in app_page


def test_the_app_names_no_other_host(app, app_page):
    assert hosts_named('<a href="https://cdn.example.com/x"> @import "//fonts.example.org/y"') == {
        "cdn.example.com",
        "fonts.example.org",
    }
    assert hosts_named(app_page) <= LOCAL
    assert hosts_named(app.get("/login").text) <= LOCAL
    missing = app.get("/voila/files/none.png")
    assert missing.status_code >= 400
    assert hosts_named(missing.text) <= LOCAL


def test_no_address_brings_back_the_pages_that_load_from_another_host(app):
    assert hosts_named(app.get("/?template=lab").text) <= LOCAL


def test_a_cell_that_is_not_for_the_app_runs_and_is_not_shown(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "Seen words"},
        {"cell_type": "markdown", "id": "b", "metadata": {"tags": ["not-in-app"]}, "source": "Hidden words"},
        {
            "cell_type": "code",
            "id": "c",
            "metadata": {"tags": ["not-in-app"]},
            "source": "n = 20 + 1",
            "outputs": [],
            "execution_count": None,
        },
        {"cell_type": "code", "id": "d", "metadata": {}, "source": "print(2 * n)", "outputs": [], "execution_count": None},
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / GUIDED).write_text(
        httpx.Response(200, json={"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}).text
    )
    with running(tmp_path, "here", "--voila") as opened:
        page = opened.get("/").text
    assert "kept    here/00_guided_restore.ipynb (it was there)" in opened.printed
    assert "Seen words" in page
    assert "42" in page
    assert "Hidden words" not in page


def start_kernel(opened, runtime):
    headers = {"Authorization": f"token {opened.token}"}
    begun = plain_http.post(f"{opened.home}/api/kernels", headers=headers, timeout=60).raise_for_status().json()
    Kernel(runtime / f"kernel-{begun['id']}.json").close()  # it answers


@pytest.mark.parametrize("words", [(), ("--voila", "--world", "mine.sqlite")])
def test_ctrl_c_ends_the_server_and_its_kernels_with_code_0_and_a_world_that_was_named_stays(words, tmp_path):
    with running(tmp_path, *words, JUPYTER_RUNTIME_DIR=str(tmp_path)) as opened:
        if words:
            opened.get("/")  # starts a kernel, which makes the world
        else:
            start_kernel(opened, tmp_path)
        code, errors = opened.end()
    assert (code, "Traceback" in errors, "encryption" in errors) == (0, False, False), errors
    assert "has ended" in opened.printed
    assert (tmp_path / "mine.sqlite").exists() == bool(words)
    with pytest.raises(httpx.ConnectError):
        opened.get("/login")


@pytest.mark.usefixtures("app_page")  # whose kernel makes the world
def test_all_notebooks_of_a_run_see_one_world_and_the_next_run_a_new_one(app, tmp_path):
    world = re.search(r"world, with its records: (\S+)\nIt is NEW", app.printed)[1]
    assert Path(psutil.Process(app.process.pid).cwd(), world).exists()
    assert (
        new_world(tmp_path, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == tmp_path / "simulator/20260102-030405/world.sqlite"
    )


def test_the_browser_is_opened_through_a_private_file_and_being_told_to_end_is_no_failure(tmp_path):
    seen = tmp_path / "seen"
    fake = tmp_path / "browser"
    fake.write_text(
        f'#!/bin/sh\nf="${{1#file://}}"\n{{ echo "$1"; ls -l "$f"; cat "$f"; }} > {seen}.part && mv {seen}.part {seen}\n'
    )
    fake.chmod(0o700)
    runtime = str(tmp_path / "runtime")
    with running(tmp_path, "--voila", browser=f"{fake} %s", JUPYTER_RUNTIME_DIR=runtime) as opened:
        ticks = threading.Event()
        while not seen.exists():
            ticks.wait(0.05)
        code, errors = opened.end(signal.SIGTERM)
    command_line, listed, page = seen.read_text().splitlines()
    assert opened.token not in command_line
    assert listed.startswith("-rw-------")
    assert opened.address in page
    assert (code, "Traceback" in errors) == (0, False), errors
    assert not list(Path(runtime).glob("ddmkit-*"))


def test_a_port_that_is_taken_is_refused_by_its_name():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match=r"--port: port .* is taken"):
            find_port(taken.getsockname()[1])
    free = find_port()
    assert find_port(free) == free > 0


def test_servers_listen_on_loopback_and_keep_their_token_out_of_sight(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/site/jupyter")
    for make in (lab_server, app_server):
        server = make(tmp_path, port=8900, world=Path("w.sqlite"))
        assert any(word.endswith(".ip=127.0.0.1") for word in server.command)
        assert server.token not in " ".join(server.command) + repr(server)
        assert len(server.token) >= 40
        assert server.token != make(tmp_path, port=8900, world=Path("w.sqlite")).token
        assert server.added["DDMKIT_DEMO_WORLD"] == str(Path("w.sqlite").resolve())
    assert app_server(tmp_path, port=8900, world=Path("w")).added["JUPYTER_PATH"].endswith(f"{os.pathsep}/site/jupyter")


def test_kernels_are_encrypted_where_what_is_installed_can(tmp_path, monkeypatch):
    option = "--KernelManager.transport_encryption=auto"
    for make in (lab_server, app_server):
        assert option in make(tmp_path, port=8900, world=Path("w")).command
    monkeypatch.setattr("zmq.has", lambda _what: False)
    assert option not in lab_server(tmp_path, port=8900, world=Path("w")).command


def own_server(tmp_path, program):
    port = free_port()
    command = (sys.executable, "-c", program, str(port))
    return LabServer(name="It", command=command, folder=tmp_path, port=port, page="/", token="t" * 9, added={})


def test_a_server_that_fails_is_told_with_its_code(tmp_path):
    with pytest.raises(DDMKitError, match="It ended by itself with code 3"):
        serve(own_server(tmp_path, "raise SystemExit(3)"), browser=False, say=print)


def test_a_server_that_a_person_shuts_down_is_no_failure(tmp_path):
    said = []
    serve(own_server(tmp_path, "pass"), browser=False, say=said.append)
    assert said == []


LETS_IN = """
import http.server, signal, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302 if self.headers["Authorization"] == "token " + "t" * 9 else 200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{LETS_IN}"


def test_a_second_ctrl_c_ends_a_server_that_does_not_listen(tmp_path):
    pressed = threading.Event()

    def press_twice(_said):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            pressed.set()

    before = signal.getsignal(signal.SIGINT)
    serve(own_server(tmp_path, STUBBORN), browser=False, say=press_twice)
    assert pressed.is_set()
    assert signal.getsignal(signal.SIGINT) is before


def test_another_server_on_the_port_is_not_taken_for_ours(tmp_path):
    said, port = [], free_port()
    ours = replace(own_server(tmp_path, "import time; time.sleep(3); raise SystemExit(1)"), port=port)
    other = subprocess.Popen([sys.executable, "-c", LETS_IN.replace('"t" * 9', '"other"'), str(port)])
    try:
        with pytest.raises(DDMKitError, match="It ended by itself with code 1"):
            serve(ours, browser=False, say=said.append)
    finally:
        other.kill()
        other.wait()
    assert said == []


SENDS_EVERYBODY_ON = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.headers["Authorization"], file=open(sys.argv[2], "a"))
        self.send_response(302)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


def test_a_server_that_accepts_any_token_never_hears_ours(tmp_path):
    said, port, heard = [], free_port(), tmp_path / "heard"
    ours = replace(own_server(tmp_path, "import time; time.sleep(3); raise SystemExit(1)"), port=port)
    other = subprocess.Popen([sys.executable, "-c", SENDS_EVERYBODY_ON, str(port), str(heard)])
    try:
        with pytest.raises(DDMKitError, match="ended by itself with code 1"):
            serve(ours, browser=False, say=said.append)
    finally:
        other.kill()
        other.wait()
    assert said == []
    assert ours.token not in heard.read_text()


def test_the_app_calls_no_other_host_and_shows_its_form(chromium, app):
    with open_page(chromium) as watched:
        watched.page.goto(app.address)
        watched.page.get_by_text("Which instance lost its metadata?").wait_for()
        assert watched.page.get_by_text("ddm-orders-prod").count() > 0
        watched.page.wait_for_load_state("networkidle")
    assert watched.elsewhere == []
    assert watched.errors == []


def test_jupyterlab_opens_on_the_guided_notebook_and_its_form_appears(chromium, lab):
    with open_page(chromium) as watched:
        watched.page.goto(lab.address)
        watched.page.locator("h1", has_text="Guided restore").wait_for()
        # Run All before the kernel is there asks for a kernel in a dialog, or does nothing.
        watched.page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
        watched.page.get_by_role("menuitem", name="Run", exact=True).click()
        watched.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        watched.page.get_by_text("Which instance lost its metadata?").wait_for()
        assert watched.page.get_by_text("Jupyter news").count() == 0
    assert watched.elsewhere == []
