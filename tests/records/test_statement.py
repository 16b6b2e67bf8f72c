from __future__ import annotations

import hashlib
import json

from ddmkit.records import export_json, file_of
from ddmkit.records.statement import statement_of


def test_a_statement_is_about_the_very_file_that_is_exported(restored, tmp_path):
    path = export_json(restored, tmp_path / "x.ddmrecord.json")
    statement = statement_of(file_of(restored))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"][0]["digest"] == {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert statement["predicate"] == json.loads(path.read_text())
    assert json.loads(json.dumps(statement)) == statement
