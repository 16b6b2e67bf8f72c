"""The SQLite file of a world: tables, clock and generated ids."""
