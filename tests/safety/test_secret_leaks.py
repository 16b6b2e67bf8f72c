"""No secret gets out: canaries are planted in every source of credentials, and every byte written or shown is searched.

The simulator is made to accept the canaries, so that they go the whole way of real ones. They hold quotes, slashes, percent
signs and letters beyond ASCII, so that each disguise (JSON, percent, HTML, base64) differs from the plain text.

Searched: both output streams, every logger at DEBUG, reprs and displays, tracebacks with the variables of every frame, the
record store, exports, pages, notebooks, the state of widgets. Not searched, because Python gives no way to hide it: the
variables of whoever calls with a secret in hand (the frames of the tests, which therefore hold theirs in an object), those of
the HTTP library when a mistake of ours, which stays a whole traceback, is raised in its middle, and the process's memory.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import functools
import html
import json
import logging
import os
import pickle
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ipywidgets import Widget
from pydantic import BaseModel
from sqlalchemy import make_url

import ddmkit
from ddmkit.cli import demo as demonstration
from ddmkit.cli.demo import run_demonstration
from ddmkit.errors import AuthError, DDMKitError, InputError, JobTimeoutError, RecordError
from ddmkit.forms import RestoreForm
from ddmkit.kit import Kit
from ddmkit.secrecy.scan import find_secrets
from ddmkit.service.client import Client
from ddmkit.service.protocol import restore_metadata
from ddmkit.simulator import FAULTS, RECOVERY_FAULTS, Simulator
from ddmkit.simulator.storage.ids import Credentials, Seed
from tests import forked

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
AWKWARD = '/+"<&>\\%41='


@dataclass(frozen=True, repr=False)
class Canaries:
    """The secrets, in an object whose repr says nothing, so that the tests' own frames do not give them away."""

    token: str = f"cAnArY-tOkEn{AWKWARD}tOkEn"
    access_key: str = "CANARYACCESSKEY4711Q"
    secret_key: str = f"cAnArY-sEcReT{AWKWARD}kEy"
    temporary_access_key: str = "CANARYTEMPORARY0815Z"
    temporary_secret_key: str = f"cAnArY-tEmPoRaRy{AWKWARD}kEy"
    security_token: str = f"cAnArY-sEcUrItY{AWKWARD}tOkEn"
    password: str = f"cAnArY-pAsSwOrD{AWKWARD} Ö☃"
    store_password: str = f"cAnArY-sToRe{AWKWARD}:@pAsSwOrD"
    short_password: str = 'cAn"y/P4'
    proxy_password: str = f"cAnArY-pRoXy{AWKWARD}:@pAsSwOrD"

    def __repr__(self) -> str:
        return "<canaries>"

    def named(self) -> dict[str, str]:
        return dict(vars(self))

    def searched(self) -> dict[str, str]:
        """Each secret, and the plain piece that it begins with, which no escaping changes however often it is done."""
        return self.named() | {f"piece of {name}": secret.partition("/")[0] for name, secret in self.named().items()}


CANARIES = Canaries()


# Watching -------------------------------------------------------------------------------------------------------------


class Watch(logging.Handler):
    """Keeps everything that was shown, logged or written, and searches it at the end."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.folder = folder
        self.kept: list[tuple[str, str]] = []
        self.secrets = CANARIES.searched()
        self.errors: list[BaseException] = []

    def __repr__(self) -> str:
        return "<watch>"

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append((f"log of {record.name}", self.format(record)))
        self.kept.append((f"log record of {record.name}", repr(record.__dict__)))

    def show(self, thing: Any) -> Any:
        """Look at a thing in every way that a notebook, a terminal or a file would."""
        name = type(thing).__name__
        self.kept += [(f"repr of {name}", repr(thing)), (f"str of {name}", str(thing))]
        if hasattr(thing, "_repr_mimebundle_"):
            self.kept.append((f"display of {name}", repr(thing._repr_mimebundle_())))
        if isinstance(thing, BaseModel):
            self.kept.append((f"JSON of {name}", thing.model_dump_json()))
        if hasattr(thing, "frame"):
            self.kept.append((f"frame of {name}", thing.frame().to_csv()))
        return thing

    def attempt(self, call: Callable[[], Any]) -> Any:
        """Do something; what it gives, or the error it ends with and everything that hangs on that, was shown."""
        try:
            result = call()
        except (DDMKitError, TypeError, KeyboardInterrupt) as error:
            self._keep_error(error)
            return None
        return self.show(result)

    def _keep_error(self, error: BaseException) -> None:
        self.errors.append(error)
        told = traceback.format_exception(error) + list(describe_locals(error))
        self.kept.append((f"traceback of {type(error).__name__}", "".join(told)))
        seen: set[int] = set()
        hanging: list[BaseException | None] = [error]
        while hanging:
            one = hanging.pop()
            if one is None or id(one) in seen:
                continue
            seen.add(id(one))
            self.kept.append((f"error {type(one).__name__}", f"{one!s} {one!r} {one.args!r} {vars(one)!r}"))
            hanging += [one.__cause__, one.__context__]  # a suppressed one as well: some tools show it

    def finds(self, printed: str = "") -> set[str]:
        """Return where which secret was seen."""
        pieces = [*self.kept, ("output", printed)]
        pieces += [(f"file {path.name}", path.read_bytes()) for path in self.folder.rglob("*") if path.is_file()]
        contents = {piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogatepass") for _, piece in pieces}
        if not find_secrets(b"\n".join(contents), self.secrets):  # much of it was shown again and again
            return set()
        found = {f"{name} in {where}" for where, content in pieces for name in find_secrets(content, self.secrets)}
        return found or {"a secret in two pieces"}


def describe_locals(error: BaseException) -> Iterator[str]:
    """The variables of every frame, as `TracebackException(capture_locals=True)` shows them, half-made objects included."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield f"{frame.f_code.co_qualname}:{line}\n"
        for name, value in frame.f_locals.items():
            with contextlib.suppress(Exception):  # the repr of an object whose making failed
                yield f"    {name} = {value!r}\n"


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    (tmp_path / "left").mkdir()
    watch = Watch(tmp_path / "left")
    root = logging.getLogger()
    level = root.level
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)
    yield watch
    root.removeHandler(watch)
    root.setLevel(level)


