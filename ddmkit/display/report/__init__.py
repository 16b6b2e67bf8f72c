"""Parts of the report of a record: its result with the facts that a reader asks for first, and its course as bars."""
