"""Files for a person in front of a page: written beside the notebook if there is one, and offered as a download link."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from ddmkit.display.html import Html, tag
from ddmkit.errors import DDMKitError

__all__ = ["how_to_run_again", "is_in_app", "offer_file"]

_TYPES = {".json": "application/json", ".html": "text/html"}
_MOST_BYTES = 8_000_000


def is_in_app() -> bool:
    """Return whether the page is a Voila app; Voila says so in the environment of its kernels."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")


def how_to_run_again() -> str:
    """Return what a person does to get a new form on this page: an app has no cells, and a notebook is not loaded again."""
    return "load this page again" if is_in_app() else "restart the kernel and run all cells"


def offer_file(name: str, write: Callable[[Path], Path]) -> tuple[str, Html]:
    """Write a file; return a sentence that says where the file is, and a link that downloads it.

    In a Voila app nobody can reach the server's folders, so there the file exists only in the link. Raises what ``write``
    raises, and ``DDMKitError`` for a file in an app that is too large for a link.
    """
    if not is_in_app():
        path = write(Path(name)).resolve()
        return f"Written to {path}", _link(path)
    with tempfile.TemporaryDirectory(prefix="ddmkit-") as folder:
        link = _link(write(Path(folder) / name))
    if not link:
        raise DDMKitError(
            f"{name} is larger than {_MOST_BYTES // 1_000_000} MB, too large for a link on this page. Ask the person who "
            "runs this app for the file: the command `ddmkit records export` writes it."
        )
    return f"{name} is ready: click the link below to download it.", link


def _link(path: Path) -> Html:
    content = path.read_bytes()
    if len(content) > _MOST_BYTES:
        return Html("")
    # The link holds the file itself, because the server has no URL for it.
    address = f"data:{_TYPES.get(path.suffix, 'application/octet-stream')};base64,{base64.b64encode(content).decode()}"
    return tag("a", f"Download {path.name}", href=address, download=path.name, style="text-decoration:underline")
