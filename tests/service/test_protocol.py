from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddmkit.errors import DDMKitError, InputError, ServiceError
from ddmkit.models import Backup, Job, ListedBackup, RelatedNodes, RestoreRequest, TargetNode
from ddmkit.service import protocol
from ddmkit.service.protocol import read_answer, read_model, read_page

POINT = datetime(2025, 5, 20, 8, 7, 4, 956000, tzinfo=UTC)
BACKUPS = protocol.list_backups("p")
NODE_QUERY = "restore_time=1747728424956&source_dn_instance_id=n&target_instance_id=t"


@pytest.mark.parametrize(
    ("call", "method", "target"),
    [
        (protocol.list_instances("p").at(0), "GET", "/v1/p/instances?limit=128&offset=0"),
        (protocol.show_instance("p", "i"), "GET", "/v1/p/instances/i"),
        (protocol.list_backups("p", "i").at(128), "GET", "/v3/p/backups?instance_id=i&limit=128&offset=128"),
        (protocol.show_backup("p", "s", "b"), "GET", "/v3/p/instances/s/backups/b"),
        (protocol.list_restorable_ranges("p", "s"), "GET", "/v3/p/instances/s/backups/restorable-time-interval"),
        (protocol.list_target_instances("p", "s"), "GET", "/v3/p/instances/s/backups/restorable-instances"),
        (
            protocol.show_related_nodes("p", "s", POINT),
            "GET",
            "/v3/p/instances/s/backups/related-dn?restore_time=1747728424956",
        ),
        (
            protocol.list_target_nodes("p", "s", "t", "n", POINT),
            "GET",
            "/v3/p/instances/s/backups/restorable-data-node?" + NODE_QUERY,
        ),
        (protocol.list_schemas("p", "i"), "GET", "/v1/p/instances/i/databases"),
        (protocol.show_schema("p", "i", "a b/c"), "GET", "/v3/p/instances/i/databases/a%20b%2Fc"),
        (protocol.list_accounts("p", "i"), "GET", "/v3/p/instances/i/users"),
        (protocol.export_schema_metadata("p", "i"), "GET", "/v3/p/instances/i/schema-metadata"),
        (protocol.list_jobs("p", POINT, POINT), "GET", "/v3/p/jobs?end_time=1747728424956&start_time=1747728424956"),
        (protocol.show_job("p", "j"), "GET", "/v3/p/jobs/j"),
        (protocol.list_projects("cn-north-4"), "GET", "/v3/projects?name=cn-north-4"),
        (protocol.probe(), "GET", "/"),
    ],
)
def test_a_call_has_the_documented_method_path_and_query(call: protocol.Call, method: str, target: str) -> None:
    assert (call.method, call.target, call.body) == (method, target, None)


@pytest.mark.parametrize(
    ("point", "source"),
    [
        ({"backup_id": "b"}, {"backup_id": "b"}),
        ({"restore_time_ms": 1747728424956}, {"restore_time": 1747728424956}),
    ],
)
def test_the_restore_body_is_exact(point: dict, source: dict) -> None:
    request = RestoreRequest(source_instance_id="s", target_instance_id="t", data_nodes=("n1", "n2"), **point)
    call = protocol.restore_metadata("p", request)
    assert (call.method, call.target) == ("POST", "/v3/p/instances/s/backups/metadata-recovery")
    assert json.loads(call.body or b"") == {"source": source, "target": {"instance_id": "t", "data_nodes": ["n1", "n2"]}}
    assert b"." not in (call.body or b"")


@pytest.mark.parametrize("value", ["", " ", ".", "..", "\ud800"])
def test_an_id_that_would_change_the_path_is_refused(value: str) -> None:
    with pytest.raises(InputError):
        protocol.show_instance("p", value)


def test_an_id_cannot_leave_its_segment() -> None:
    assert protocol.show_instance("p", "../../x?y=z#f").target == "/v1/p/instances/..%2F..%2Fx%3Fy%3Dz%23f"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the answer is empty"),
        (b"  \n", "the answer is empty"),
        (b"<html></html>", "the answer is not JSON"),
        (b"ok", "the answer is not JSON"),
        (b'{"a": ', "the answer is not JSON"),
        (b"\xff\xfe\x00", "the answer is not JSON"),
        (b"[" * 100_000, "the answer is not JSON"),
        (b'{"backups": [{"name": "\\uD800"}]}', "the answer is not JSON"),
        (b"[]", "the answer is not a JSON object"),
        (b"null", "the answer is not a JSON object"),
        (b"7", "the answer is not a JSON object"),
    ],
)
def test_a_success_that_is_no_json_object_is_an_error_that_leaves_all_open(body: bytes, problem: str) -> None:
    with pytest.raises(ServiceError, match=problem) as caught:
        read_answer(200, {"X-Request-Id": "r1"}, body, BACKUPS)
    assert (caught.value.started, caught.value.request_id, caught.value.status) == (None, "r1", 200)


