"""Fleets in the record store: which item may be taken and claimed, by whom, and how each item stands."""
