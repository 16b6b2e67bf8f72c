"""The editions of the service that a world can simulate, and their different error formats.

The table in `http.operations` lists the calls that each edition publishes.
"""

from __future__ import annotations

__all__ = ["DEFAULT_EDITION", "EARLY", "EDITIONS", "EVERY_EDITION", "HUAWEI", "OTC", "error_format", "require_edition"]

HUAWEI = "huawei"
OTC = "otc"
EARLY = "early"
EDITIONS = {
    HUAWEI: "Huawei Cloud at present, as the official Python SDK 3.1.219 knows it",
    OTC: "Open Telekom Cloud, as its DDM API reference of April 2026 describes it",
    EARLY: "Huawei Cloud as the official Python SDK 3.1.178 knew it, the first one with all calls of a metadata restore",
}
EVERY_EDITION = frozenset(EDITIONS)
DEFAULT_EDITION = HUAWEI


def require_edition(name: str) -> str:
    """Return the name of a known edition; raise ValueError for an unknown one."""
    if name not in EDITIONS:
        raise ValueError(f"There is no edition {name!r} of the simulator; choose one of {', '.join(EDITIONS)}.")
    return name


def error_format(edition: str, family: str) -> str:
    """Return the error format of an edition for a family of calls.

    All DDM pages of the Open Telekom Cloud's API reference, including the v3 pages, link to the page "Abnormal Request
    Results", which documents `errCode` and `externalMessage`.
    """
    return "v1" if edition == OTC and family == "v3" else family
