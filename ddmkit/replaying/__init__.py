"""What can be done with a record afterwards: rebuild the world that it saw, decide again, compare, run once more.

``worlds`` builds a simulator's world from a plan's facts, ``again`` runs the same decisions there, ``differences`` tells
what differs between two records or plans, ``notebooks`` makes a notebook of a record. Nothing here talks to a cloud.
"""
