"""A drill as a person holds it: its plan, its result, and the coverage of all sources."""