@pytest.fixture
def no_leak(watch: Watch, capfd: pytest.CaptureFixture[str]) -> Callable[[], None]:
    """Return the verdict: something was watched, and no secret was in it."""

    def judge() -> None:
        printed = "".join(capfd.readouterr())
        assert watch.kept
        assert watch.finds(printed) == set()

    return judge


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home and environment of our own, canaries that the simulator accepts, and no pause."""
    for name in ("TOKEN", "ACCESS_KEY", "SECRET_KEY", "SECURITY_TOKEN", "USER", "PASSWORD", "DOMAIN", "RECORDS", "ENDPOINT"):
        monkeypatch.delenv(f"DDMKIT_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made = Seed.credentials
    ours = {name: value for name, value in CANARIES.named().items() if name in Credentials.__dataclass_fields__}
    monkeypatch.setattr(Seed, "credentials", lambda seed: replace(made(seed), **ours))
    monkeypatch.setattr(Seed, "token", lambda _, generation: CANARIES.token + ("" if generation == 0 else str(generation)))
    monkeypatch.setattr("ddmkit.kit.Client", functools.partial(Client, sleep=lambda _: None))


# The watch itself -----------------------------------------------------------------------------------------------------

DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": json.dumps,
    "percent": functools.partial(quote, safe=""),
    "HTML": html.escape,
    "base64": lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
    "base64 for addresses": lambda secret: base64.urlsafe_b64encode(f"x{secret}x".encode()).decode(),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "repr": repr,
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("name", sorted(vars(CANARIES)))
def test_a_planted_secret_is_found_in_every_disguise(name, disguise, watch):
    watch.secrets = CANARIES.named()

    assert f"{name} in output" in watch.finds(DISGUISES[disguise](getattr(CANARIES, name)))
    assert watch.finds("nothing") == set()


def leak_by_local(_: Watch) -> None:
    secret = CANARIES.token
    raise LocalError(f"{len(secret)} characters")


class LocalError(DDMKitError):
    """An error whose frame holds a secret."""


LEAKS: dict[str, Callable[[Watch], Any]] = {
    "output": lambda _: print(CANARIES.token),
    "log": lambda _: logging.getLogger("httpcore.something").debug("headers %s", [CANARIES.token]),
    "file": lambda watch: (watch.folder / "x").write_text(json.dumps([CANARIES.password])),
    "frame": lambda watch: watch.attempt(lambda: leak_by_local(watch)),
    "repr": lambda watch: watch.show(ddmkit.InputError(CANARIES.secret_key)),
}


@pytest.mark.parametrize("place", LEAKS)
def test_a_leak_is_noticed_wherever_it_is(place, watch, capfd):
    LEAKS[place](watch)

    assert watch.finds("".join(capfd.readouterr())) != set()


# Ways in --------------------------------------------------------------------------------------------------------------


def where(simulator: Simulator) -> dict[str, str]:
    facts = simulator.facts
    return {
        "endpoint": facts.endpoint,
        "iam_endpoint": facts.endpoint,
        "project_id": facts.project_id,
        "region": facts.region,
    }


def by_token(_: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    return ddmkit.connect(token=CANARIES.token, **where(simulator), **more)


def by_keys(_: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    return ddmkit.connect(access_key=CANARIES.access_key, secret_key=CANARIES.secret_key, **where(simulator), **more)


def by_temporary_keys(_: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    return ddmkit.connect(
        access_key=CANARIES.temporary_access_key,
        secret_key=CANARIES.temporary_secret_key,
        security_token=CANARIES.security_token,
        **where(simulator),
        **more,
    )


def by_password(_: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    facts = simulator.facts
    return ddmkit.connect(user=facts.user, password=CANARIES.password, domain=facts.domain, **where(simulator), **more)


def by_a_short_password(_: pytest.MonkeyPatch, simulator: Any, **more: Any) -> Kit:
    return ddmkit.connect(user="ada", password=CANARIES.short_password, domain="acme", **where(simulator), **more)


def by_environment(patch: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    facts = simulator.facts
    for name, value in {"USER": facts.user, "PASSWORD": CANARIES.password, "DOMAIN": facts.domain}.items():
        patch.setenv(f"DDMKIT_{name}", value)
    return ddmkit.connect(**where(simulator), **more)


def by_token_in_the_environment(patch: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    patch.setenv("DDMKIT_TOKEN", CANARIES.token)
    return ddmkit.connect(**where(simulator), **more)


def by_the_sdks_environment(patch: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    patch.setenv("HUAWEICLOUD_SDK_AK", CANARIES.temporary_access_key)
    patch.setenv("HUAWEICLOUD_SDK_SK", CANARIES.temporary_secret_key)
    patch.setenv("HUAWEICLOUD_SDK_SECURITY_TOKEN", CANARIES.security_token)
    return ddmkit.connect(**where(simulator), **more)


def by_profile(_: pytest.MonkeyPatch, simulator: Simulator, **more: Any) -> Kit:
    folder = Path.home() / ".huaweicloud"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "credentials").write_text(f"[basic]\nak = {CANARIES.access_key}\nsk = {CANARIES.secret_key}\n", "utf-8")
    return ddmkit.connect(**where(simulator), **more)


SOURCES = {
    "token": by_token,
    "keys": by_keys,
    "temporary keys": by_temporary_keys,
    "password": by_password,
    "environment": by_environment,
    "token in the environment": by_token_in_the_environment,
    "SDK environment": by_the_sdks_environment,
    "profile": by_profile,
}


@pytest.fixture
def sit_down(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Kit, Simulator]]]:
    """Return a kit by a source of credentials, on a simulator of its own; its world and records lie where the watch looks."""
    opened: list[Any] = []

    def sit(source: str, *faults: str, records: str = "") -> tuple[Kit, Simulator]:
        simulator = Simulator(watch.folder / "world.sqlite", now=NOW, faults=faults, slow_s=0.01).start()
        opened.append(simulator)
        kit = SOURCES[source](monkeypatch, simulator, records=records or watch.folder / "records.sqlite")
        opened.append(kit)
        kit._sleep = lambda _: None
        watch.secrets["identity"] = simulator.facts.domain + CANARIES.token  # the longest thing that must not appear
        return kit, simulator

    yield sit
    for one in reversed(opened):
        one.close()


# Whole restores -------------------------------------------------------------------------------------------------------


def look_around(kit: Kit, facts: Any, watch: Watch) -> None:
    """Everything that only looks."""
    watch.show(kit)
    watch.show(kit.settings)
    watch.show(kit.settings.credentials)
    watch.show(kit._client)
    for look in (
        kit.instances,
        lambda: kit.backups(facts.source),
        lambda: kit.restorable_ranges(facts.source),
        lambda: kit.related_nodes(facts.source, facts.backup_id),
        lambda: kit.targets(facts.source),
        lambda: kit.jobs(timedelta(days=20)),
        lambda: kit.timeline(facts.source).to_json(),
        lambda: kit.related_nodes("no-such-instance", facts.restore_time),
        lambda: kit.records,
        lambda: kit.records.get("no-such-record"),
    ):
        watch.attempt(look)


def restore(kit: Kit, simulator: Simulator, watch: Watch) -> Any:
    """A plan refused first, then confirmed and followed to an end, with a person's word where it takes one."""
    facts = simulator.facts
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes, "backup_id": facts.backup_id}
    for _ in range(12):
        plan = watch.attempt(lambda: kit.plan(**chosen))
        if plan is None:
            continue
        watch.attempt(lambda: kit.submit(plan, confirm="something else", purpose="a rehearsal"))  # noqa: B023  # called now
        again = watch.attempt(lambda: kit.plan(**chosen))
        job = again and watch.attempt(lambda: kit.submit(again, confirm=again.target_name, accept=again.warnings))  # noqa: B023
        job = job or decide(kit, simulator, watch)
        if job is not None:
            return follow(job, simulator, watch)
    return None


