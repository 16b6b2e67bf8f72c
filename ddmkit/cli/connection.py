"""How a command connects to the service that the environment names, and the options for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ddmkit.config.paths import expand

if TYPE_CHECKING:
    from ddmkit.kit import Kit

__all__ = ["AsJson", "Operator", "Store", "connect_with"]

Operator = Annotated[str | None, typer.Option("--operator", help="The name for the record; your user name by default.")]
Store = Annotated[Path | None, typer.Option("--store", help="The file of the record store (DDMKIT_RECORDS).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on standard output.")]


def connect_with(operator: str | None, store: Path | None) -> Kit:
    """Return an open kit, with the name for the record and the file of the record store that a command was given."""
    from ddmkit.factory import connect  # noqa: PLC0415  # heavy

    return connect(operator=operator, records=None if store is None else expand(store, field="--store"))
