"""The two ways to a kit, ``connect()`` and ``demo()``, and what they refuse."""

import socket
import traceback

import pytest

import ddmkit
from tests.kit.conftest import NOON, plan_of


@pytest.fixture
def kit(tmp_path):
    with ddmkit.demo(world=tmp_path / "world.sqlite", now=NOON) as opened:
        yield opened


def test_a_demo_ignores_real_credentials(tmp_path, monkeypatch):
    monkeypatch.setenv("DDMKIT_TOKEN", "canary-of-a-real-token")
    monkeypatch.setenv("DDMKIT_ENDPOINT", "https://ddm.example.com")
    with ddmkit.demo(world=tmp_path / "world.sqlite") as kit:
        assert "127.0.0.1" in kit.settings.endpoint
        assert "canary-of-a-real-token" not in kit.known_secrets()


def test_several_demos_on_one_world_share_it_and_its_records(tmp_path):
    world = tmp_path / "world.sqlite"
    with ddmkit.demo(world=world, now=NOON) as first, ddmkit.demo(world=world) as second:
        plan = plan_of(first)
        job = first.submit(plan, confirm=plan.target_name, accept=plan.warnings)
        assert second.resume(job.record.id).wait(poll_s=0).id == job.id
        assert first.simulator.world_id == second.simulator.world_id
        assert job.refresh().status == "completed"


def test_the_world_and_its_time_can_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_WORLD", str(tmp_path / "w.sqlite"))
    monkeypatch.setenv("DDMKIT_DEMO_NOW", "2026-05-20T12:00:00Z")
    with ddmkit.demo() as kit:
        assert kit.now() == NOON
        assert kit.simulator.world_path == tmp_path / "w.sqlite"


@pytest.mark.parametrize("wrong", [{"scenario": "no-such"}, {"faults": ["no-such"]}])
def test_an_unknown_scenario_or_fault_is_named(tmp_path, wrong):
    with pytest.raises(ddmkit.InputError, match="no-such"):
        ddmkit.demo(world=tmp_path / "w.sqlite", **wrong)


@pytest.mark.parametrize("speed", ["0", "-1", "101", "nan", "fast", "0.5"])
def test_a_speed_that_is_none_is_refused(speed, monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", speed)
    with pytest.raises(ddmkit.InputError, match="DDMKIT_DEMO_SPEED"):
        ddmkit.demo(world=tmp_path / "w.sqlite")


def test_connecting_makes_no_request_and_says_whose_credentials(kit, tmp_path):
    facts = kit.scenario
    before = len(kit.simulator.requests)
    given = {"endpoint": facts.endpoint, "project_id": facts.project_id, "records": tmp_path / "r.sqlite"}
    with ddmkit.connect(token=facts.token, **given) as connected:
        assert len(kit.simulator.requests) == before
        assert connected.settings.credential_source == "arguments"
        assert "by arguments" in repr(connected)
        assert facts.token not in repr(connected)
        assert len(connected.instances()) == len(kit.instances())


def given_by(facts):
    """The same three kinds of credentials, each as one argument."""
    return {
        "arguments": ddmkit.AccessKey(facts.access_key, facts.secret_key),
        "token": ddmkit.Token(facts.token),
        "password": ddmkit.Password(facts.user, facts.password, facts.domain),
    }


@pytest.mark.parametrize("kind", ["arguments", "token", "password"])
def test_credentials_may_come_as_one_argument(kit, tmp_path, kind):
    facts = kit.scenario
    places = {"endpoint": facts.endpoint, "iam_endpoint": facts.iam_endpoint, "project_id": facts.project_id}
    with ddmkit.connect(credentials=given_by(facts)[kind], **places, records=tmp_path / "r.sqlite") as connected:
        assert len(connected.instances()) == len(kit.instances())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": "t" * 40}, "is given in addition to token"),
        ({"user": "u", "password": "p" * 9, "domain": "d"}, "is given in addition to user, password, domain"),
        ({"profile": "p"}, "is given in addition to credentials"),
        ({"credentials": "t" * 40}, "is not credentials but str"),
        ({"credentials": ddmkit.Token("with a blank")}, "holds a blank"),
        ({"credentials": ddmkit.Token("")}, "no credentials were found"),
        ({"credentials": ddmkit.AccessKey("k" * 20, "")}, "secret_key missing"),
    ],
)
def test_credentials_are_given_once_and_whole(changes, why, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    given = {"endpoint": "https://ddm.example.com", "project_id": "p", "credentials": ddmkit.Token("c" * 40)}
    with pytest.raises(ddmkit.InputError, match=why) as caught:
        ddmkit.connect(**{**given, **changes})
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    shown = [str(frame.locals) for frame in frames if "ddmkit" in frame.filename and "tests" not in frame.filename]
    assert len(shown) == 1
    assert not any(secret in shown[0] for secret in ("t" * 40, "p" * 9, "c" * 40, "k" * 20))


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), "30", None])
def test_a_timeout_is_a_positive_number_of_seconds(wrong):
    token = "t" * 40
    with pytest.raises(ddmkit.InputError, match="not a positive number of seconds") as caught:
        ddmkit.connect(endpoint="https://ddm.example.com", project_id="p", token=token, timeout_s=wrong)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    assert not any(token in str(frame.locals) for frame in frames if frame.filename.endswith("ddmkit/factory.py"))


def test_a_service_that_does_not_answer_is_given_up_after_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            ddmkit.connect(endpoint=endpoint, project_id="p", token="t" * 40, timeout_s=0.05) as connected,
            pytest.raises(ddmkit.UnreachableError),
        ):
            connected.instances()


def test_a_password_logs_in_where_a_kit_only_reads(kit, tmp_path):
    facts = kit.scenario
    places = {"endpoint": facts.endpoint, "iam_endpoint": facts.iam_endpoint, "project_id": facts.project_id}
    credentials = ddmkit.Password(facts.user, facts.password, facts.domain)
    with ddmkit.connect(credentials=credentials, read_only=True, **places, records=tmp_path / "r.sqlite") as reader:
        assert len(reader.instances()) == len(kit.instances())


def test_a_connection_to_a_simulator_is_known_by_its_world_not_its_port(kit, tmp_path):
    facts = kit.scenario
    given = {"endpoint": facts.endpoint, "project_id": facts.project_id, "records": tmp_path / "r.sqlite"}
    with ddmkit.connect(access_key=facts.access_key, secret_key=facts.secret_key, **given) as connected:
        assert plan_of(connected, facts).digest == plan_of(kit).digest
