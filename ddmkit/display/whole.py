"""The former place of ``full_table``, for callers that still import it from here."""

from ddmkit.display.table import full_table

__all__ = ["full_table"]
