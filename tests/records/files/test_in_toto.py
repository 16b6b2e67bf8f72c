from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ddmkit.records import export_json, file_of, open_record_file
from ddmkit.records.files.file_format import VERSION
from ddmkit.records.files.in_toto import statement_of

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = sorted(SAMPLES.glob("record-v*.ddmrecord.json"))


def broken_rules(statement):
    """Return the rules of an in-toto Statement, version 1, that a value breaks."""
    subjects, predicate = statement.get("subject"), statement.get("predicate")
    rules = {
        "it has these fields and no others": set(statement) == {"_type", "subject", "predicateType", "predicate"},
        "its type is that of version 1": statement.get("_type") == "https://in-toto.io/Statement/v1",
        "it has subjects": isinstance(subjects, list) and len(subjects) > 0,
        "each subject is a resource descriptor with a digest": all(map(is_descriptor, subjects or [])),
        "the digests of no two subjects are equal": len({str(one.get("digest")) for one in subjects or []})
        == len(subjects or []),
        "its predicate's type is a URI with a scheme": is_uri(statement.get("predicateType")),
        "its predicate is an object": isinstance(predicate, dict),
    }
    return [rule for rule, holds in rules.items() if not holds]


def is_descriptor(subject):
    digest = subject.get("digest", {})
    is_digest = digest and all(
        re.fullmatch("[0-9a-f]{64}" if name == "sha256" else "$^", said) for name, said in digest.items()
    )
    return (
        set(subject) <= {"name", "uri", "digest", "content", "mediaType"}
        and isinstance(subject.get("name"), str)
        and is_digest
    )


def is_uri(text):
    return isinstance(text, str) and bool(urlsplit(text).scheme) and bool(re.fullmatch(r"[\x21-\x7e]+", text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_statement_keeps_the_rules_of_in_toto(path):
    statement = json.loads(json.dumps(statement_of(open_record_file(path).file)))
    assert broken_rules(statement) == []
    assert statement["subject"][0]["digest"] == {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert statement["subject"][0]["name"] == f"{statement['predicate']['id']}.ddmrecord.json"
    # The type of the predicate names the version of the file; the published schema is that of the newest, and reads all.
    schema = json.loads((SAMPLES / "ddmrecord.schema.json").read_text())
    assert statement["predicateType"] == f"urn:ddmkit:record:{statement['predicate']['version']}"
    assert schema["$id"] == f"urn:ddmkit:record:{VERSION}"


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"subject": []},
        {"subject": [{"name": "x"}]},
        {"subject": [{"name": "x", "digest": {"sha256": "ABC"}}]},
        {"predicateType": "record"},
        {"predicate": None},
        {"more": 1},
    ],
)
def test_the_rules_are_told_from_what_breaks_them(restored, change):
    assert len(broken_rules({**statement_of(file_of(restored)), **change})) == 1


def test_a_statement_changes_with_its_file(file_store, restored):
    before = statement_of(file_of(restored))
    file_store.append(restored.id, "noted", {"text": "later"})
    after = statement_of(file_of(file_store.get(restored.id)))
    assert before["subject"][0]["name"] == after["subject"][0]["name"]
    assert before["subject"][0]["digest"] != after["subject"][0]["digest"]


def test_a_statement_is_about_the_very_file_that_is_exported(restored, tmp_path):
    path = export_json(restored, tmp_path / "x.ddmrecord.json")
    statement = statement_of(file_of(restored))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"][0]["digest"] == {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert statement["predicate"] == json.loads(path.read_text())
    assert json.loads(json.dumps(statement)) == statement
