"""DDM's further calls: lists are complete, sessions keep no statement, each change is sent once."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from ddmkit.errors import InputError, ServiceError
from ddmkit.recovery_models.ddm import SessionCount
from ddmkit.recovery_models.requests import TargetCreateRequest
from ddmkit.service.calls import Call
from ddmkit.service.ddm import protocol
from ddmkit.service.rds import protocol as rds

TARGET = TargetCreateRequest(
    name="ddm-a",
    flavor_ref="f",
    node_num=2,
    engine_version="3.1",
    available_zones=("z",),
    vpc_id="v",
    subnet_id="s",
    security_group_id="g",
)


def test_the_flavours_of_all_architectures_are_read_page_by_page(client, loopback, reply) -> None:
    flavors = {"X86": [f"x{number}" for number in range(130)], "ARM": ["a1"]}

    def answer(asked):
        offset = int(asked.query["offset"])
        groups = [
            {
                "group_type": group,
                "flavors": [{"id": one, "spec_code": one} for one in ids[offset : offset + 128]],
                "total": len(ids),
            }
            for group, ids in flavors.items()
        ]
        return reply({"flavor_groups": groups})

    loopback.answer = answer
    found = client.list_flavors("3.1")
    assert [flavor.id for flavor in found if flavor.group_type == "ARM"] == ["a1"]
    assert len(found) == 131


def test_missing_flavours_are_an_error(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"flavor_groups": [{"group_type": "X86", "flavors": [{"id": "a"}], "total": "2"}]})
    with pytest.raises(ServiceError, match="counts 2"):
        client.list_flavors("3.1")


def test_an_instance_in_detail_is_the_only_one_of_its_answer(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"instances": [{"id": "i", "extend_map": {"subnet_id": "s"}}]})
    assert client.show_detail("i").subnet_id == "s"
    loopback.answer = lambda asked: reply({"instances": []})
    with pytest.raises(ServiceError, match="one instance"):
        client.show_detail("i")


def test_engines_and_sessions_are_read(client, loopback, reply) -> None:
    rows = {"engine_groups": [{"id": "e", "version": "3.1.7.0"}], "total": 1}
    loopback.answer = lambda asked: reply(rows)
    assert client.list_engines()[0].version == "3.1.7.0"
    sessions = [{"id": str(number), "user": "app", "info": "select canary"} for number in range(2)]
    loopback.answer = lambda asked: reply({"logical_processes": sessions, "total_count": 2})
    assert client.count_sessions("i") == (SessionCount(account="app", sessions=2),)


def test_a_target_is_created_once(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"id": "e9in09", "job_id": "1eb6"}, 202)
    sent = client.create_instance(protocol.create_instance("p", TARGET))
    assert (sent.result.id, sent.result.job_id, sent.status) == ("e9in09", "1eb6", 202)
    assert [asked.body for asked in loopback.asked] == [TARGET.body_json().encode()]


@pytest.mark.parametrize(
    ("body", "status", "started"),
    [
        ({"errCode": "DBS.280001", "externalMessage": "Invalid"}, 400, False),
        ({"errCode": "DBS.200022", "externalMessage": "exists"}, 409, None),
        ({"errCode": "DBS.111205", "externalMessage": "timeout"}, 500, None),
        ({"id": "e9in09"}, 202, None),
    ],
)
def test_a_refused_creation_says_whether_surely_nothing_was_started(client, loopback, reply, body, status, started) -> None:
    loopback.answer = lambda asked: reply(body, status)
    with pytest.raises(ServiceError) as caught:
        client.create_instance(protocol.create_instance("p", TARGET))
    assert caught.value.started is started
    assert len(loopback.asked) == 1


@pytest.mark.parametrize("body", [b"", {}, {"job_id": "j"}])
def test_the_other_changes_are_sent_once_and_may_name_no_job(client, loopback, reply, body) -> None:
    loopback.answer = lambda asked: reply(body, 202)
    done = [
        client.delete_instance(protocol.delete_instance("p", "i")),
        client.sync_data_nodes(protocol.sync_data_nodes("p", "i")),
        client.set_read_only(protocol.set_read_only("p", "i", read_only=True)),
        client.set_administrator(protocol.set_administrator("p", "i", "root", SecretStr("Canary-3-Pass"))),
    ]
    assert {sent.result.job_id for sent in done} == {"j" if body == {"job_id": "j"} else ""}
    assert [asked.method for asked in loopback.asked] == ["DELETE", "POST", "PUT", "PUT"]


def test_an_empty_answer_with_an_error_status_is_a_refusal(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(b"", 500)
    with pytest.raises(ServiceError) as caught:
        client.delete_instance(protocol.delete_instance("p", "i"))
    assert (caught.value.started, len(loopback.asked)) == (None, 1)


def test_a_deletion_that_would_delete_the_data_of_the_nodes_is_refused(client, loopback) -> None:
    wrong: list[Any] = [
        Call("DeleteDdmInstance", "delete", "DELETE", "/v3/p/instances/i", (("delete_dn_data", "true"),)),
        Call("DeleteDdmInstance", "delete", "DELETE", "/v3/p/instances/i"),
        rds.delete_instance("p", "i"),
    ]
    for call in wrong:
        with pytest.raises(InputError):
            client.delete_instance(call)
    assert loopback.asked == []


def test_an_answer_that_repeats_the_password_is_cleaned(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"error_code": "DBS.300300", "error_msg": "weak: Canary-3-Pass"}, 400)
    with pytest.raises(ServiceError) as caught:
        client.set_administrator(protocol.set_administrator("p", "i", "root", SecretStr("Canary-3-Pass")))
    assert "Canary" not in str(caught.value) + repr(vars(caught.value))
