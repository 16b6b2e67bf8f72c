"""Sending: the one mechanism for every request that changes or costs something.

``step`` says what a request is and how its traces are found. ``claim``, ``send``, ``reconcile`` and ``release`` carry it out
at most once, search for what it started when its answer was lost, and let a person decide when nobody can tell.
"""
