"""One form for each step of a restore."""
