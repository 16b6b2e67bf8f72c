"""The record inside the page of a report: where the page contains the record, and the hash over the whole page.

The hash shows accidental changes of the visible page. A forger can compute a new hash, so a page of this version is also
compared with the page that is generated from its record. ``display`` generates pages; here a page is only text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

from ddmkit.errors import RecordError
from ddmkit.records.files.integrity import Problem

__all__ = ["PAGE_BLOCK", "PAGE_HASH", "UNSEALED", "judge_page", "record_in_page", "seal_page"]

PAGE_BLOCK = "ddmkit-record"
"""The id of the element that contains the record."""
PAGE_HASH = "ddmkit-page-hash"
"""The id of the element that holds the hash of the page."""
UNSEALED = "0" * 64
"""The placeholder of the hash while the hash is computed."""

# Both marks begin with "<", which is escaped in all other text of a page.
_BLOCK_MARK = f'<pre id="{PAGE_BLOCK}"'.encode()
_HASH_MARK = f'<code id="{PAGE_HASH}"'
_HASH = re.compile(rf'{_HASH_MARK} data-version="([0-9A-Za-z.+-]{{1,40}})">([0-9a-f]{{64}})</code>')
_BEFORE_HASHES = "<footer>Made by ddmkit 0.1.0 from the record alone."


def seal_page(page: str) -> str:
    """Return the page with its hash in place of the placeholder."""
    return page.replace(f">{UNSEALED}</code>", f">{_hash_of(page)}</code>")


def record_in_page(content: bytes) -> bytes:
    """Return the record in a page, in linear time; raise ``RecordError`` unless there is exactly one."""
    count = content.count(_BLOCK_MARK)
    if count != 1:
        raise RecordError(f"it is a page that carries {'several records' if count else 'no record'}")
    begin = content.find(b">", content.find(_BLOCK_MARK)) + 1
    end = content.find(b"</pre>", begin)
    if not begin or end < 0:
        raise RecordError("it is a page whose record is cut off")
    # Only these three characters are escaped there.
    return content[begin:end].replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&amp;", b"&")


def judge_page(page: str, expected: Collection[str], version: str) -> tuple[list[Problem], list[str]]:
    """Return what is wrong with a page whose record is intact, and what cannot be checked.

    ``expected`` are the pages that this ``version`` generates from the same record.
    """
    found = _HASH.search(page)
    if found is None or page.count(_HASH_MARK) != 1:
        if _BEFORE_HASHES in page and _HASH_MARK not in page:
            return [], [_UNCHECKED.format("ddmkit 0.1.0, which wrote no hash of the page")]
        return [Problem(0, "the page has lost its hash: it was edited. The record that it carries is intact")], []
    made_by, seal = found.groups()
    if _hash_of(page[: found.start(2)] + UNSEALED + page[found.end(2) :]) != seal:
        return [Problem(0, "the page does not have its own hash: it was edited. The record that it carries is intact")], []
    if page in expected:
        return [], []
    if made_by != version:
        return [], [_UNCHECKED.format(f"ddmkit {made_by}, and this is {version}")]
    return [
        Problem(0, f"the page is not what ddmkit {version} makes of its record: it was edited. The record is intact")
    ], []


_UNCHECKED = (
    "The text of the page cannot be checked, only the record that it carries: the page was made by {}. To read what the "
    "record says, write the page again: ddmkit records show PAGE --as html"
)


def _hash_of(page: str) -> str:
    return hashlib.sha256(page.encode("utf-8", "surrogatepass")).hexdigest()
