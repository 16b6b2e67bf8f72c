"""How a command ends: 0 done, 1 refused or failed, 3 outcome unknown; wrong usage (2) is the command line's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ddmkit.errors import DDMKitError, UnknownOutcomeError

__all__ = ["exit_codes"]


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn our errors into a sentence on standard error and an exit code; a mistake of ours stays a traceback."""
    try:
        yield
    except UnknownOutcomeError as error:
        typer.echo(f"ddmkit: outcome unknown: {error}", err=True)
        raise typer.Exit(3) from error
    except DDMKitError as error:
        typer.echo(f"ddmkit: {error}", err=True)
        raise typer.Exit(1) from error
