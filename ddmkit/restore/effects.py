"""What a restore of metadata brings back and what it does not, in words for plans, forms and records."""

from __future__ import annotations

__all__ = ["COMES_BACK", "STAYS_AWAY", "STAYS_AWAY_AFTER_RECOVERY"]

# Source: DDM manual, Restoring Metadata; what no page mentions counts as not coming back.
COMES_BACK = (
    "the schemas with the placement of their shards",
    "the links to the data nodes, pointed at the nodes given here",
    "the accounts (implied by the manual, nowhere promised)",
)
STAYS_AWAY = (
    "table rows: they come from the data nodes' own recovery",
    "parameters, parameter template, tags",
    "public address (EIP), access control, SSL",
    "number and class of computing nodes, read weights",
    "the connection address: applications must switch to the target's",
)
STAYS_AWAY_AFTER_RECOVERY = (
    "everything that was written after the restored instant",
    "what the plan lists as not copied, and the tags of the instances",
    "public address (EIP), access control, SSL, read weights",
    "the connection address: applications must switch to the target's",
)
