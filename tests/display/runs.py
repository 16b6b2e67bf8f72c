"""Runs to show: a sample, and runs that are made of events."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import html5lib

from ddmkit.records.events import chain_event
from ddmkit.records.runs import RunData, RunHeader, header_sha256

SAMPLE = Path(__file__).parent.parent / "samples" / "record-v1.ddmrecord.json"
NOON = datetime(2025, 5, 20, 12, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> \u202e\x1b[31m | `x` [a](javascript:b)\n# x"


def make_run(*kinds, opened=None, **header):
    """Make a run of these events, each a minute after the other: a kind, or a pair of kind and data."""
    given = {"plan_id": "p", "digest": "d1", "project_id": "project-1", "source_id": "s-1", "target_id": "t-1", **header}
    bare = RunData(
        id="r-20250520-101232-ab12cd", service="ddm.example.com", created=NOON, header=RunHeader(**given), events=()
    )
    events, before = [], header_sha256(bare)
    for number, one in enumerate((("opened", opened or {}), *kinds)):
        kind, data = one if isinstance(one, tuple) else (one, {})
        at = NOON + timedelta(minutes=number)
        events.append(chain_event(seq=number + 1, at=at, kind=kind, data=data, prev_sha256=before))
        before = events[-1].sha256
    return bare.model_copy(update={"events": tuple(events)})


def assert_valid(page):
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    assert document.find(".//script") is None
    for element in document.iter():
        assert not [name for name in element.attrib if str(name).startswith("on") or name in {"href", "src"}]
        assert element.tag not in {"img", "link", "iframe", "object", "embed"}
    assert not re.search(r"url\(|@import", page)
