"""What a kit does about recoveries: what is refused before anything is read, and whose password is held how long."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError, NotConfirmedError
from ddmkit.handles.recovery import desk
from ddmkit.recovery.run.password import NodePassword
from tests.recovery.builders import plan
from tests.recovery.run.records import open_run

PASSWORD = "Canary-7f3a9c!"
WORDS = {"accept": (), "purpose": "", "ticket": ""}


def never():
    raise AssertionError("nothing may be read")


@pytest.fixture
def untouched():
    """Return a function that makes a desk which may neither read nor write."""
    return lambda *, read_only: desk.RecoveryDesk(None, never, never, read_only=read_only)


@pytest.mark.parametrize(
    "act",
    [
        lambda begun: begun.recover(plan(), confirm="x", node_password=PASSWORD, **WORDS),
        lambda begun: begun.send_again("r-1", "target", "x", PASSWORD),
        lambda begun: begun.follow_up("r-1", "source-read-only", "x", "", None),
        lambda begun: begun.abandon(None, "delete 1"),
    ],
)
def test_a_kit_that_only_reads_sends_nothing_and_keeps_no_password(untouched, act):
    made = untouched(read_only=True)
    with pytest.raises(InputError, match="this kit only reads: nothing was sent"):
        act(made)
    assert made.known_passwords() == []


def test_what_is_no_plan_and_a_password_against_the_rules_are_refused_before_anything_is_read(untouched):
    made = untouched(read_only=False)
    with pytest.raises(InputError, match="is not what is needed but str; nothing was sent"):
        made.recover("plan", confirm="x", node_password=PASSWORD, **WORDS)
    with pytest.raises(InputError, match="node_password"):
        made.recover(plan(), confirm="x", node_password="short", **WORDS)
    assert made.known_passwords() == []


def test_a_refused_recovery_leaves_its_record_on_the_error_and_no_password_behind(tmp_path, monkeypatch):
    run_id, context = open_run(tmp_path)
    context.store.known_secrets = list
    context.services.ddm = SimpleNamespace(settings=SimpleNamespace(endpoint="https://ddm.example.com"))
    held = []

    def refuse(*_):
        held.extend(made.known_passwords())
        error = NotConfirmedError("no name", missing=["confirm="])
        error.record = run_id
        raise error

    monkeypatch.setattr(desk, "find_earlier_run", lambda *_: "")
    monkeypatch.setattr(desk, "open_recovery", refuse)
    made = desk.RecoveryDesk(context.services, lambda: context.restore, never, read_only=False)
    with pytest.raises(NotConfirmedError) as caught:
        made.recover(plan(), confirm="another name", node_password=PASSWORD, **WORDS)
    assert (held, made.known_passwords()) == ([PASSWORD], [])
    assert caught.value.record.id == run_id


def test_the_password_of_each_run_is_known_while_it_is_held(untouched):
    made = untouched(read_only=False)
    held = NodePassword(PASSWORD)
    held.get()
    made._passwords["r-1"] = held
    assert made.known_passwords() == [PASSWORD]
    held.drop()
    assert made.known_passwords() == []
