from __future__ import annotations

import copy
import gc
import logging
import pickle
import threading
import traceback

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials, PasswordCredentials
from ddmkit.errors import AuthError, DDMKitError, InputError, NotFoundError, UnreachableError
from ddmkit.service.client import Client

KEYS = KeyCredentials(SecretStr("canary-AK"), SecretStr("canary-SK"), SecretStr("canary-security-token"))
PASSWORD = PasswordCredentials("user", SecretStr("canary-password"), "domain")


def refuse_all(reply: type, status: int = 401):
    return lambda asked: reply({"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}, status)


def test_results_come_in_order_with_refusals_in_their_places(client: Client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"id": "i"}) if asked.path.endswith("/i") else reply({}, 404)
    found = client.gather([lambda: client.show_instance("i"), lambda: client.show_instance("gone"), lambda: 7])
    assert found[0].id == "i"
    assert isinstance(found[1], NotFoundError)
    assert found[2] == 7
    assert client.gather([]) == []


@pytest.mark.parametrize("credentials", [None, KEYS])
def test_wrong_credentials_cost_one_rejected_request_not_twelve(make_client, loopback, reply, credentials) -> None:
    client = make_client(credentials=credentials)
    loopback.answer = refuse_all(reply)
    with pytest.raises(AuthError) as caught:
        client.gather([client.list_instances, lambda: client.list_backups("i")] * 6)
    assert caught.value.status == 401
    assert len(loopback.asked) == 1


def test_a_wrong_password_costs_one_login(make_client, loopback, reply) -> None:
    client = make_client(credentials=PASSWORD)
    loopback.answer = lambda asked: reply({"error": {"code": 401, "message": "wrong"}}, 401)
    with pytest.raises(AuthError, match="log in"):
        client.gather([client.list_instances] * 12)
    assert [asked.path for asked in loopback.asked] == ["/v3/auth/tokens"]


def test_fan_out_waits_for_the_first_success(client: Client, loopback, reply) -> None:
    under_way, most_before, opened, lock = [0], [0], [], threading.Lock()

    def answer(asked):
        with lock:
            under_way[0] += 1
            if not opened:
                most_before[0] = max(most_before[0], under_way[0])
        threading.Event().wait(0.01)
        with lock:
            under_way[0] -= 1
            opened.append(True)
        return reply({"id": "i"})

    loopback.answer = answer
    assert len(client.gather([lambda: client.show_instance("i")] * 20)) == 20
    assert most_before[0] == 1


def test_a_mistake_of_ours_is_not_a_result(client: Client) -> None:
    def blunder() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.gather([blunder, lambda: 1])


def test_lists_within_gather_fan_out_without_a_standstill(client: Client, loopback, reply) -> None:
    rows = [{"id": f"i{number}"} for number in range(1000)]

    def answer(asked):
        offset = int(asked.query["offset"])
        return reply({"instances": rows[offset : offset + 128], "total_record": 1000})

    loopback.answer = answer
    assert [len(found) for found in client.gather([client.list_instances] * 10)] == [1000] * 10


def test_the_same_page_again_is_not_read_anew_and_another_one_is(make_client, loopback, reply) -> None:
    client = make_client()
    names = iter(["a", "a", "b"])
    loopback.answer = lambda asked: reply({"instances": [{"id": next(names), "name": "n"}], "total_record": 1})
    first, same, other = (client.list_instances()[0] for _ in range(3))
    assert same is first
    assert (first.id, other.id) == ("a", "b")


# -- who and where --------------------------------------------------------------------------------------------------------


def test_a_missing_project_is_looked_up_by_the_regions_name(make_client, loopback, reply) -> None:
    client = make_client(credentials=KEYS, project_id="")
    projects = {"projects": [{"id": "p-found", "name": "cn-north-4"}, {"id": "p-other", "name": "cn-north-4_sub"}]}
    loopback.answer = lambda asked: reply(projects) if asked.path == "/v3/projects" else reply({"id": "i"})
    assert client.project_id == ""
    client.show_instance("i")
    assert client.find_project_id() == client.project_id == "p-found"
    lookup, shown = loopback.asked
    assert lookup.query == {"name": "cn-north-4"}
    assert "x-project-id" not in lookup.headers
    assert (shown.path, shown.headers["x-project-id"]) == ("/v1/p-found/instances/i", "p-found")


@pytest.mark.parametrize(
    ("projects", "words"),
    [
        ([], "no project"),
        ([{"id": "a", "name": "cn-north-4"}, {"id": "b", "name": "cn-north-4"}], r"2 projects \(a, b\)"),
        (None, "no project"),
        (["x"], "no project"),
    ],
)
def test_a_project_that_is_not_unique_is_asked_for(make_client, loopback, reply, projects: object, words: str) -> None:
    client = make_client(credentials=KEYS, project_id="")
    loopback.answer = lambda asked: reply({"projects": projects})
    with pytest.raises(InputError, match=words):
        client.list_instances()


@pytest.mark.parametrize("strange", ["pröjekt", "a/b", "a b", "p\r\nX-Evil: 1"])
def test_a_project_that_cannot_be_one_is_not_used(make_client, loopback, reply, strange: str) -> None:
    client = make_client(credentials=KEYS, project_id="")
    loopback.answer = lambda asked: reply({"projects": [{"id": strange, "name": "cn-north-4"}]})
    with pytest.raises(InputError, match="cannot be the id of a project"):
        client.list_instances()
    assert len(loopback.asked) == 1


def test_a_user_with_password_gets_the_project_with_the_token(make_client, loopback, reply) -> None:
    client = make_client(credentials=PASSWORD, project_id="")
    token = {"expires_at": "2099-01-01T00:00:00.000000Z", "project": {"id": "p-token"}}

    def answer(asked):
        login = asked.path == "/v3/auth/tokens"
        return reply({"token": token}, 201, {"X-Subject-Token": "canary-token"}) if login else reply({"id": "i"})

    loopback.answer = answer
    assert client.show_instance("i").id == "i"
    assert [asked.path for asked in loopback.asked] == ["/v3/auth/tokens", "/v1/p-token/instances/i"]
    assert loopback.asked[1].headers["x-auth-token"] == "canary-token"
    assert "canary-token" in [secret.get_secret_value() for secret in client.known_secrets()]


def test_an_unreachable_identity_service_is_named_and_not_the_endpoint(make_client, silent_port: int) -> None:
    client = make_client(credentials=PASSWORD, iam_endpoint=f"http://127.0.0.1:{silent_port}")
    with pytest.raises(UnreachableError, match=f"nothing listens at 127.0.0.1:{silent_port}") as caught:
        client.list_instances()
    assert not caught.value.sent


# -- secrets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("credentials", [None, KEYS, PASSWORD])
def test_a_client_shows_no_secret_and_cannot_be_pickled_or_copied(make_client, credentials) -> None:
    client = make_client(credentials=credentials)
    for thing in (client, client.settings, client.settings.credentials):
        assert "canary" not in f"{thing!r} {thing}"
        for spread in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                spread(thing)
    assert "canary" not in repr(client.known_secrets())


def echo(asked, reply: type, status: int):
    """Answer like a service that repeats in its error everything it was sent."""
    return reply(
        {"error_code": asked.headers.get("x-auth-token", ""), "error_msg": repr((asked.headers, asked.body))}, status
    )


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("credentials", [None, KEYS, PASSWORD])
def test_a_service_that_echoes_secrets_puts_none_into_an_error(
    make_client, loopback, reply, credentials, status: int
) -> None:
    client = make_client(credentials=credentials)
    token = {"token": {"expires_at": "2099-01-01T00:00:00.000000Z"}}

    def answer(asked):
        if asked.path == "/v3/auth/tokens" and status != 401:
            return reply(token, 201, {"X-Subject-Token": "canary-token"})
        return echo(asked, reply, status)

    loopback.answer = answer
    with pytest.raises(DDMKitError) as caught:
        client.show_instance("i")
    error = caught.value
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "canary" not in f"{error} {error!r} {vars(error)}"
    assert "canary" not in shown
    assert error.__cause__ is error.__context__ is None


def test_the_log_at_debug_holds_no_secret(make_client, loopback, reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(credentials=PASSWORD, project_id="")
    token = {"expires_at": "2099-01-01T00:00:00.000000Z", "project": {"id": "p"}}

    def answer(asked):
        login = asked.path == "/v3/auth/tokens"
        return reply({"token": token}, 201, {"X-Subject-Token": "canary-token"}) if login else reply({"id": "i"})

    loopback.answer = answer
    client.show_instance("i")
    assert "ShowInstance: 200" in caplog.text
    assert "httpcore" in {record.name.split(".")[0] for record in caplog.records}
    assert "canary" not in caplog.text


def test_a_closed_client_says_so_and_leaves_no_thread(make_client, loopback, reply) -> None:
    before = set(threading.enumerate())
    client = make_client()
    loopback.answer = lambda asked: reply({"id": "i"})
    with client:
        client.gather([lambda: client.show_instance("i")] * 8)
    client.close()
    assert not [one for one in set(threading.enumerate()) - before if one.name.startswith("ddmkit-read")]
    with pytest.raises(InputError, match="closed"):
        client.show_instance("i")


def test_a_client_that_nobody_closed_is_collected_without_waiting_for_a_thread(
    make_client, loopback, reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The collector may run inside of threading itself, while it holds the lock without which no thread can end.
    loopback.answer = lambda asked: reply({"id": "i"})
    forgotten = make_client().make_companion(Client, loopback.endpoint)
    forgotten.gather([lambda client=forgotten: client.show_instance("i")] * 8)
    forgotten.in_a_cycle = forgotten
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("ddmkit-read")]
    waited_for: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "join", lambda self, timeout=None: waited_for.append(self.name))
        del forgotten
        gc.collect()
    for thread in threads:
        thread.join(5)
    assert (waited_for, [thread for thread in threads if thread.is_alive()]) == ([], [])
    assert threads
