"""Files for a person in front of a page: beside the notebook where there is one, and as a link that downloads them."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from ddmkit.display.html import Html, tag

__all__ = ["is_in_app", "offer_file"]

_TYPES = {".json": "application/json", ".html": "text/html"}
_MOST_BYTES = 8_000_000


def is_in_app() -> bool:
    """Describe whether the page is an app of Voila's, which says so in its kernels' environment."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")


def offer_file(name: str, write: Callable[[Path], Path]) -> tuple[str, Html]:
    """Have a file written; say where it is, and give a link that downloads it.

    In an app nobody can reach the server's folders, so there the file is kept in the link alone. Raises what ``write``
    raises.
    """
    if not is_in_app():
        path = write(Path(name)).resolve()
        return f"Written to {path}", _link(path)
    with tempfile.TemporaryDirectory(prefix="ddmkit-") as folder:
        return f"{name} is ready.", _link(write(Path(folder) / name))


def _link(path: Path) -> Html:
    content = path.read_bytes()
    if len(content) > _MOST_BYTES:
        return Html("")
    # The file itself: a page has no address under which the server would hand it out.
    address = f"data:{_TYPES.get(path.suffix, 'application/octet-stream')};base64,{base64.b64encode(content).decode()}"
    return tag("a", f"Download {path.name}", href=address, download=path.name, style="text-decoration:underline")
