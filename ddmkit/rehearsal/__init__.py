"""Replays a record on the simulator, and compares two records."""