def decide(kit: Kit, simulator: Simulator, watch: Watch) -> Any:
    """Adopt the job that the console shows, or release; give the job where there is one."""
    newest = watch.attempt(kit.records.list)[0]
    if newest.state not in {"unknown", "sending"}:
        return None
    watch.attempt(lambda: kit.resume(newest.id))
    started = simulator.effective_restores()
    if started:
        return watch.attempt(lambda: kit.adopt(newest.id, started[-1]["job_id"])) or watch.attempt(
            lambda: kit.resume(newest.id)
        )
    watch.attempt(lambda: kit.release(newest.id, reason="", confirm=""))
    simulator.advance(timedelta(minutes=3))
    watch.attempt(lambda: kit.release(newest.id, reason="the console shows nothing", confirm=newest.target_name))
    return None


def follow(job: Any, simulator: Simulator, watch: Watch) -> Any:
    for _ in range(12):
        watch.attempt(lambda: job.wait(timeout_s=0.5, poll_s=0))
        if job.status != "running":
            break
        if isinstance(watch.errors[-1], JobTimeoutError):
            simulator.world.set_job(job.id, outcome="Failed", fail_reason="ended by hand")
    watch.show(job)
    return job


def leave_files(job: Any, watch: Watch) -> None:
    record = watch.show(job.record)
    record.export(watch.folder / "x.ddmrecord.json")
    watch.attempt(lambda: record.export(watch.folder / "world.sqlite"))  # in the way
    (watch.folder / "x.html").write_text(record.to_html(), "utf-8")
    (watch.folder / "x.md").write_text(record.to_markdown() + record.to_postmortem(), "utf-8")
    record.to_notebook(watch.folder / "x.ipynb")
    watch.show(ddmkit.read_record(watch.folder / "x.ddmrecord.json"))


