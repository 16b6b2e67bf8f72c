"""Run a record's restore again on the simulator, and compare records and plans."""
