"""The field for the node password."""

import pytest

from ddmkit.forms.widgets.node_password import NodePasswordField

PASSWORD = "Canary-7-ofTheNodes"


@pytest.fixture
def told():
    return []


@pytest.fixture
def field(told):
    return NodePasswordField(lambda: told.append("changed"))


def test_the_field_is_emptied_at_once_and_the_password_is_held_apart(field, told):
    field.input.value = PASSWORD
    assert field.input.value == ""
    assert field.get().get_secret_value() == PASSWORD
    assert told == ["changed"]
    assert PASSWORD not in field.message.text + repr(field.get())


def test_a_password_that_the_service_refuses_is_not_held_and_not_shown(field):
    field.input.value = PASSWORD
    field.input.value = "short"
    assert not field.is_given
    assert "8 to 32 characters" in field.message.text
    assert "short" not in field.message.text


def test_it_is_forgotten_and_asked_for_again(field):
    field.input.value = PASSWORD
    field.drop()
    assert field.get() is None
    assert "Type one password" in field.message.text