@pytest.mark.parametrize("source", SOURCES)
def test_a_whole_restore_leaks_nothing(source, sit_down, watch, no_leak):
    kit, simulator = sit_down(source)

    look_around(kit, simulator.facts, watch)
    job = restore(kit, simulator, watch)
    leave_files(job, watch)
    watch.secrets |= {f"token {number}": token for number, token in enumerate(kit.known_secrets())}

    assert job.status == "completed"
    assert set(kit.known_secrets()) & set(CANARIES.named().values())
    no_leak()


# Every fault where tokens come over the wire; where requests are signed, those that touch headers or errors.
THROUGH = [("password", fault) for fault in FAULTS if fault not in RECOVERY_FAULTS] + [
    ("temporary keys", fault)
    for fault in ("lost-answer", "server-error", "html-502", "bad-json", "skewed-clock", "refused-busy")
]


@pytest.mark.parametrize(("source", "fault"), THROUGH)
def test_a_restore_through_a_fault_leaks_nothing(fault, source, sit_down, watch, no_leak):
    kit, simulator = sit_down(source, fault, fault if fault != "skewed-clock" else "slow")

    job = restore(kit, simulator, watch)
    watch.secrets |= {f"token {number}": token for number, token in enumerate(kit.known_secrets())}

    if (source, fault) == ("temporary keys", "skewed-clock"):
        assert {type(error) for error in watch.errors} == {AuthError}  # no signature is good 20 minutes off
    else:
        assert job.status in {"completed", "failed"}
        leave_files(job, watch)
    no_leak()


def states_of(widget: Widget, seen: dict[str, str]) -> dict[str, str]:
    """What the page gets of a widget and of all that stand in it."""
    if widget.model_id not in seen:
        seen[widget.model_id] = repr(widget.get_state())
        for name in widget.keys:
            value = getattr(widget, name)
            for one in value if isinstance(value, list | tuple) else [value]:
                if isinstance(one, Widget):
                    states_of(one, seen)
    return seen


@pytest.mark.parametrize("fault", ["", "server-error*3", "lost-answer"])
def test_the_state_of_a_forms_widgets_holds_no_secret(fault, sit_down, watch, no_leak):
    """What the page gets, and what a saved notebook keeps."""
    kit, simulator = sit_down("password", *([fault] if fault else []))
    facts = simulator.facts
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes, "backup_id": facts.backup_id}
    states: dict[str, str] = {}

    plan = kit.plan(**chosen)
    form = RestoreForm(kit, **chosen, confirm=plan.target_name, digest=plan.digest, accept=plan.warnings)
    for act in (lambda: form, form.check, form.submit, lambda: form.wait(20), lambda: form):
        watch.attempt(act)
        states |= states_of(form.widget, {})
        watch.kept += [("state of a widget", state) for state in states.values()]
    form.close()
    watch.secrets |= {f"token {number}": token for number, token in enumerate(kit.known_secrets())}

    assert len(states) > 20
    no_leak()


# Ways in that are closed ----------------------------------------------------------------------------------------------

