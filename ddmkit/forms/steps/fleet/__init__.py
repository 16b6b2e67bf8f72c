"""The parts of the form for a fleet: the table, the checks, the approval, and what goes on."""