BACKUP = {"id": "b1", "created": "2025-05-20T08:07:04+0000"}


@pytest.mark.parametrize(
    ("change", "attribute", "value"),
    [
        ({"created": "2025-05-20T16:07:04+0800"}, "created", datetime(2025, 5, 20, 8, 7, 4, tzinfo=UTC)),
        ({"created": "2025-05-20T08:07:04Z"}, "created", datetime(2025, 5, 20, 8, 7, 4, tzinfo=UTC)),
        ({"created": "2025-05-20 T08:07:04Z"}, "created", datetime(2025, 5, 20, 8, 7, 4, tzinfo=UTC)),
        ({"created": 1747728424000}, "created", datetime(2025, 5, 20, 8, 7, 4, tzinfo=UTC)),
        ({"created": "1747728424000"}, "created", datetime(2025, 5, 20, 8, 7, 4, tzinfo=UTC)),
        ({"updated": ""}, "updated", None),
        ({"file_size": "5.25"}, "file_size", 5.25),
        ({"file_size": ""}, "file_size", None),
        ({"file_size": "--"}, "file_size", None),
        ({"updated": "-"}, "updated", None),
        ({"updated": None}, "updated", None),
        ({"status": " Normal\n"}, "status", "Normal"),
        ({"created": 1747728424}, "created", datetime(2025, 5, 20, 8, 7, 4, tzinfo=UTC)),
        ({"name": 7}, "name", "7"),
        ({"name": None}, "name", ""),
        ({"unheard_of": {"a": [1]}}, "id", "b1"),
    ],
)
def test_rows_are_read_tolerantly(change: dict, attribute: str, value: object) -> None:
    page = read_page(Backup, {"backups": [{**BACKUP, **change}], "total": "1"}, BACKUPS)
    assert page.total == 1
    assert getattr(page.rows[0], attribute) == value


def test_a_row_that_fits_the_stricter_model_becomes_one_and_every_other_row_the_wider_one() -> None:
    rows = [BACKUP, {**BACKUP, "id": "b-2", "created": None}]
    page = read_page(ListedBackup, {"backups": rows, "total": 2}, BACKUPS, whole=Backup)
    assert [type(row) for row in page.rows] == [Backup, ListedBackup]
    with pytest.raises(ServiceError, match=r"backups\[1\] id"):
        read_page(ListedBackup, {"backups": [BACKUP, {**BACKUP, "id": {}}], "total": 2}, BACKUPS, whole=Backup)


def test_rows_share_the_names_of_their_fields_and_a_copy_changes_only_itself() -> None:
    first, second = read_page(Backup, {"backups": [BACKUP, {**BACKUP, "id": "b-2"}], "total": 2}, BACKUPS).rows
    before = set(first.model_fields_set)
    assert first.model_copy(update={"backup_type": "manual"}).model_fields_set == before | {"backup_type"}
    assert first.model_fields_set is second.model_fields_set
    assert second.model_fields_set == before


