"""The client of the data nodes' service reads complete lists, and sends a recovery and a deletion exactly once."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from ddmkit.errors import BusyError, DDMKitError, InputError, NotFoundError, ServiceError, UnreachableError
from ddmkit.recovery_models.requests import NodeRestorePoint, NodeRestoreRequest, RequestedBackups, RequestedVolume
from ddmkit.service.ddm import protocol as ddm
from ddmkit.service.deadline import Attempt
from ddmkit.service.rds import protocol
from ddmkit.service.rds.client import RdsClient

T = datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC)
CANARY = "Canary-9-Node!"
REQUEST = NodeRestoreRequest(
    name="orders-n1-7f3a9c", flavor_ref="f", volume=RequestedVolume(type="CLOUDSSD", size=100), zones=("z1",), region="r", vpc_id="v",
    subnet_id="s", security_group_id="g", time_zone="UTC", backup_strategy=RequestedBackups(start_time="19:00-20:00", keep_days=7),
    restore_point=NodeRestorePoint(instance_id="d8in01", restore_time=1673852043000), password=SecretStr(CANARY),
)  # fmt: skip
TOKEN = "0b6c3f5e-6f0e-4b0d-9a44-6f7f6a4a1d10"
RECOVERY = protocol.create_restore_instance("p", REQUEST, TOKEN)


@pytest.fixture
def rds(make_client, loopback) -> Iterator[RdsClient]:
    with make_client().make_companion(RdsClient, loopback.endpoint) as client:
        yield client


def test_a_list_is_read_by_the_pages_of_this_service(rds, loopback, reply) -> None:
    rows = [{"id": f"n{number}in01", "name": f"n{number}"} for number in range(230)]

    def answer(asked):
        offset = int(asked.query["offset"])
        return reply({"instances": rows[offset : offset + 100], "total_count": len(rows)})

    loopback.answer = answer
    assert [node.id for node in rds.list_instances()] == [row["id"] for row in rows]
    assert sorted(int(asked.query["offset"]) for asked in loopback.asked) == [0, 100, 200] or len(loopback.asked) == 4
    assert {asked.query["limit"] for asked in loopback.asked} == {"100"}
    assert rds.reads[-1].operation == "RDS ListInstances"


def test_a_list_that_lacks_rows_is_an_error(rds, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(
        {"instances": [{"id": "a"}] if asked.query["offset"] == "0" else [], "total_count": 2}
    )
    with pytest.raises(ServiceError, match="completely"):
        rds.list_instances()


def test_a_node_that_is_not_listed_is_looked_for_among_the_flexus_ones(rds, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(
        {"instances": [{"id": "a"}] if "group_type" in asked.query else [], "total_count": int("group_type" in asked.query)}
    )
    assert [node.id for node in rds.list_instances(instance_id="a")] == ["a"]
    loopback.answer = lambda asked: reply({"instances": [], "total_count": 0})
    assert rds.list_instances(instance_id="a") == ()


def test_the_ranges_come_in_order_and_those_without_an_end_are_left_out(rds, loopback, reply) -> None:
    rows = [
        {"start_time": 1532742139000, "end_time": 1532742140000},
        {"start_time": 1532001446987, "end_time": "1532001447000"},
        {"start_time": 1},
    ]
    loopback.answer = lambda asked: reply({"restore_time": rows})
    assert [found.start_ms for found in rds.list_restore_times("n")] == [1532001446987, 1532742139000]
    assert "1 of 3 lack an end" in rds.reads[-1].remark
    loopback.answer = lambda asked: reply({"restore_time": [{"start_time": 1532742139000}]})
    with pytest.raises(ServiceError, match="none of the 1 ranges"):
        rds.list_restore_times("n")


def test_other_answers_are_read_from_their_places(rds, loopback, reply) -> None:
    answers = {
        "policy": {"backup_policy": {"keep_days": 7, "start_time": "19:00-20:00", "period": "1,2"}},
        "jobs": {"job": {"id": "j", "status": "Completed", "instance": {"id": "f5in01", "name": "n"}}},
        "quotas": {"quotas": {"resources": [{"type": "instance", "quota": 50, "used": 7}]}},
        "MySQL": {"flavors": [{"spec_code": "s", "az_status": {"z": "normal"}}]},
        "simplified-instances": {"instances": [{"id": "a", "current_actions": ["REBOOT"]}]},
        "backups": {"backups": [{"id": "b", "status": "COMPLETED", "type": "auto"}], "total_count": 1},
        "tasklist": {"tasks": [{"id": "t"}], "total_count": 1, "actions": []},
    }
    loopback.answer = lambda asked: reply(answers[asked.path.rpartition("/")[2]])
    assert rds.show_backup_policy("n").keep_days == 7
    assert rds.show_job("j").instance_id == "f5in01"
    assert [quota.left for quota in rds.list_quotas()] == [43]
    assert rds.list_flavors("5.7")[0].is_sold_in("z")
    assert rds.list_simplified_instances(["a"])[0].is_busy
    assert rds.list_simplified_instances([]) == ()
    assert rds.list_backups("n")[0].is_full
    assert [task.id for task in rds.list_tasks(T, T)] == ["t"]


@pytest.mark.parametrize("answer", [{"jobs": {"id": "t"}}, {"jobs": [{"id": "t"}]}, {"job": {"id": "t"}}])
def test_tasks_in_detail_come_as_object_as_list_and_under_another_key(rds, loopback, reply, answer) -> None:
    loopback.answer = lambda asked: reply(answer)
    assert [task.id for task in rds.list_task_details("n", T)] == ["t"]


def test_a_job_is_not_found_for_some_seconds(rds, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"error_code": "DBS. 200543", " error_msg": "task not found"}, 400)
    with pytest.raises(NotFoundError) as caught:
        rds.show_job("j")
    assert caught.value.code == "DBS.200543"


def test_a_recovery_is_sent_once_with_the_password_in_its_bytes_only(rds, loopback, reply, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.answer = lambda asked: reply(
        {"instance": {"id": "f5in01", "name": "n", "password": CANARY}, "job_id": "bf00"}, 202
    )
    sent = rds.create_restore_instance(RECOVERY)
    assert (sent.status, sent.result.instance_id, sent.result.job_id) == (202, "f5in01", "bf00")
    assert [asked.body for asked in loopback.asked] == [RECOVERY.body]
    assert [asked.headers["x-client-token"] for asked in loopback.asked] == [TOKEN]
    assert CANARY not in caplog.text + repr(sent) + repr(rds.reads) + repr(RECOVERY)


@pytest.mark.parametrize(
    ("status", "code", "started", "kind"),
    [
        (400, "DBS.280285", False, ServiceError),
        (400, "DBS.280450", False, ServiceError),
        (413, "DBS.290003", False, ServiceError),
        (409, "DBS.200019", False, BusyError),
        (404, "DBS.200501", False, ServiceError),
        (403, "", False, ServiceError),
        (409, "DBS.200022", None, ServiceError),
        (400, "DBS.280495", None, ServiceError),
        (500, "DBS.111205", None, ServiceError),
        (500, "", None, ServiceError),
        (504, "", None, ServiceError),
        (400, "DBS.999999", None, ServiceError),
    ],
)
def test_a_refusal_says_whether_surely_nothing_was_started(rds, loopback, reply, status, code, started, kind) -> None:
    loopback.answer = lambda asked: reply({"error_code": code, "error_msg": f"refused {CANARY}"}, status)
    with pytest.raises(kind) as caught:
        rds.create_restore_instance(RECOVERY)
    assert caught.value.started is started
    assert len(loopback.asked) == 1
    assert CANARY not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


@pytest.mark.parametrize(
    "body",
    [{}, {"instance": {"id": "f5in01"}}, b"", b"<html>", {"instance": {"password": CANARY}}, f'{{"x":"{CANARY}'.encode()],
)
def test_a_success_that_names_no_job_leaves_the_outcome_open(rds, loopback, reply, body) -> None:
    loopback.answer = lambda asked: reply(body, 202)
    with pytest.raises(ServiceError) as caught:
        rds.create_restore_instance(RECOVERY)
    assert caught.value.started is None
    assert CANARY not in str(caught.value) + repr(vars(caught.value))


def test_a_lost_answer_leaves_the_outcome_open_and_is_not_repeated(rds, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(cut=True)
    attempt = Attempt()
    with pytest.raises(UnreachableError) as caught:
        rds.create_restore_instance(RECOVERY, attempt=attempt)
    assert (caught.value.sent, attempt.has_left, len(loopback.asked)) == (True, True, 1)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_last_check_and_an_exhausted_deadline_keep_the_request_from_leaving(rds, loopback) -> None:
    def refuse() -> None:
        raise InputError("too late", field="plan")

    for options in ({"last_check": refuse}, {"attempt": Attempt(timedelta(0))}):
        with pytest.raises(DDMKitError) as caught:
            rds.create_restore_instance(RECOVERY, **options)
        assert not getattr(caught.value, "sent", False)
    assert loopback.asked == []


def test_a_connection_that_only_reads_sends_questions_and_no_change(make_client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"instances": []})
    with make_client(read_only=True).make_companion(RdsClient, loopback.endpoint) as client:
        for send in (
            lambda: client.create_restore_instance(RECOVERY),
            lambda: client.delete_instance(protocol.delete_instance("p", "i")),
        ):
            with pytest.raises(InputError, match="only reads"):
                send()
        assert client.list_simplified_instances(["a"]) == ()
    assert [asked.method for asked in loopback.asked] == ["POST"]


def test_a_deletion_is_sent_once(rds, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"job_id": "d1"}, 202)
    assert rds.delete_instance(protocol.delete_instance("p", "i")).result.job_id == "d1"
    loopback.answer = lambda asked: reply({"error_code": "DBS.200019", "error_msg": "busy"}, 409)
    with pytest.raises(BusyError) as caught:
        rds.delete_instance(protocol.delete_instance("p", "i"))
    assert caught.value.started is False
    assert [(asked.method, asked.target) for asked in loopback.asked] == [("DELETE", "/v3/p/instances/i")] * 2


def test_the_call_of_another_service_is_refused(rds, loopback) -> None:
    wrong: list[Any] = [ddm.delete_instance("p", "i"), ddm.sync_data_nodes("p", "i"), RECOVERY]
    for call in wrong:
        with pytest.raises(InputError, match="is not DeleteInstance"):
            rds.delete_instance(call)
    assert loopback.asked == []
