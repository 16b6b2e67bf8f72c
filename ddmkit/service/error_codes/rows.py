"""The form of a row in the tables of codes, and the advice that rows of several services share."""

from __future__ import annotations

from typing import Literal

__all__ = ["CORRECT", "LATER", "SUPPORT", "WAIT", "Kind", "Row"]

Kind = Literal["auth", "busy", "not-found", "refused", "throttled", "server"]
# Codes (separated by blanks; a dash for a range of numbers), kind, started, meaning, advice.
Row = tuple[str, Kind, bool | None, str, str]

CORRECT = "Correct the request; the same request would give the same answer."
LATER = "Wait a little, check the instance in the console, then try again."
SUPPORT = "Ask the cloud's support and give them the request id, the instance id and the operation."
WAIT = "Wait until the running operation has ended (jobs list, instance status RUNNING), then try again."
