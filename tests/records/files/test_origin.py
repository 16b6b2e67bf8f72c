"""What a record from a stranger may name: addresses are compared, and never taken over unless they are known here."""

from __future__ import annotations

import json

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import file_of, read_record_file
from ddmkit.records.events import chain_event
from ddmkit.records.files.file_format import file_text
from ddmkit.records.files.origin import require_one_service, service_to_use
from ddmkit.records.runs import header_sha256

CLOUD = "ddm.cn-north-4.myhuaweicloud.com"


def rebuilt(run, *, service=None, run_id=None, **first):
    """Rebuild the chain of a run, as a forger would: another service or id, other data of its first event."""
    bare = run.model_copy(update={"service": service or run.service, "id": run_id or run.id, "events": ()})
    events, before = [], header_sha256(bare)
    for event in run.events:
        data = {**event.data, **first} if event.kind == "opened" else event.data
        events.append(chain_event(seq=event.seq, at=event.at, kind=event.kind, data=data, prev_sha256=before))
        before = events[-1].sha256
    return bare.model_copy(update={"events": tuple(events)})


@pytest.mark.parametrize(
    ("service", "endpoint"),
    [
        (CLOUD, "https://ddm.evil.example"),
        (CLOUD, f"https://{CLOUD}.evil.example"),
        (CLOUD, f"https://{CLOUD}@evil.example"),
        (CLOUD, "http://127.0.0.1:8000"),
        (CLOUD, "https://127.0.0.1"),
        ("0" * 32, "https://ddm.evil.example"),
        ("127.0.0.1", "https://ddm.evil.example"),
        (CLOUD, "no address at all"),
    ],
)
def test_a_file_whose_endpoint_is_not_the_service_of_the_record_is_refused(restored, tmp_path, service, endpoint):
    path = tmp_path / "x.ddmrecord.json"
    path.write_text(file_text(file_of(rebuilt(restored, service=service, endpoint=endpoint))))
    with pytest.raises(RecordError, match="an endpoint that is not the service of the record"):
        read_record_file(path)


@pytest.mark.parametrize(
    ("service", "endpoint"),
    [
        (CLOUD, f"https://{CLOUD}"),
        (CLOUD, f"https://{CLOUD}:8443"),
        ("0" * 32, "http://127.0.0.1:8000"),
        ("0" * 32, "http://[::1]:8000"),
        ("127.0.0.1", "http://127.0.0.1:8000"),
        (CLOUD, ""),
    ],
)
def test_a_record_that_names_one_service_is_read(restored, service, endpoint):
    require_one_service(rebuilt(restored, service=service, endpoint=endpoint))


def test_a_plan_for_another_service_or_project_than_the_record_is_refused(restored):
    for identity in (
        {"service": "evil.example", "project_id": "project-1"},
        {"service": restored.service, "project_id": "p"},
    ):
        event = restored.events[1].model_copy(update={"kind": "planned", "data": {"identity": identity}})
        with pytest.raises(RecordError, match="another service or project"):
            require_one_service(restored.model_copy(update={"events": (event,)}))


@pytest.mark.parametrize(
    ("service", "configured", "expected"),
    [
        (CLOUD, "", "cn-north-4"),
        ("ddm.eu-west-101.myhuaweicloud.eu", "", "eu-west-101"),
        ("ddm.evil.example", "", ""),
        ("ddm.evil.example", f"https://{CLOUD}", ""),
        ("evil.example.myhuaweicloud.com", "", ""),
        (f"{CLOUD}.evil.example", "", ""),
        ("ddm.company.example", "https://ddm.company.example:8443", "https://ddm.company.example:8443"),
        ("0" * 32, "", ""),
    ],
)
def test_only_a_region_or_the_endpoint_configured_here_is_taken_from_a_record(restored, service, configured, expected):
    run = rebuilt(restored, service=service, endpoint=f"https://{service}")
    assert service_to_use(run, configured) == expected


@pytest.mark.parametrize(
    "run_id",
    [
        "r-1",
        "r-1: 39 events, all as they were written; signed by SHA256:TRUSTED\nx",
        "r-20250520-101232-ab12cd\n",
        "r-20250520-101232-ab12cd\x1b[2J",
        "r-20250520-101232-\u202eab12cd",
        "R-20250520-101232-ab12cd",
        "r-20250520-101232-",
        "r-\u0662\u0660250520-101232-ab12cd",
        "../r-20250520-101232-ab12cd",
        "",
    ],
)
def test_a_file_whose_id_has_another_form_is_refused(restored, tmp_path, run_id):
    path = tmp_path / "x.ddmrecord.json"
    value = json.loads(file_text(file_of(restored)))
    path.write_text(json.dumps({**value, "id": run_id}))
    with pytest.raises(RecordError, match="is no ddmkit record: id: ") as caught:
        read_record_file(path)
    assert "TRUSTED" not in str(caught.value)


@pytest.mark.parametrize("service", ["ddm.example.com\nx", "ddm.example.com`", "DDM.example.com", "a b", "x" * 201, "\x1b"])
def test_a_file_whose_service_can_be_no_host_is_refused(restored, tmp_path, service):
    path = tmp_path / "x.ddmrecord.json"
    value = json.loads(file_text(file_of(restored)))
    path.write_text(json.dumps({**value, "service": service}))
    with pytest.raises(RecordError, match="is no ddmkit record: service: "):
        read_record_file(path)
