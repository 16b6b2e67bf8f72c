"""The password of new nodes: checked first, shown nowhere, forgotten at once."""

from __future__ import annotations

import pickle
import traceback

import pytest
from pydantic import SecretStr

from ddmkit.errors import InputError
from ddmkit.recovery.run.password import VARIABLE, NodePassword

GOOD = "Canary-7f3a9c!"


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.parametrize("given", [GOOD, SecretStr(GOOD), lambda: GOOD, lambda: SecretStr(GOOD)])
def test_it_comes_from_an_argument_or_a_function(given):
    held = NodePassword(given)
    assert held.get().get_secret_value() == GOOD
    assert held.known() == (GOOD,)


def test_it_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv(VARIABLE, GOOD)
    assert NodePassword().get().get_secret_value() == GOOD
    assert NodePassword("Other-7f3a9c!").get().get_secret_value() == "Other-7f3a9c!"


def test_without_one_there_is_none():
    assert NodePassword().get() is None
    assert NodePassword(lambda: None).get() is None
    assert NodePassword().known() == ()


@pytest.mark.parametrize("bad", ["short1!", "alllowercase", "Blank in-it 1", GOOD * 3])
def test_one_that_the_service_refuses_is_refused_first_and_never_shown(bad):
    for ask in (lambda: NodePassword(bad), lambda: NodePassword(lambda: bad).get()):
        with pytest.raises(InputError) as caught:
            ask()
        assert bad not in "".join(traceback.format_exception(caught.value))
        assert caught.value.field == "node_password"


def test_what_is_no_text_is_refused():
    with pytest.raises(InputError, match="no text"):
        NodePassword(12345678)


def test_it_is_asked_for_only_when_it_is_needed_and_once():
    asked = []
    held = NodePassword(lambda: asked.append(1) or GOOD)
    assert asked == []
    held.get(), held.get()
    assert asked == [1]


def test_it_is_forgotten():
    held = NodePassword(GOOD)
    held.drop()
    assert (held.get(), held.known()) == (None, ())


def test_it_is_in_no_text_and_no_pickle():
    held = NodePassword(GOOD)
    assert GOOD not in repr(held) + str(held) + str(vars(held))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(held)
