from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.records.reader import RunReader, object_in, objects_in, text_in, texts_in, time_in


@pytest.mark.parametrize("data", [None, 5, "text", [], {}, {"a": None}, {"a": 5}, {"a": [1, None, "x"]}, {"a": {"b": []}}])
def test_data_of_any_shape_reads_as_empty_rather_than_failing(data):
    assert isinstance(object_in(data, "a"), dict)
    assert objects_in(data, "a") == []
    assert isinstance(text_in(data, "a", "b"), str)
    assert all(isinstance(one, str) for one in texts_in(data, "a"))
    assert time_in(data, "a", "b") is None


def test_a_time_is_read_and_what_is_no_time_is_none():
    assert time_in({"at": "2025-05-20T10:12:32Z"}, "at").hour == 10
    assert time_in({"at": "yesterday"}, "at") is None


def test_who_accepted_what_is_told(file_store, header):
    run_id = file_store.begin(header(), {"system_user": "unix-ada", "credentials": "a token, from arguments"})
    file_store.append(run_id, "confirmed", {"operator": "ada", "accepted": ["same-network"]})
    told = RunReader(file_store.get(run_id))
    assert (told.accepted, told.accepted_by) == (["same-network"], "ada")
    assert (told.system_user, told.credentials) == ("unix-ada", "a token, from arguments")
    assert told.ended is None


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"credentials": "a token, from arguments", "cloud_user": "unknown: a token does not tell whose it is"}, ""),
        ({"credentials": "IAM user mel of acme, from arguments", "cloud_user": "mel of acme"}, "mel of acme"),
        ({"credentials": "IAM user mel of acme, from arguments"}, "mel of acme"),
        ({"credentials": "an access key, from profile"}, ""),
        ({}, ""),
    ],
)
def test_the_cloud_user_is_the_one_that_was_named_in_records_of_before_too(file_store, header, about, expected):
    assert RunReader(file_store.get(file_store.begin(header(), about))).cloud_user == expected


@pytest.mark.parametrize(
    ("endpoint", "service", "expected"),
    [
        ("http://127.0.0.1:8080", "x", True),
        ("http://[::1]:8080", "x", True),
        ("https://ddm.eu-de.example.com", "ddm.eu-de.example.com", False),
        ("", "0" * 32, True),
        ("", "ddm.example.com", False),
    ],
)
def test_a_record_of_a_simulator_is_known_by_its_endpoint_or_world(file_store, header, endpoint, service, expected):
    run = file_store.get(file_store.begin(header(), {"endpoint": endpoint}))
    assert RunReader(run.model_copy(update={"service": service})).is_of_simulator is expected


def test_the_parts_of_a_restore_have_durations(file_store, header, clock):
    run_id = file_store.begin(header())
    clock.move(seconds=5)
    file_store.claim(run_id)
    clock.move(seconds=2)
    file_store.append(run_id, "answered", {"job_id": "job-1"})
    clock.move(minutes=3)
    times = {"created_time": "2025-05-20T10:12:39Z", "end_time": "2025-05-20T10:15:00Z"}
    file_store.settle(run_id, "completed", times)
    durations = RunReader(file_store.get(run_id)).durations()
    assert durations["submit to request"] == timedelta(seconds=5)
    assert durations["request to answer"] == timedelta(seconds=2)
    assert durations["the service's job"] == timedelta(minutes=2, seconds=21)
    assert durations["in all"] == timedelta(minutes=3, seconds=7)


def test_the_checks_are_those_that_stood_last_before_the_request(file_store, header):
    run_id = file_store.begin(header())
    file_store.append(run_id, "planned", {"checks": [{"id": "a", "status": "pass"}]})
    file_store.append(run_id, "checked", {"checks": [{"id": "a", "status": "warn"}]})
    file_store.append(run_id, "noted", {"checks": "none of your business"})
    assert RunReader(file_store.get(run_id)).checks == [{"id": "a", "status": "warn"}]
