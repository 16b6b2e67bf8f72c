# ruff: noqa: INP001  # a folder of notebooks is no package
"""Lets ``pytest --nbval notebooks`` compare every output on a world that is the same everywhere; no part of a template."""

from tests.notebooks.pages import pytest_cmdline_main, pytest_collect_file, pytest_configure

__all__ = ["pytest_cmdline_main", "pytest_collect_file", "pytest_configure"]

pytest_plugins = ["nbval.plugin"]  # pyproject.toml turns it off elsewhere: it takes seconds to load
