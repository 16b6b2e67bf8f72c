"""Codes of the audit trail, as data for ``error_codes/table.py``. Source: rds-api.md 8."""

from __future__ import annotations

from ddmkit.service.error_codes.rows import Row

__all__ = ["ROWS"]

_SETTINGS = "Check the trackers in the console; reading traces needs none of this."

# Numbers, kind, whether surely nothing was started (``False``) or not, meaning, advice.
ROWS: tuple[Row, ...] = (
    ("0001", "server", None, "the identity service or the object storage behind the audit trail failed", "Try again later."),
    ("0003", "refused", False, "the request's body is empty or invalid", "Correct the request."),
    ("0200", "refused", False, "there are as many trackers as are allowed", _SETTINGS),
    ("0201 0208", "refused", False, "a tracker of this kind or name exists already", _SETTINGS),
    ("0202-0207 0209-0213", "refused", False, "a setting of a tracker is invalid", _SETTINGS),
)
