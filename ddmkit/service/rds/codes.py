"""Codes of the older edition of RDS; the codes ``DBS.*`` are in ``error_codes/table.py``. Source: rds-api.md 8."""

from __future__ import annotations

from ddmkit.service.error_codes.rows import Row

__all__ = ["ROWS"]

# Numbers, kind, whether surely nothing was started (``False``) or not, meaning, advice.
ROWS: tuple[Row, ...] = (
    ("1002", "busy", False, "the instance is being restored", "Wait until that has ended, then try again."),
    ("1003", "server", None, "the restore failed", "Look at the tasks of the instance, then choose another time or backup."),
    ("3029", "refused", False, "there is no backup for this time", "Choose a time within the node's restorable ranges."),
    ("3030", "refused", False, "the new storage is smaller than the original", "Choose at least the original's storage."),
)
