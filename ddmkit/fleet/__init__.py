"""Fleets: many restores or whole recoveries, planned as one table, approved once, carried out in waves under a cap."""