WRONG: dict[str, Callable[[], dict[str, Any]]] = {
    "half a pair": lambda: {"secret_key": CANARIES.secret_key},
    "two kinds": lambda: {"token": CANARIES.token, "password": CANARIES.password},
    "a blank at the end": lambda: {"token": f"{CANARIES.token} "},
    "a line end": lambda: {"access_key": CANARIES.access_key, "secret_key": f"{CANARIES.secret_key}\n"},
    "a control character": lambda: {"user": "ada", "domain": "acme", "password": f"{CANARIES.password}\r"},
    "a security token alone": lambda: {"security_token": CANARIES.security_token},
    "bytes": lambda: {"token": CANARIES.token.encode()},
    "a password in the address": lambda: {"endpoint": f"https://ada:{quote(CANARIES.password)}@ddm.example.com"},
    "plain http": lambda: {"endpoint": "http://ddm.example.com", "token": CANARIES.token},
    "an unknown region": lambda: {"endpoint": None, "region": "nowhere-1", "token": CANARIES.token},
    "an unknown zone": lambda: {"token": CANARIES.token, "time_zone": "Nowhere/Else"},
    "an unreadable store": lambda: {
        "token": CANARIES.token,
        "records": f"postgresql://u:{quote(CANARIES.store_password)}@h:x/db",
    },
    "an unknown profile": lambda: {"profile": "nobody", "records": f"postgresql://u:{quote(CANARIES.store_password)}@h/db"},
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_in_the_input_leaks_nothing(mistake, watch, no_leak, monkeypatch):
    monkeypatch.setenv("DDMKIT_PROJECT_ID", "p-1")
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", CANARIES.temporary_access_key)  # which a verbose traceback would show

    def connect() -> Kit:
        kit = ddmkit.connect(**{"endpoint": "https://ddm.example.com", **WRONG[mistake]()})
        kit.records.list()
        return kit

    watch.attempt(connect)

    assert len(watch.errors) == 1
    no_leak()


@pytest.mark.parametrize("scenario", ["no-such-scenario", None])
def test_a_demo_that_cannot_start_shows_nothing_of_the_environment(scenario, watch, no_leak, monkeypatch):
    monkeypatch.setenv("DDMKIT_TOKEN", CANARIES.token)
    monkeypatch.setenv("DDMKIT_DEMO_NOW", "not a time" if scenario is None else "")

    watch.attempt(lambda: ddmkit.demo(scenario=scenario))

    assert len(watch.errors) == 1
    no_leak()


PROFILES = {
    "no section": "sk = {secret_key}\nak = {access_key}\n",
    "half": "[basic]\nsk = {secret_key}\n",
    "doubled": "[basic]\nsk = {secret_key}\nsk = {secret_key}\n",
    "no sign": "[basic]\n{secret_key}\n{access_key}\n",
    "control character": "[basic]\nak = {access_key}\nsk = {secret_key}\x07\n",
}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_broken_profile_leaks_nothing(profile, watch, no_leak, tmp_path):
    path = tmp_path / "profile.ini"
    path.write_text(PROFILES[profile].format(**CANARIES.named()), "utf-8")

    watch.attempt(lambda: ddmkit.connect(endpoint="https://ddm.example.com", project_id="p-1", profile=str(path)))

    assert len(watch.errors) == 1
    no_leak()


@pytest.mark.parametrize("source", ["token", "keys", "temporary keys", "password"])
def test_credentials_that_are_refused_leak_nothing(source, sit_down, watch, no_leak, monkeypatch):
    """The gateway's refusal of a signature quotes the request that it looked at, the security token among its headers."""
    known = Seed.credentials
    others = {"secret_key": "another", "temporary_secret_key": "another", "password": "another"}
    monkeypatch.setattr(Seed, "credentials", lambda seed: replace(known(seed), **others))
    monkeypatch.setattr(Seed, "token", lambda *_: "another")
    kit, _ = sit_down(source)

    for _ in range(8):  # more than lock a key
        watch.attempt(kit.instances)
    watch.attempt(lambda: kit._client.gather([kit.instances] * 4))
    watch.attempt(
        lambda: kit.plan(source="s", target="t", data_nodes=["f4e2949e9b9b4d60b42c89ed39bfe34cin01"], backup_id="b")
    )

    assert {type(error) for error in watch.errors} == {AuthError}
    assert len(watch.errors) == 10
    no_leak()


@pytest.mark.parametrize("source", SOURCES)
def test_a_service_that_is_gone_leaks_nothing(source, sit_down, watch, no_leak):
    kit, simulator = sit_down(source)
    facts = simulator.facts
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
    simulator.close()

    watch.attempt(kit.instances)
    watch.attempt(lambda: kit.submit(plan, confirm=plan.target_name, accept=plan.warnings))
    watch.attempt(lambda: kit._client.restore_metadata(plan.call))

    assert [type(error).__name__ for error in watch.errors] == ["UnreachableError", "NotReadyError", "UnreachableError"]
    no_leak()


@pytest.mark.parametrize("method", ["read", "write"])
def test_ctrl_c_in_the_middle_of_a_request_leaks_nothing(method, sit_down, watch, no_leak, monkeypatch):
    kit, _ = sit_down("password")
    kit.instances()
    watch.secrets |= {f"token {number}": token for number, token in enumerate(kit.known_secrets())}

    def press(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"httpcore._backends.sync.SyncStream.{method}", press)
    watch.attempt(kit.instances)

    assert [type(error) for error in watch.errors] == [KeyboardInterrupt]
    no_leak()


# A service that tells what it was told ---------------------------------------------------------------------------------


class Parrot:
    """Answers every request with all that came in, in many shapes."""

    def __init__(self) -> None:
        parrot = self
        self.shape: Callable[[str], tuple[int, dict[str, str], bytes]] = lambda heard: (400, {}, heard.encode())
        self.heard = ""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parrot.heard = "\n".join(f"{name}: {value}" for name, value in self.headers.items()) + body.decode()
                status, headers, content = parrot.shape(parrot.heard)
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(content)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET  # noqa: N815  # the name that http.server calls

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def facts(self) -> Any:
        return type(
            "Facts", (), {"endpoint": self.endpoint, "project_id": "p-1", "region": "r-1", "user": "ada", "domain": "acme"}
        )

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def one_line(heard: str) -> str:
    return "".join(one if one.isascii() and one.isprintable() else " " for one in heard)


def answer_with(said: Any, status: int, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, headers, said if isinstance(said, bytes) else json.dumps(said).encode()


SHAPES: dict[str, Callable[[str], tuple[int, dict[str, str], bytes]]] = {
    "v3 error": lambda heard: answer_with({"error_code": "DBS.280001", "error_msg": heard}, 400),
    "v1 error": lambda heard: answer_with({"errCode": heard[:2000], "externalMessage": heard}, 500),
    "gateway error": lambda heard: answer_with({"error_msg": heard, "error_code": "APIGW.0301", "request_id": heard}, 401),
    "identity error": lambda heard: answer_with({"error": {"message": heard, "code": 401, "title": heard}}, 401),
    "bare text": lambda heard: answer_with(heard.encode(), 403),
    "page": lambda heard: (502, {"Content-Type": "text/html"}, f"<html><pre>{html.escape(heard)}</pre></html>".encode()),
    "percent": lambda heard: answer_with({"error_code": "X", "error_msg": quote(heard, safe="")}, 404),
    "base64": lambda heard: answer_with({"error_code": "X", "error_msg": base64.b64encode(heard.encode()).decode()}, 409),
    "JSON in JSON": lambda heard: answer_with({"error_code": "X", "error_msg": json.dumps({"headers": heard})}, 400),
    "hexadecimal": lambda heard: answer_with({"error_code": "X", "error_msg": heard.encode().hex()}, 400),
    "request id": lambda heard: answer_with(
        {"error_code": "X", "error_msg": "no"}, 400, **{"X-Request-Id": one_line(heard)}
    ),
    "location": lambda heard: answer_with({}, 302, Location=f"https://elsewhere.example/{quote(heard)}"),
    "damaged success": lambda heard: answer_with(b"{" + heard.encode(), 200),
    "success with it as a name": lambda heard: answer_with(rows_named(heard), 200),
    "success with it as request id": lambda heard: answer_with(rows_named("shop"), 200, **{"X-Request-Id": one_line(heard)}),
    "status line only": lambda _: answer_with(b"", 500),
}


def rows_named(name: str) -> dict[str, Any]:
    row = {
        "id": "i-1",
        "name": name,
        "status": "RUNNING",
        "created": 1747728424956,
        "instance_id": "i-1",
        "instance_name": name,
    }
    lists = ("instances", "backups", "jobs", "databases", "users")
    return {"total": 1, "total_record": 1, "job_id": "j-1", **{name: [row] for name in lists}, "job": row, **row}


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    parrot = Parrot()
    yield parrot
    parrot.close()


@pytest.mark.parametrize("source", ["token", "temporary keys", "password", "short password"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_service_that_repeats_what_it_heard_makes_nothing_leak(shape, source, parrot, watch, no_leak, monkeypatch):
    parrot.shape = SHAPES[shape]
    ways = {**SOURCES, "short password": by_a_short_password}
    with ways[source](monkeypatch, parrot, records=watch.folder / "records.sqlite") as kit:
        kit._sleep = lambda _: None
        for look in (kit.instances, lambda: kit.backups("i-1"), kit.jobs, lambda: kit._client.show_instance("i-1")):
            watch.attempt(look)
        request = ddmkit.models.RestoreRequest(
            source_instance_id="s", target_instance_id="t", data_nodes=("n",), backup_id="b"
        )
        watch.attempt(lambda: kit._client.restore_metadata(restore_metadata("p", request)))
        watch.show(kit._client.reads)

    assert find_secrets(parrot.heard, watch.secrets), "the parrot heard no secret, so this proves nothing"
    no_leak()


# Proxies and stores ---------------------------------------------------------------------------------------------------


def refuse_and_repeat(heard: str) -> tuple[int, dict[str, str], bytes]:
    return answer_with(heard.encode(), 407, **{"Proxy-Authenticate": "Basic", "X-Heard": one_line(heard)})


@pytest.mark.parametrize(
    "address", ["http://ada:{}@127.0.0.1:{port}", "ada:{}@127.0.0.1:{port}", "http://ada:{}@[bad", "x://ada:{}@h"]
)
def test_the_password_of_a_proxy_leaks_nothing(address, parrot, watch, no_leak, monkeypatch):
    parrot.shape = refuse_and_repeat
    password = quote(CANARIES.proxy_password, safe="")
    monkeypatch.setenv("HTTPS_PROXY", address.format(password, port=parrot.server.server_port))
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with ddmkit.connect(endpoint="https://ddm.example.com", project_id="p-1", token=CANARIES.token) as kit:
        watch.attempt(kit.instances)
        watch.show(kit._client._network)

    assert len(watch.errors) == 1
    no_leak()


@pytest.fixture
def postgres_url(new_database: Callable[[], str]) -> str:
    """An address of a real PostgreSQL that takes any password, with a canary as password."""
    return make_url(new_database()).set(password=CANARIES.store_password).render_as_string(hide_password=False)


def test_a_restore_on_a_shared_store_leaks_nothing_of_its_password(postgres_url, sit_down, watch, no_leak):
    assert find_secrets(postgres_url, watch.secrets)
    kit, simulator = sit_down("keys", records=postgres_url)

    job = restore(kit, simulator, watch)
    leave_files(job, watch)
    watch.show(kit.records.location)
    watch.show(kit._context)
    watch.attempt(lambda: kit.records.get("no-such-record"))
    watch.attempt(lambda: kit._context.store.append("no-such-record", "noted", {"text": "x"}))

    assert job.status == "completed"
    no_leak()


STORES = {
    "nobody listens": "postgresql://ada:{}@127.0.0.1:1/records?connect_timeout=2",
    "in an option": "postgresql://127.0.0.1:1/records?connect_timeout=2&user=ada&password={}",
    "no such driver": "mysql+nothing://ada:{}@127.0.0.1:1/records",
    "SQLite that knows no passwords": "sqlite:////tmp/no-such-folder-{pid}/x.sqlite?password={}",
    "SQLite in memory": "sqlite:///:memory:?key={}",
    "not an address": "postgresql://ada:{}@[bad/records",
    "not a port": "postgresql://ada:{}@127.0.0.1:port/records",
}


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("given", ["argument", "environment"])
def test_a_store_that_cannot_be_opened_leaks_nothing_of_its_address(given, store, watch, no_leak, monkeypatch):
    address = STORES[store].format(quote(CANARIES.store_password, safe=""), pid=os.getpid())
    if given == "environment":
        monkeypatch.setenv("DDMKIT_RECORDS", address)
    way = {"records": address} if given == "argument" else {}

    with ddmkit.connect(endpoint="https://ddm.example.com", project_id="p-1", token=CANARIES.token, **way) as kit:
        watch.attempt(lambda: kit.records)
        watch.attempt(lambda: kit.records.list())

    assert {type(error) for error in watch.errors} == {RecordError}
    no_leak()


# IPython's verbose tracebacks ----------------------------------------------------------------------------------------

IN_IPYTHON = """
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="nocolor")
shell.run_line_magic("xmode", "Verbose")
for cell in sys.stdin.read().split("#" * 3):
    print("cell", shell.run_cell(cell, silent=False).success)
"""
CONNECTED = """
import ddmkit
kit = ddmkit.connect(endpoint="https://ddm.example.com", project_id="p-1", token="tttttttttt")
###
print(vars(kit), kit, repr(kit))
###
print(kit.records)
###
kit.records.list()
"""
# Every object of ours that a kit leads to, and what each of them shows.
LOOK_AT_ALL = """
import types
seen, found, left = set(), 0, [kit]
while left:
    one = left.pop()
    if id(one) in seen:
        continue
    seen.add(id(one))
    ours = [kind for kind in type(one).__mro__ if kind.__module__.startswith("ddmkit")]
    names = [name for kind in ours for name in getattr(kind, "__slots__", ())]
    inner = [*getattr(one, "__dict__", {}).values(), *(getattr(one, name, None) for name in names)]
    if isinstance(one, dict):
        inner += one.values()
    elif isinstance(one, (list, tuple, set)):
        inner += one
    if type(one).__module__.startswith(("ddmkit", "sqlalchemy")):
        print(repr(one), str(one), getattr(one, "__dict__", None), [getattr(one, name, None) for name in names])
        found += 1
    left += [each for each in inner if not isinstance(each, (str, bytes, types.ModuleType, types.FunctionType, type))]
print("objects", found)
"""
STORE_ERRORS = """
kit.records.get("no-such-record")
###
kit._context.store._write("write", lambda connection: connection.exec_driver_sql("SELECT no_such_column"))
###
kit._context.store._read("read", lambda connection: 1 / 0)
###
import psycopg
def interrupted(**options):
    raise KeyboardInterrupt
psycopg.Connection.connect = classmethod(lambda cls, conninfo="", **options: interrupted(**options))
kit.records.list()
"""


def in_ipython(cells: str, address: str) -> str:
    """Run cells in a real IPython with verbose tracebacks; the store's address is in its environment only."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DDMKIT_")}
    ended = forked.run(
        [sys.executable, "-c", IN_IPYTHON],
        input=cells,
        env={**environment, "DDMKIT_RECORDS": address, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("store", [*STORES, "keywords", "no scheme", "not encoded"])
def test_verbose_tracebacks_of_ipython_show_nothing_of_an_address_that_cannot_be_opened(store, watch):
    more = {"keywords": "host=h user=ada password={}", "no scheme": "ada:{}@h:5432/records"}
    password = CANARIES.store_password if store == "not encoded" else quote(CANARIES.store_password, safe="")
    shape = {**STORES, **more, "not encoded": "postgresql+psycopg://ada:{}@h/records"}[store]
    printed = in_ipython(CONNECTED, shape.format(password, pid=os.getpid()))
    assert printed.count("RecordError") >= 2
    assert printed.count("cell False") == 2
    assert find_secrets(printed, watch.secrets) == []
    assert not any(piece in printed for piece in ("cAnArY", "pAsSwOrD"))


def test_verbose_tracebacks_of_ipython_show_nothing_of_the_address_of_an_open_store(postgres_url, watch):
    printed = in_ipython(f"{CONNECTED}###{LOOK_AT_ALL}###{STORE_ERRORS}", postgres_url)
    assert (printed.count("cell True"), printed.count("cell False")) == (5, 4), printed
    assert "ZeroDivisionError" in printed
    assert "KeyboardInterrupt" in printed
    assert int(printed.partition("objects ")[2].split()[0]) > 10
    assert find_secrets(printed, watch.secrets) == []
    assert not any(piece in printed for piece in ("cAnArY", "pAsSwOrD"))


# What is never written, pickled or copied -----------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["token", "temporary keys", "password"])
def test_nothing_that_holds_a_secret_can_be_pickled_or_copied(source, sit_down, watch, no_leak):
    kit, simulator = sit_down(source)
    job = restore(kit, simulator, watch)
    holders = [
        kit,
        kit.settings,
        kit.settings.credentials,
        kit._client,
        kit._context,
        kit._context.store,
        kit.records,
        job,
        job.record,
    ]

    for number, holder in enumerate(holders):
        # A shallow copy of the later ones only points at what they point at themselves.
        for way in (pickle.dumps, copy.deepcopy, *([copy.copy] if number < 4 else [])):
            before = len(watch.errors)
            watch.attempt(functools.partial(way, holder))
            assert len(watch.errors) > before, f"{way.__name__} took {holder!r}"

    assert {type(error) for error in watch.errors[-len(holders) :]} == {TypeError}
    no_leak()


@pytest.mark.parametrize("field", ["purpose", "ticket"])
def test_a_secret_typed_into_the_reason_is_neither_kept_nor_sent(field, sit_down, watch):
    kit, simulator = sit_down("temporary keys")
    facts = simulator.facts
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
    said = {field: f"with {base64.b64encode(CANARIES.security_token.encode()).decode()}"}

    with pytest.raises(InputError, match=f"^{field}: holds a password or another secret") as refused:
        kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, **said)

    # The frames of the call hold what the person typed; the message must not, nor anything that stays.
    assert find_secrets(str(refused.value), watch.secrets) == []
    assert simulator.effective_restores() == []
    assert watch.finds() == set()


def test_an_export_that_would_hold_a_secret_is_not_written(sit_down, watch, no_leak):
    """One person's reason held another person's token: whoever knows it as a secret cannot hand it on."""
    kit, simulator = sit_down("keys")
    facts = simulator.facts
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
    purpose = f"asked for by {quote(CANARIES.token, safe='')}"
    job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, purpose=purpose)
    with ddmkit.connect(token=CANARIES.token, **where(simulator), records=watch.folder / "records.sqlite") as other:
        record = other.records.get(job.record.id)
        watch.attempt(lambda: record.export(watch.folder / "x.ddmrecord.json"))
    (watch.folder / "records.sqlite").unlink()

    assert [type(error) for error in watch.errors] == [RecordError]
    assert "known secret" in str(watch.errors[0])
    assert not list(watch.folder.glob("*x.ddmrecord*"))
    no_leak()


# The demonstration ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("warm_kernels")
def test_a_demonstration_leaves_no_secret(watch, no_leak, monkeypatch):
    monkeypatch.undo()  # the kernel that runs the notebook knows no canaries: its world has secrets of its own
    monkeypatch.setenv("DDMKIT_TOKEN", CANARIES.token)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", CANARIES.secret_key)
    credentials = Seed("dropped-schema").credentials()
    watch.secrets |= {"own token": Seed("dropped-schema").token(0), "own key": credentials.secret_key}
    watch.secrets |= {"own password": credentials.password, "own security token": credentials.security_token}

    told = run_demonstration(watch.folder / "demo", scenario=None, say=watch.show)

    watch.show(told)
    assert told["state"] == "completed"
    assert {path.suffix for path in (watch.folder / "demo").iterdir()} >= {".ipynb", ".html", ".json", ".sqlite"}
    no_leak()


@pytest.mark.usefixtures("warm_kernels")
def test_a_demonstration_that_would_leave_a_secret_writes_nothing_of_it(watch, no_leak, monkeypatch):
    monkeypatch.undo()
    token = Seed("dropped-schema").token(0)
    watch.secrets["own token"] = token
    fill_in = demonstration._choose_parameters
    monkeypatch.setattr(
        demonstration, "_choose_parameters", lambda kit, world: {**fill_in(kit, world), "purpose": kit.known_secrets()[0]}
    )

    with pytest.raises(DDMKitError, match=r"ipynb was not written: it would have held a known secret"):
        run_demonstration(watch.folder / "demo", scenario=None, say=watch.show)

    assert not list((watch.folder / "demo").glob("*.ipynb"))
    no_leak()
