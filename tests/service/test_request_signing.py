from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr

from ddmkit.service.request_signing import Unsigned, canonical_request, format_sdk_date, sign

SAMPLES = json.loads((Path(__file__).parent.parent / "samples" / "signing_vectors.json").read_text())
VECTORS = SAMPLES["vectors"]


def unsigned_of(vector: dict) -> Unsigned:
    query = [(name, str(value)) for name, value in vector["query"]]
    headers = {"Host": vector["host"], **vector["headers"]}
    return Unsigned(vector["method"], vector["path"], query, headers, vector["body"].encode())


def test_every_vector_of_the_algorithm_is_here() -> None:
    assert [vector["id"] for vector in VECTORS] == [f"V{number}" for number in (*range(1, 13), 14)]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_vector_is_signed_as_the_official_signer_signs_it(vector: dict) -> None:
    unsigned = unsigned_of(vector)
    header = sign(unsigned, SecretStr(SAMPLES["access_key"]), SecretStr(SAMPLES["secret_key"]))
    assert hashlib.sha256(canonical_request(unsigned).encode()).hexdigest() == vector["canonical_request_sha256"]
    assert header == (
        f"SDK-HMAC-SHA256 Access={SAMPLES['access_key']}, "
        f"SignedHeaders={vector['signed_headers']}, Signature={vector['signature']}"
    )


def test_the_date_of_a_signature_is_written_in_utc() -> None:
    noon_in_beijing = datetime(2025, 5, 21, 19, 15, 43, tzinfo=timezone(timedelta(hours=8)))
    assert (
        format_sdk_date(noon_in_beijing)
        == format_sdk_date(datetime(2025, 5, 21, 11, 15, 43, tzinfo=UTC))
        == "20250521T111543Z"
    )
