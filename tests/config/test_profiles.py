from __future__ import annotations

from pathlib import Path

import pytest

from ddmkit.config.profiles import Profile, read_profile
from ddmkit.errors import InputError


def write(folder: Path, text: str, name: str = "credentials") -> Path:
    (folder / ".huaweicloud").mkdir(exist_ok=True)
    path = folder / ".huaweicloud" / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, profile: str = "", environment: dict[str, str] | None = None) -> Profile | None:
    return read_profile(profile, environment or {}, folder)


@pytest.mark.parametrize("section", ["basic", "basiccredentials"])
def test_both_names_of_the_section_are_known(tmp_path: Path, section: str) -> None:
    write(tmp_path, f"[{section}]\nak = a\nsk = s\nsecurity_token = t\n")
    found = read(tmp_path)
    assert found is not None
    assert found.values == {"access_key": "a", "secret_key": "s", "security_token": "t"}
    assert found.source == f"profile ~/.huaweicloud/credentials [{section}]"


def test_a_percent_sign_is_a_character_like_any_other(tmp_path: Path) -> None:
    write(tmp_path, "[basic]\nak = a\nsk = 100%(x)s%\n")
    found = read(tmp_path)
    assert found is not None
    assert found.values["secret_key"] == "100%(x)s%"


def test_a_profile_may_name_a_section_a_file_or_come_from_the_environment(tmp_path: Path) -> None:
    default = write(tmp_path, "[basic]\nak = a1\nsk = s\n[team]\nak = a2\nsk = s\n")
    other = write(tmp_path, "[basic]\nak = a3\nsk = s\n", "other.ini")
    named = [
        read(tmp_path),
        read(tmp_path, "team"),
        read(tmp_path, str(other)),
        read(tmp_path, "~/.huaweicloud/other.ini"),
        read(tmp_path, "", {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(other)}),
    ]
    assert [found.values["access_key"] for found in named if found] == ["a1", "a2", "a3", "a3", "a3"]
    assert default.exists()


def test_no_profile_is_no_error_unless_one_was_asked_for(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    write(tmp_path, "[global]\nak = a\n")
    assert read(tmp_path) is None
    write(tmp_path, "[basic]\nidp_id = x\n")
    assert read(tmp_path) is None
    for profile, environment in (("team", {}), ("./absent.ini", {}), ("", {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "/absent"})):
        with pytest.raises(InputError):
            read(tmp_path, profile, environment)


@pytest.mark.parametrize("text", ["canary without section\n", "[basic]\nak = 1\nak = canary\n", "[basic\nsk = canary\n"])
def test_a_broken_file_is_named_but_never_quoted(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(InputError, match="cannot be read as a profile") as caught:
        read(tmp_path)
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    write(tmp_path, "").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as a profile"):
        read(tmp_path)


def test_the_repr_of_a_profile_shows_nothing() -> None:
    assert "canary" not in repr(Profile("x", {"secret_key": "canary"}, {}))


@pytest.mark.parametrize("environment", [{}, {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "named"}])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[basic]\nak = "canary"\nsk = s\n', r"ak in \[basic\] of .* is in quotes"),
        ("[basic]\nak = a\nsk = 'canary'\n", r"sk in \[basic\] of .* is in quotes"),
        ("[basic]\nak = <your-ak>\nsk = s\n", r"ak in \[basic\] of .* is a placeholder"),
        ("[basic]\nak = a\nsk = s\nproject_id = <id>\n", r"project_id in \[basic\] of .* is a placeholder"),
    ],
)
def test_a_value_that_cannot_be_one_is_named_with_its_file(tmp_path: Path, environment, text: str, words: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(InputError, match=words) as caught:
        read(tmp_path, "", {name: str(file) for name in environment})
    assert "credentials" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[other]\nak = a\nsk = s\n", "[basic]\nidp_id = x\n", "[basic]\nak =\nsk =\n"])
def test_a_file_that_a_variable_names_and_that_holds_no_credentials_is_named(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(InputError, match=r"HUAWEICLOUD_SDK_CREDENTIALS_FILE: .*credentials ") as caught:
        read(tmp_path, "", {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(file)})
    assert str(file) in str(caught.value)
