"""Drills: what was measured, how it compares with the goals, and the report that an auditor reads."""
