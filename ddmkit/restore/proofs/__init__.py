"""Proofs that a restore will fit together: what was recovered to which instant, and whether DDM can reach its data nodes.

The verdicts are pure functions over frozen facts. Only ``gather`` talks to the services.
"""
