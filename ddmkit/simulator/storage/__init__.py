"""The SQLite file of a world: its tables, clock and ids."""