def test_a_job_is_read_alike_from_list_and_detail() -> None:
    flat = {"id": "j", "status": "Running", "process": "60% ", "instance_id": "i", "instance_name": "n"}
    nested = {"id": "j", "status": "Running", "process": "60%", "instance": {"id": "i", "name": "n"}}
    jobs = [read_model(Job, payload, protocol.show_job("p", "j")) for payload in (flat, nested)]
    assert {(job.instance_id, job.instance_name, job.progress) for job in jobs} == {("i", "n", 0.6)}


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"answer": 1}, "backups is not a list"),
        ({"latest_restorable_time": "", "total": 2}, "backups is not a list"),
        ({"backups": {}, "total": 2}, "backups is not a list"),
        ({"backups": {}}, "backups is not a list"),
        ({"backups": "x"}, "backups is not a list"),
        ({"backups": [None]}, r"backups\[0\] object"),
        ({"backups": [BACKUP, {"id": "b2"}]}, r"backups\[1\] created: Field required"),
        ({"backups": [{**BACKUP, "created": "canary"}]}, r"backups\[0\] created: cannot be read"),
        ({"backups": [{**BACKUP, "created": "2025-05-20T08:07:04"}]}, "created: cannot be read"),
        ({"backups": [{**BACKUP, "id": ["x"]}]}, r"backups\[0\] id"),
        ({"backups": [], "total": "many"}, "count of rows"),
        ({"backups": [], "total": -1}, "count of rows"),
        ({"backups": [], "total": True}, "count of rows"),
        ({"backups": [], "total": 1.5}, "count of rows"),
    ],
)
def test_a_page_of_wrong_types_names_operation_and_field(payload: dict, words: str) -> None:
    with pytest.raises(ServiceError, match=words) as caught:
        read_page(Backup, payload, BACKUPS)
    assert "list the backups (GET /v3/p/backups)" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "payload",
    [
        {"backups": None, "total": 0},
        {"backups": None},
        {"total": 0},
        {"total": "0", "note": "nothing found"},
        {"total": 0.0},
        {},
        {"offset": 0, "limit": 128},
        {"backups": {}, "total": 0},
        {"backups": "", "total": 0},
        {"backups": [], "total": ""},
    ],
)
def test_an_empty_list_is_empty_however_it_is_written(payload: dict) -> None:
    assert read_page(Backup, payload, BACKUPS).rows == ()


def test_an_answer_without_content_is_an_empty_list_and_no_single_thing() -> None:
    assert read_page(Backup, read_answer(204, {}, b"", BACKUPS), BACKUPS).rows == ()
    with pytest.raises(ServiceError, match="the answer is empty"):
        read_answer(204, {}, b"", protocol.show_instance("p", "i"))


@pytest.mark.parametrize(
    "payload",
    [
        {"error_code": "DBS.280001", "error_msg": "Parameter error."},
        {"errCode": "DBS.280001", "externalMessage": "Parameter error."},
        {"error": {"code": "DBS.280001", "message": "Parameter error."}},
        {"error_code": "DBS.280001", "error_msg": "Parameter error.", "backups": None, "total": 0, "request_id": "r9"},
    ],
)
def test_a_success_that_holds_nothing_but_an_error_is_shown_with_its_code_and_text(payload: dict) -> None:
    with pytest.raises(ServiceError, match=r"HTTP 200, DBS\.280001, \"Parameter error\.\"") as caught:
        read_answer(200, {}, json.dumps(payload).encode(), BACKUPS)
    assert (caught.value.code, caught.value.started) == ("DBS.280001", False)


@pytest.mark.parametrize(
    "payload",
    [
        {"id": "i", "error_msg": "", "error_code": "DBS.1"},
        {"code": 0, "message": "ok"},
        {"code": 200, "message": "success"},
        {"error_code": None, "error_msg": None},
        {"error_code": "DBS.280001", "job_id": "j"},
    ],
)
def test_a_success_with_content_is_no_refusal_though_it_names_a_code(payload: dict) -> None:
    assert read_answer(200, {}, json.dumps(payload).encode(), BACKUPS) == payload


NOISE = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "backups",
                        "jobs",
                        "job",
                        "total",
                        "id",
                        "created",
                        "error_code",
                        "error_msg",
                        "error",
                        "code",
                        "job_id",
                    ]
                )
                | st.text(max_size=5),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(max_examples=400)
@given(
    body=NOISE,
    status=st.sampled_from([200, 202, 204, 302, 400, 401, 403, 404, 409, 429, 500, 502, 503]),
    date=st.text(max_size=30),
)
def test_whatever_bytes_come_in_an_error_of_ours_or_a_result_comes_out(body: bytes, status: int, date: str) -> None:
    readers = (
        lambda payload: read_page(Backup, payload, BACKUPS),
        lambda payload: read_page(TargetNode, payload, protocol.list_target_nodes("p", "s", "t", "n", POINT)),
        lambda payload: read_model(Job, payload.get("job"), BACKUPS),
        lambda payload: read_model(RelatedNodes, payload, BACKUPS),
    )
    headers = {"date": date, "x-request-id": date, "retry-after": date, "location": date, "content-type": date}
    for read in readers:
        message = ""
        try:
            read(read_answer(status, headers, body, BACKUPS, received_at=POINT))
        except DDMKitError as error:
            message = str(error)
        assert message.isprintable()
