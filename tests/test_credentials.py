"""Credentials as one argument: what they hand over, and that they show and copy nothing."""

import copy
import pickle

import pytest
from pydantic import SecretStr

import ddmkit

ACCESS_KEY, SECRET_KEY, TOKEN, PASSWORD = "canary-access", "canary-secret", "canary-token", "canary-password"
GIVEN = {
    "access key": (ddmkit.AccessKey(ACCESS_KEY, SECRET_KEY), {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}),
    "temporary access key": (
        ddmkit.AccessKey(ACCESS_KEY, SECRET_KEY, TOKEN),
        {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "security_token": TOKEN},
    ),
    "token": (ddmkit.Token(SecretStr(TOKEN)), {"token": TOKEN}),
    "password": (
        ddmkit.Password("ada", PASSWORD, "acme"),
        {"user": "ada", "password": PASSWORD, "domain": "acme"},
    ),
}


@pytest.mark.parametrize(("given", "values"), GIVEN.values(), ids=GIVEN)
def test_credentials_hand_over_their_values_by_the_names_of_the_parameters(given, values):
    assert {name: value.get_secret_value() for name, value in given.arguments().items()} == values


@pytest.mark.parametrize(("given", "values"), GIVEN.values(), ids=GIVEN)
def test_credentials_hide_their_values(given, values):
    for shown in (repr(given), str(given), f"{given}", repr(vars(given)), repr(given.arguments())):
        assert not any(value in shown for value in values.values())
    assert all(f"{name}=..." in repr(given) for name in values)


@pytest.mark.parametrize(("given", "_values"), GIVEN.values(), ids=GIVEN)
@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy])
def test_credentials_are_neither_pickled_nor_copied(given, _values, copying):
    with pytest.raises(TypeError, match="cannot be pickled"):
        copying(given)


def test_a_returned_set_of_values_is_a_copy():
    token = ddmkit.Token(TOKEN)
    token.arguments().clear()
    assert set(token.arguments()) == {"token"}
