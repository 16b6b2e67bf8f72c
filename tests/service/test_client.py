from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import PasswordCredentials
from ddmkit.errors import AuthError, InputError, NotFoundError, ServiceError, UnreachableError
from ddmkit.models import RestoreRequest
from ddmkit.service import protocol
from ddmkit.service.client import Client
from ddmkit.service.error_codes.explain import is_unpublished

NOW = datetime(2025, 5, 21, 11, 0, tzinfo=UTC)
REQUEST = RestoreRequest(source_instance_id="s", target_instance_id="t", data_nodes=("n1",), backup_id="b")
RESTORE = protocol.restore_metadata("p", REQUEST)


READS = {
    "instances": lambda client: client.list_instances(),
    "backups": lambda client: client.list_backups(),
    "target_data_nodes": lambda client: client.list_target_nodes("s", "t", "n", NOW),
    "related_data_nodes": lambda client: client.show_related_nodes("s", NOW).related_data_nodes,
    "databases": lambda client: client.list_schemas("i"),
    "users": lambda client: client.list_accounts("i"),
    "jobs": lambda client: client.list_jobs(datetime.now(UTC) - timedelta(hours=1)),
}


def backup(number: int, **changes: object) -> dict:
    created = (NOW - timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": f"b{number}", "created": created, "instance_id": "i", "status": "normal", **changes}


def paged(rows: list[dict], key: str, reply: type, **beside: object) -> Callable:
    def answer(asked):
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        return reply({key: rows[offset : offset + limit], "total": len(rows), "offset": offset, "limit": limit, **beside})

    return answer


@pytest.mark.parametrize("count", [0, 1, 10, 11, 128, 129, 1000])
def test_a_list_is_read_to_its_end(client: Client, loopback, reply, count: int) -> None:
    loopback.answer = paged([backup(number) for number in range(count)], "backups", reply)
    assert [row.id for row in client.list_backups()] == [f"b{number}" for number in range(count)]
    one_more = count in {10, 128}  # the last page may be full
    assert len(loopback.asked) == max(1, -(-count // 128)) + one_more
    assert {asked.query["limit"] for asked in loopback.asked} == {"128"}
    note = client.reads[-1]
    assert (note.operation, note.rows, note.pages) == ("ListBackups", count, len(loopback.asked))


@pytest.mark.parametrize("key", READS)
@pytest.mark.parametrize("cap", [50, 128])
def test_a_count_of_the_page_cuts_no_list(client: Client, loopback, reply, key: str, cap: int) -> None:
    rows = [{**backup(number), "name": f"x{number}", "instance_id": f"b{number}"} for number in range(260)]

    def answer(asked):
        offset = int(asked.query["offset"])
        shown = rows[offset : offset + cap]
        return reply({key: shown, "total": len(shown), "total_record": len(shown)})

    loopback.answer = answer
    assert len(READS[key](client)) == 260


def test_every_read_of_a_block_is_collected_with_its_audit_name_and_none_of_another(client: Client, loopback, reply) -> None:
    loopback.answer = paged([backup(1)], "backups", reply)
    client.list_backups()
    with client.collect_reads() as outer:
        client.gather([client.list_backups] * 1100)
        with client.collect_reads() as inner:
            client.list_backups()
    client.list_backups()
    assert (len(outer), len(inner)) == (1101, 1)
    assert {(note.operation, note.audit_trace) for note in outer} == {("ListBackups", "listBackups")}
    assert len({note.request_ids for note in outer}) in {1, 1101}


def test_backups_come_newest_first_and_of_the_instance_asked_for(client: Client, loopback, reply) -> None:
    rows = [backup(3), backup(1), backup(2, instance_id="other")]
    loopback.answer = paged(rows, "backups", reply)
    assert [row.id for row in client.list_backups("i")] == ["b1", "b3"]
    assert loopback.asked[0].query["instance_id"] == "i"


@pytest.mark.parametrize("created", [{"created": ""}, {"created": None}, {"created": "--"}])
def test_a_backup_that_is_still_being_made_is_counted_as_not_usable_and_hides_no_other(
    client: Client, loopback, reply, caplog: pytest.LogCaptureFixture, created: dict
) -> None:
    loopback.answer = paged([backup(1), backup(2, status="creating", **created), backup(3)], "backups", reply)
    assert [row.id for row in client.list_backups("i")] == ["b1", "b3"]
    said = "1 of 3 have no time of creation and are not usable (yet): b2 (creating)"
    assert client.reads[-1].remark == said
    assert said in caplog.text


def test_a_backup_row_without_a_time_at_all_is_not_usable_either(client: Client, loopback, reply) -> None:
    row = {"id": "b9", "status": "creating", "instance_id": "i"}
    loopback.answer = paged([row], "backups", reply)
    assert client.list_backups("i") == ()
    assert "b9 (creating)" in client.reads[-1].remark


def test_finished_backups_that_all_lack_their_time_are_an_error(client: Client, loopback, reply) -> None:
    loopback.answer = paged([backup(number, created="") for number in range(3)], "backups", reply)
    with pytest.raises(ServiceError, match="none of the 3 backups says when it was made"):
        client.list_backups("i")


@pytest.mark.parametrize("gone", [{"instance_id": ""}, {"instance_id": None}])
def test_backups_that_name_no_instance_are_counted_and_an_error_when_all_are_so(
    client: Client, loopback, reply, gone: dict
) -> None:
    loopback.answer = paged([backup(1), backup(2, **gone), backup(3, instance_id="other")], "backups", reply)
    assert [row.id for row in client.list_backups("i")] == ["b1"]
    assert client.reads[-1].remark == "1 of 3 name no instance and are left out: b2 (normal)"
    assert len(client.list_backups()) == 3
    loopback.answer = paged([backup(number, **gone) for number in range(3)], "backups", reply)
    with pytest.raises(ServiceError, match="none of the 3 backups names its instance"):
        client.list_backups("i")
    assert len(client.list_backups()) == 3


def test_a_range_without_an_end_is_counted_as_not_usable_and_hides_no_other(client: Client, loopback, reply) -> None:
    whole = {"start_time": "2025-05-18T09:40:40+0000", "end_time": "2025-05-19T11:15:43+0000"}
    rows = [whole, {"start_time": "2025-05-20T09:40:40+0000", "end_time": ""}]
    loopback.answer = lambda asked: reply({"restorable_time_intervals": rows, "total": 2})
    assert len(client.list_restorable_ranges("s")) == 1
    assert client.reads[-1].remark == "1 of 2 lack an end and are not usable"
    loopback.answer = lambda asked: reply({"restorable_time_intervals": rows[1:], "total": 1})
    with pytest.raises(ServiceError, match="none of the 1 ranges has both its ends"):
        client.list_restorable_ranges("s")


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize(("body", "status"), [({}, 200), ({"total": 0, "total_record": 0}, 200), (None, 204)])
def test_an_empty_list_is_empty_for_every_read(client: Client, loopback, reply, read, body, status: int) -> None:
    loopback.answer = lambda asked: reply(body, status)
    assert read(client) == ()


def test_a_job_is_read_with_and_without_its_wrapper(client: Client, loopback, reply) -> None:
    for body in ({"job": {"id": "j", "status": "Running"}}, {"id": "j", "status": "Running"}):
        loopback.answer = lambda asked, body=body: reply(body)
        assert client.show_job("j").status == "Running"


@pytest.mark.parametrize(
    ("code", "started"), [("DBS.280001", False), ("DBS.300002", None), ("DBS.999999", None), ("DBS.280036", None)]
)
@pytest.mark.parametrize("status", [200, 202])
def test_an_error_in_a_success_shows_its_code_and_leaves_the_restore_open_unless_the_code_says_no(
    client: Client, loopback, reply, status: int, code: str, started: bool | None
) -> None:
    loopback.answer = lambda asked: reply({"error_code": code, "error_msg": "no", "job_id": None}, status)
    with pytest.raises(ServiceError, match=f'HTTP {status}, {code}, "no"') as caught:
        client.restore_metadata(RESTORE)
    assert caught.value.started is started
    assert len(loopback.asked) == 1


def test_an_answer_without_content_leaves_a_restore_open(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(None, 204)
    with pytest.raises(ServiceError) as caught:
        client.restore_metadata(RESTORE)
    assert caught.value.started is None


def test_a_count_that_never_fits_is_an_error_naming_both_numbers(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"backups": [backup(1)], "total": 2})
    with pytest.raises(ServiceError, match="1 rows came, the service counts 2"):
        client.list_backups()


def test_every_read_gives_models(client: Client, loopback, reply) -> None:
    answers = {
        "/instances": {"instances": [{"id": "i", "access_port": 5066}], "total_record": 1},
        "/instances/i": {"id": "i", "engine_version": "3.0.8", "nodes": [{"node_id": "n", "port": "5066"}]},
        "/instances/s/backups/b": {"id": "b", "related_data_nodes": [{"instance_id": "n1"}]},
        "/instances/s/backups/restorable-time-interval": {
            "restorable_time_intervals": [
                {"start_time": "2025-05-20T09:40:40+0000", "end_time": "2025-05-21T11:15:43+0000"},
                {"start_time": "2025-05-18T09:40:40+0000", "end_time": "2025-05-19T11:15:43+0000"},
            ],
            "total": 2,
        },
        "/instances/s/backups/restorable-instances": {"instances": [{"instance_id": "t", "available": True}], "total": 1},
        "/instances/s/backups/restorable-data-node": {"target_data_nodes": [{"instance_id": "c"}], "total": 1},
        "/instances/i/databases": {"databases": [{"name": "db", "created": 1642063713625}], "total": 1},
        "/instances/i/databases/a b": {"name": "a b", "shards": [{"data_node_id": "n", "shard_index": 0}]},
        "/instances/i/users": {"users": [{"name": "root"}], "total": 1},
        "/instances/i/schema-metadata": {"compressed_databases_info": "H4s", "data_nodes": []},
        "/jobs/j": {"job": {"id": "j", "status": "Running", "instance": {"id": "t"}}},
    }
    loopback.answer = lambda asked: reply(answers[asked.path.split("/", 3)[3].join(("/", "")).replace("%20", " ")])
    assert client.list_instances()[0].access_port == "5066"
    assert client.show_instance("i").nodes[0].node_id == "n"
    assert client.show_backup("s", "b").related_data_nodes[0].instance_id == "n1"
    ranges = client.list_restorable_ranges("s")
    assert ranges[0].start_time < ranges[1].start_time
    assert client.list_target_instances("s")[0].available
    assert client.list_target_nodes("s", "t", "n1", NOW)[0].instance_id == "c"
    assert client.list_schemas("i")[0].name == "db"
    assert client.show_schema("i", "a b").shards[0].shard_index == 0
    assert client.list_accounts("i")[0].name == "root"
    assert client.export_schema_metadata("i").compressed_databases_info == "H4s"
    assert client.show_job("j").instance_id == "t"


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.show_instance("asked"),
        lambda client: client.show_backup("source", "asked"),
        lambda client: client.show_job("asked"),
    ],
)
def test_an_answer_about_another_one_is_not_taken_for_the_one_that_was_asked_for(
    client: Client, loopback, reply, read
) -> None:
    loopback.answer = lambda asked: reply({"id": "other\x1b[31m", "status": "Completed"})
    with pytest.raises(ServiceError, match=r"the answer is about another one, 'other") as caught:
        read(client)
    assert "\x1b" not in str(caught.value)
    loopback.answer = lambda asked: reply({"id": "ASKED"})
    assert read(client).id == "ASKED"


def not_published(reply, code: str = "APIGW.0101"):
    return reply({"error_code": code, "error_msg": "The API does not exist or has not been published"}, 404)


@pytest.mark.parametrize("code", ["APIGW.0101", "APIG.0101"])
def test_accounts_come_from_the_older_call_where_the_newer_is_not_published(
    client: Client, loopback, reply, code: str
) -> None:
    rows = [{"name": f"user{number}", "created": 1642063713, "databases": [{"name": "db"}]} for number in range(130)]

    def answer(asked):
        if asked.path.startswith("/v3/"):
            return not_published(reply, code)
        offset = int(asked.query["offset"])
        return reply({"users": rows[offset : offset + 128], "page_no": 1, "page_size": 128, "total_record": 130})

    loopback.answer = answer
    found = client.list_accounts("i")
    assert [account.name for account in found] == [row["name"] for row in rows]
    assert client.reads[-1].audit_trace == "listUsers"


def test_a_job_is_looked_for_in_the_list_where_its_own_call_is_not_published(client: Client, loopback, reply) -> None:
    jobs = paged([{"id": "j1", "status": "Running"}, {"id": "j2", "status": "Failed"}], "jobs", reply)
    loopback.answer = lambda asked: jobs(asked) if asked.path.endswith("/jobs") else not_published(reply)
    assert client.show_job("j2").status == "Failed"
    with pytest.raises(NotFoundError, match=r"show the job .*APIGW\.0101"):
        client.show_job("j3")


def test_a_call_that_no_version_publishes_is_an_error_that_says_so(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: not_published(reply)
    with pytest.raises(NotFoundError, match=r"APIGW\.0101.*publishes no such API") as caught:
        client.list_accounts("i")
    assert is_unpublished(caught.value)
    assert len(loopback.asked) == 2


@pytest.mark.parametrize("status", [400, 403, 404])
def test_accounts_are_not_looked_for_elsewhere_after_any_other_refusal(client: Client, loopback, reply, status: int) -> None:
    loopback.answer = lambda asked: reply({"error_code": "DBS.200002", "error_msg": "no"}, status)
    with pytest.raises(ServiceError):
        client.list_accounts("i")
    assert [asked.path.split("/")[1] for asked in loopback.asked] == ["v3"]


def test_related_nodes_come_from_all_pages_with_the_latest_instant(client: Client, loopback, reply) -> None:
    rows = [{"instance_id": f"n{number}", "data_volume_size": "40000000000"} for number in range(130)]
    loopback.answer = paged(rows, "related_data_nodes", reply, latest_restorable_time="2025-05-21T10:59:00+0000")
    found = client.show_related_nodes("s", NOW)
    assert [node.instance_id for node in found.related_data_nodes] == [row["instance_id"] for row in rows]
    assert found.latest_restorable_time == datetime(2025, 5, 21, 10, 59, tzinfo=UTC)
    assert loopback.asked[0].query["restore_time"] == "1747825200000"


def test_the_end_of_a_job_list_is_fixed_before_its_first_page(make_client, loopback, reply) -> None:
    ticking = iter(NOW + timedelta(seconds=number) for number in range(1000))
    client = make_client(clock=lambda: next(ticking))
    jobs = [{"id": f"j{number:03}", "created_time": "2025-05-21T10:00:00+0000"} for number in range(300)]
    loopback.answer = paged(jobs, "jobs", reply)
    assert len(client.list_jobs(NOW - timedelta(hours=2))) == 300
    assert len({asked.query["end_time"] for asked in loopback.asked}) == 1


def test_jobs_come_newest_first(client: Client, loopback, reply) -> None:
    times = {"a": "2025-05-21T10:00:00+0000", "b": "2025-05-21T11:00:00+0000", "c": ""}
    loopback.answer = paged([{"id": name, "created_time": time} for name, time in times.items()], "jobs", reply)
    jobs = client.list_jobs(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
    assert [job.id for job in jobs] == ["b", "a", "c"]


def test_jobs_more_than_thirty_days_back_are_refused_without_a_request(make_client, loopback, reply) -> None:
    client = make_client(clock=lambda: NOW)
    loopback.answer = paged([], "jobs", reply)
    with pytest.raises(InputError, match="30 days"):
        client.list_jobs(NOW - timedelta(days=30, minutes=2))
    with pytest.raises(InputError, match="without a zone"):
        client.list_jobs(datetime(2025, 5, 21, 10, 0))
    assert loopback.asked == []
    client.list_jobs(NOW - timedelta(days=30))
    limit = NOW - timedelta(days=30)
    assert int(loopback.asked[0].query["start_time"]) >= limit.timestamp() * 1000


# -- the restore ---------------------------------------------------------------------------------------------------------


def test_a_restore_is_posted_once_with_its_exact_body(client: Client, loopback, reply, token: str) -> None:
    loopback.answer = lambda asked: reply(
        {"job_id": " j1 "}, 202, {"X-Request-Id": "r1", "Date": "Wed, 21 May 2025 11:00:00 GMT"}
    )
    found = client.restore_metadata(RESTORE)
    assert (found.job_id, found.status, found.request_id) == ("j1", 202, "r1")
    (asked,) = loopback.asked
    assert asked.body == REQUEST.body_json().encode()
    assert asked.method == "POST"
    assert asked.path.endswith("/instances/s/backups/metadata-recovery")
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-auth-token"] == token
    assert asked.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("status", "code", "started"),
    [
        (400, "DBS.280001", False),
        (400, "DBS.999999", None),
        (401, "APIGW.0307", False),
        (403, "", False),
        (404, "DBS.200002", False),
        (409, "DBS.200019", False),
        (415, "", False),
        (429, "APIGW.0308", False),
        (500, "DBS.280001", None),
        (502, "", None),
        (503, "APIGW.0613", False),
        (503, "", None),
        (504, "", None),
        (307, "", None),
    ],
)
def test_a_refused_restore_says_whether_anything_was_started_and_is_not_sent_again(
    client: Client, loopback, reply, pauses: list[float], status: int, code: str, started: bool | None
) -> None:
    loopback.answer = lambda asked: reply({"error_code": code, "error_msg": "no"}, status, {"Location": "/elsewhere"})
    with pytest.raises(ServiceError) as caught:
        client.restore_metadata(RESTORE)
    assert caught.value.started is started
    assert (len(loopback.asked), pauses) == (1, [])


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>ok</html>", b'{"job_id": ', {}, {"job_id": ""}, {"job_id": 7}, {"job_id": None}, {"job_id": "a\nb"}, []],
)
def test_a_success_without_a_readable_job_leaves_the_outcome_open(client: Client, loopback, reply, body: object) -> None:
    loopback.answer = lambda asked: reply(body, 202)
    with pytest.raises(ServiceError) as caught:
        client.restore_metadata(RESTORE)
    assert caught.value.started is None
    assert len(loopback.asked) == 1


def test_a_lost_answer_leaves_the_outcome_open(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(cut=True)
    with pytest.raises(UnreachableError) as caught:
        client.restore_metadata(RESTORE)
    assert caught.value.sent
    assert len(loopback.asked) == 1


def test_a_restore_that_found_no_listener_was_surely_not_sent(make_client, silent_port: int) -> None:
    client = make_client(endpoint=f"http://127.0.0.1:{silent_port}")
    with pytest.raises(UnreachableError, match="nothing listens") as caught:
        client.restore_metadata(RESTORE)
    assert not caught.value.sent


def test_a_slow_answer_leaves_the_outcome_open(make_client, loopback, reply) -> None:
    import threading

    released = threading.Event()

    def hold(asked):
        released.wait(5)
        return reply({"job_id": "j"}, 202)

    loopback.answer = hold
    client = make_client(timeout_s=0.05)
    with pytest.raises(UnreachableError, match="did not answer in time") as caught:
        client.restore_metadata(RESTORE)
    released.set()
    assert caught.value.sent


@pytest.mark.parametrize("status", [401, 500, 503])
def test_a_login_that_fails_before_a_restore_means_that_nothing_was_started(
    make_client, loopback, reply, status: int
) -> None:
    client = make_client(credentials=PasswordCredentials("u", SecretStr("canary"), "d"))
    loopback.answer = lambda asked: reply({"error": {"code": status, "message": "no"}}, status)
    with pytest.raises(ServiceError) as caught:
        client.restore_metadata(RESTORE)
    assert caught.value.started is False
    assert [asked.path for asked in loopback.asked] == ["/v3/auth/tokens"]


def test_a_login_without_an_answer_before_a_restore_means_that_nothing_was_sent(make_client, loopback, reply) -> None:
    client = make_client(credentials=PasswordCredentials("u", SecretStr("canary"), "d"))
    loopback.answer = lambda asked: reply(cut=True)
    with pytest.raises(UnreachableError, match="log in as the IAM user") as caught:
        client.restore_metadata(RESTORE)
    assert not caught.value.sent


def test_an_identity_service_that_is_down_is_named_as_the_step_that_failed(make_client, loopback, silent_port: int) -> None:
    client = make_client(
        credentials=PasswordCredentials("u", SecretStr("canary"), "d"), iam_endpoint=f"http://127.0.0.1:{silent_port}"
    )
    with pytest.raises(UnreachableError) as caught:
        client.list_instances()
    said = str(caught.value)
    assert said.startswith("Could not log in as the IAM user (POST /v3/auth/tokens): nothing listens at")
    assert "Without that, ddmkit could not list the instances." in said
    assert loopback.asked == []


def test_a_service_that_is_down_is_named_as_itself(make_client, loopback, reply, silent_port: int) -> None:
    client = make_client(endpoint=f"http://127.0.0.1:{silent_port}")
    with pytest.raises(UnreachableError, match=r"^Could not list the instances \(GET /v1/") as caught:
        client.list_instances()
    assert "Without that" not in str(caught.value)


def test_a_login_by_region_names_the_domain_too(make_client, loopback, reply) -> None:
    client = make_client(credentials=PasswordCredentials("u", SecretStr("canary"), "d"), project_id="")
    token = {"token": {"project": {"id": "p-of-the-token"}}}

    def answer(asked):
        login = asked.path == "/v3/auth/tokens"
        return reply(token, 201, {"X-Subject-Token": "t"}) if login else reply({"instances": [], "total_record": 0})

    loopback.answer = answer
    assert client.list_instances() == ()
    asked = json.loads(loopback.asked[0].body)["auth"]["scope"]
    assert asked == {"project": {"name": "cn-north-4", "domain": {"name": "d"}}}
    assert loopback.asked[1].path == "/v1/p-of-the-token/instances"


def test_a_reading_connection_never_sends_a_restore(make_client, loopback) -> None:
    with pytest.raises(InputError, match="only reads"):
        make_client(read_only=True).restore_metadata(RESTORE)
    assert loopback.asked == []


def test_reading_goes_on_over_the_shared_connection_after_a_restore(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"job_id": "j"}, 202) if asked.method == "POST" else reply({"id": "i"})
    client.show_instance("i")
    client.restore_metadata(RESTORE)
    assert client.show_instance("i").id == "i"


# -- errors and surroundings ----------------------------------------------------------------------------------------------


def test_a_refusal_has_its_class_and_its_facts(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(
        {"errCode": "DBS.200002", "externalMessage": "no instance"}, 404, {"X-Request-Id": "r9"}
    )
    with pytest.raises(NotFoundError, match=r"Could not show the instance .*request id r9") as caught:
        client.show_instance("gone")
    assert (caught.value.status, caught.value.code, caught.value.request_id) == (404, "DBS.200002", "r9")


def test_reads_are_repeated_as_the_service_asks(client: Client, loopback, reply, pauses: list[float]) -> None:
    refusals = [reply({"error_code": "APIGW.0308", "error_msg": "x"}, 429, {"Retry-After": "3"}), reply(cut=True)]
    loopback.answer = lambda asked: refusals.pop(0) if refusals else reply({"id": "i"})
    assert client.show_instance("i").id == "i"
    assert len(loopback.asked) == 3
    assert pauses[0] == 3


def test_a_redirect_is_not_followed(client: Client, loopback, make_server, reply) -> None:
    elsewhere = make_server()
    loopback.answer = lambda asked: reply(None, 302, {"Location": f"{elsewhere.endpoint}/login"})
    with pytest.raises(ServiceError, match=r"redirects to the host 127\.0\.0\.1"):
        client.show_instance("i")
    assert elsewhere.asked == []


def test_a_web_page_in_place_of_json_is_named(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(b"<html>Please log in</html>", 200, {"Content-Type": "text/html"})
    with pytest.raises(ServiceError, match="login portal"):
        client.show_instance("i")


def test_a_rejected_credential_is_not_tried_again(client: Client, loopback, reply, pauses: list[float]) -> None:
    loopback.answer = lambda asked: reply({"error_code": "APIGW.0301", "error_msg": "decrypt token fail"}, 401)
    with pytest.raises(AuthError, match="token cannot be read"):
        client.show_instance("i")
    assert (len(loopback.asked), pauses) == (1, [])


def test_who_answers_is_asked_without_credentials(client: Client, loopback, reply) -> None:
    headers = {"X-Simulator-World": "w1", "X-Simulator-Now": "2025-05-21T11:00:00+00:00"}
    loopback.answer = lambda asked: reply({"versions": []}, 200, headers)
    probe = client.probe()
    assert (probe.status, probe.world_id, probe.world_now) == (200, "w1", NOW)
    assert client.service_now() == NOW
    assert client.world_id == "w1"
    assert not {"x-auth-token", "authorization", "x-project-id"} & set(loopback.asked[0].headers)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_any_answer_to_the_probe_will_do(client: Client, loopback, reply, status: int) -> None:
    loopback.answer = lambda asked: reply({}, status)
    assert (client.probe().status, client.probe().world_id) == (status, "")


def test_the_skew_is_the_services_clock_less_ours(make_client, loopback, reply) -> None:
    client = make_client(clock=lambda: NOW)
    assert (client.last_skew, client.service_now()) == (None, NOW)
    ahead = NOW + timedelta(minutes=20)

    loopback.server.RequestHandlerClass.date_time_string = lambda self, timestamp=None: ahead.strftime(
        "%a, %d %b %Y %H:%M:%S GMT"
    )
    loopback.answer = lambda asked: reply({"id": "i"})
    client.show_instance("i")
    assert client.last_skew == timedelta(minutes=20)
    assert client.service_now() == ahead
    loopback.answer = lambda asked: reply({"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}, 401)
    with pytest.raises(AuthError, match="20 min behind the service's"):
        client.show_instance("i")
