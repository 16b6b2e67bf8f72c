"""Which service address a record, possibly written by a stranger, may put into a notebook.

A record names its service. Credentials of this machine must never go to an address only because a record names it. So a
record that contradicts itself is refused, and a notebook gets only a known region, or the endpoint that is configured on
this machine. The notebook describes any other service in words, and a person decides.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ddmkit.config.endpoints import is_loopback, read_endpoint, region_of_host
from ddmkit.errors import InputError, RecordError
from ddmkit.records.reader import object_in, text_in
from ddmkit.records.runs import RunData

__all__ = ["require_one_service", "service_to_use"]

_WORLD = re.compile(r"[0-9a-f]{32}")


def require_one_service(run: RunData) -> None:
    """Raise ``RecordError`` when an event names another service or project than the run's header."""
    for event in run.events:
        endpoint = text_in(event.data, "endpoint")
        if endpoint and not _is_of(run.service, endpoint):
            raise RecordError(f"event {event.seq} names an endpoint that is not the service of the record")
        plan = object_in(event.data, "identity") if event.kind == "planned" else {}
        said = (text_in(plan, "service"), text_in(plan, "project_id"))
        if plan and said != (run.service, run.header.project_id):
            raise RecordError(f"event {event.seq} holds a plan for another service or project than the record is of")


def service_to_use(run: RunData, configured: str) -> str:
    """Return the service for a notebook of the run: a region, the ``configured`` endpoint, or an empty text."""
    if configured and urlsplit(configured).hostname == run.service:
        return configured
    return region_of_host(run.service)


def _is_of(service: str, endpoint: str) -> bool:
    try:
        host = urlsplit(read_endpoint(endpoint)).hostname or ""
    except InputError:
        return False
    # A simulator is identified by the id of its world, never by an address.
    return host == service or (is_loopback(host) and bool(_WORLD.fullmatch(service)))
