"""Ports for servers that cannot choose one by themselves, or whose port has to be known before they start."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

__all__ = ["free_port"]

# Below those that a system hands out by itself: another test's server would be given the port before this one listens on it.
_OURS = range(20_000, 30_000)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    for port in random.Random().sample(_OURS, 100):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"none of a hundred ports from {_OURS.start} on is free")
