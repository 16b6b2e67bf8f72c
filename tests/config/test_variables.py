"""Values of variables: read as they were meant, and refused by name where nobody filled them in."""

import pytest

from ddmkit.config.settings import read_settings
from ddmkit.config.variables import Variables, read_variable
from ddmkit.errors import InputError


@pytest.mark.parametrize("dressed", ["value", " value\r", "value\r\n", '"value"', "'value' ", ' "value"\r'])
def test_what_env_files_leave_around_a_value_is_not_part_of_it(dressed):
    assert Variables({"X": dressed})["X"] == "value"


@pytest.mark.parametrize("value", ["it's", '"', "a\"b'", "<", "<a", "a<b>", "p<@>ss"])
def test_what_stands_within_a_value_stays(value):
    assert Variables({"X": value})["X"] == value


@pytest.mark.parametrize("value", ["<your-ak>", "<AK>", '"<your token>"', "${AK}"])
def test_a_placeholder_is_refused_by_the_name_of_its_variable(value):
    with pytest.raises(InputError, match=r"^DDMKIT_TOKEN: holds a placeholder") as caught:
        Variables({"DDMKIT_TOKEN": value})["DDMKIT_TOKEN"]
    assert value not in str(caught.value)


def test_a_variable_that_is_not_set_is_none():
    assert Variables({}).get("X") is None


def test_the_text_of_variables_shows_no_value():
    assert "canary" not in repr(Variables({"X": "canary"}))


def test_every_variable_of_a_connection_is_read_so():
    environment = {
        "DDMKIT_ENDPOINT": '"https://ddm.example.test"\r',
        "DDMKIT_PROJECT_ID": "'p'",
        "DDMKIT_TIME_ZONE": "Europe/Berlin\r",
        "HUAWEICLOUD_SDK_AK": '"ak"',
        "HUAWEICLOUD_SDK_SK": "sk\r",
    }
    found = read_settings(environment=environment, home=None)
    assert (found.endpoint, found.project_id, found.time_zone) == ("https://ddm.example.test", "p", "Europe/Berlin")
    assert [secret.get_secret_value() for secret in found.secrets] == ["ak", "sk"]
    with pytest.raises(InputError, match="HUAWEICLOUD_SDK_SK"):
        read_settings(environment={**environment, "HUAWEICLOUD_SDK_SK": "<your-sk>"}, home=None)


@pytest.mark.parametrize("written", ["x", " x ", "x\r", "x\r\n", '"x"', "'x'", ' "x"\r', '" x "', "\ufeffx"])
def test_a_variable_is_read_without_what_env_files_leave_around_it(written):
    assert read_variable("DDMKIT_RECORDS", {"DDMKIT_RECORDS": written}) == "x"


@pytest.mark.parametrize(
    ("written", "read"), [("", ""), ('"', '"'), ("\"x'", "\"x'"), ('a"b', 'a"b'), ("a b", "a b"), ("''", "")]
)
def test_nothing_else_of_a_variable_is_changed(written, read):
    assert read_variable("DDMKIT_RECORDS", {"DDMKIT_RECORDS": written}) == read
    assert read_variable("DDMKIT_RECORDS", {}) == ""
