"""A record as an in-toto Statement (v1), for tools that store and sign attestations.

The subject is the record file, byte for byte as ``export`` writes it; the predicate is the content of that file.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ddmkit.records.files.file_format import RecordFile, file_text

__all__ = ["statement_of"]


def statement_of(file: RecordFile) -> dict[str, Any]:
    """Return the Statement about a record file."""
    digest = hashlib.sha256(file_text(file).encode("utf-8")).hexdigest()
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": f"{file.id}.ddmrecord.json", "digest": {"sha256": digest}}],
        "predicateType": f"urn:ddmkit:record:{file.version}",
        "predicate": file.model_dump(mode="json"),
    }
