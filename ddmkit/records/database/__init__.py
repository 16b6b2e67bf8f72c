"""The database under a record store: private files, connections, transactions, time-outs and error messages.

Each transaction opens a connection of its own and closes it. That takes a little time, and makes a store safe to share
between threads and forks, also after a laptop has slept. Nothing here knows what a record is.
"""

from __future__ import annotations

from ddmkit.records.database.engines import PATIENCE_S, make_engine
from ddmkit.records.database.failures import STORE_ERRORS, explain_failure
from ddmkit.records.database.store_file import require_new_store_is_meant, require_there
from ddmkit.records.database.transactions import in_transaction, require_unicode

__all__ = [
    "PATIENCE_S",
    "STORE_ERRORS",
    "explain_failure",
    "in_transaction",
    "make_engine",
    "require_new_store_is_meant",
    "require_there",
    "require_unicode",
]
