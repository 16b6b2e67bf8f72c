"""Error codes: their table, and what an answer with a code means."""
