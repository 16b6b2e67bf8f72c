from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import address as address_module
from ddmkit.records.address import StoreAddress, default_path, locate

PASSWORD = "can/ary pass%word"
QUOTED = "can%2Fary%20pass%25word"


def connect_arguments(place):
    return locate(place).reveal().connect


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "PostgreSQL", "postgresql+psycopg", "POSTGRES"])
def test_postgresql_is_named_in_any_spelling(scheme):
    found = locate(f"{scheme}://ada:{QUOTED}@host:5433/db")
    assert found.backend == "postgresql"
    assert found.reveal().connect == {"host": "host", "port": "5433", "user": "ada", "password": PASSWORD, "dbname": "db"}


@pytest.mark.parametrize(
    ("place", "arguments"),
    [
        ("postgresql:///db?host=/run/socket", {"dbname": "db", "host": "/run/socket"}),
        ("postgresql://ada@[::1]:5432/db", {"user": "ada", "host": "::1", "port": "5432", "dbname": "db"}),
        ("postgresql://h1:5432,h2:5433/db", {"host": "h1,h2", "port": "5432,5433", "dbname": "db"}),
        ("postgresql://h/db?sslmode=require&connect_timeout=3", {"host": "h", "dbname": "db", "sslmode": "require", "connect_timeout": "3"}),
        ("postgresql://h/db?prepare_threshold=0", {"host": "h", "dbname": "db", "prepare_threshold": 0}),
        ("postgresql://h/db?prepare_threshold=none", {"host": "h", "dbname": "db", "prepare_threshold": None}),
        ("postgresql://ada:a:b@h/db", {"host": "h", "dbname": "db", "user": "ada", "password": "a:b"}),
    ],
)  # fmt: skip
def test_what_a_postgresql_url_says_reaches_the_driver_in_its_own_types(place, arguments):
    assert connect_arguments(place) == arguments


@pytest.mark.parametrize("option", ["autocommit=1", "row_factory=x", "prepare_threshold=two", "cursor_factory="])
def test_an_option_that_would_break_the_store_is_refused(option):
    with pytest.raises(RecordError, match=r"sets itself|must be a whole number"):
        locate(f"postgresql://h/db?{option}")


@pytest.mark.parametrize(
    "place", [f"postgresql://ada:{QUOTED}@host/db", f"postgresql://ada@host/db?password={QUOTED}&sslpassword={QUOTED}",
              f"mysql://ada:{QUOTED}@host/db", f"mysql://ada@host/db?passwd={QUOTED}"]
)  # fmt: skip
def test_an_address_is_shown_without_its_password(place):
    found = locate(place)
    assert set(found.secrets) == {PASSWORD}
    assert "***" in found.shown
    for hidden in (PASSWORD, QUOTED, "can/ary", "ary%20pass", "pass%25word"):
        assert hidden not in found.shown + repr(found) + str(found)


def test_an_address_shows_nothing_and_is_neither_pickled_nor_copied():
    address = StoreAddress(f"postgresql://ada:{QUOTED}@host/db")
    for thing in (address, address.locate()):
        assert not hasattr(thing, "__dict__")
        assert "ary" not in repr(thing) + str(thing) + "".join(repr(getattr(thing, name)) for name in thing.__slots__)
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="password"):
                way(thing)


@pytest.mark.parametrize(
    "place",
    [
        "postgresql+psycopg://dba:p@ss/w#1@h/db",
        "postgresql://dba:canary/w@h/db",
        "postgresql://dba:12/canary@h/db",
        "postgresql://dba:12?x=canary@h/db",
        "postgresql://dba:canary#x@h/db",
        "postgresql://dba:canary@x@h/db",
        "postgresql://dba:canary%zz@h/db",
        "postgresql://dba:canary pass@h/db",
        "postgresql://dba:[canary@h/db",
        "postgresql://dba:canary@h:port/db",
        "postgresql://dba:canary@h/db?password",
        "postgresql://dba:canary@h/db#fragment",
        "postgresql:// dba:canary@h/db",
        "postgresql://postgresql://dba:canary@h/db",
        "mysql://dba:canary/w@h/db",
        "jdbc:postgresql://h/db?user=dba&password=canary",
        "sqlite://dba:canary@h/db",
        "sqlite:///dba:canary@h/db",
        "sqlite:////x.sqlite?key=canary",
    ],
)
def test_nothing_of_a_malformed_url_is_repeated_and_the_hint_is_to_encode(place):
    with pytest.raises(RecordError) as refused:
        locate(place)
    told = str(refused.value)
    assert not any(piece in told for piece in ("canary", "dba", "p@ss", "ss/w", "w#1"))
    if "@" in place and "sqlite://dba" not in place:
        assert "%40" in told or "sqlite" in told
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    "place",
    [
        "host=h dbname=d user=u password=canary",
        "dbname = d password = canary",
        "Server=h;Database=d;Uid=u;Pwd=canary",
        "Data Source=h;Password=canary",
        "u:canary@h:5432/d",
        "u:canary@h",
        "u:can/ary@h:5432/d",
        "canary@h:5432/d",
        "scott/canary@h:1521/svc",
        "//u:canary@h/d",
        "/u:canary@h/d",
        "h:5432:d:u:canary",
        "postgres:u:canary@h/d",
        "postgresql:/u:canary@h/d",
        "/d?user=u&password=canary",
        "h:5432/canary",
        "host=h\npassword=canary",
        "postgresql://u:canary@h/d\nx",
    ],
)
@pytest.mark.parametrize("form", [str, Path])
def test_what_is_neither_a_url_nor_plainly_a_path_makes_no_file_and_is_not_repeated(place, form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError) as refused:
        locate(form(place))
    assert "canary" not in str(refused.value)
    assert "postgresql://user:password@host" in str(refused.value)


@pytest.mark.parametrize(
    "place",
    [
        "/data/records.sqlite",
        "records.sqlite",
        "team/records.db",
        "./ada@context:2.sqlite",
        "/srv/env=prod/records.sqlite",
        "/home/ada@corp/records.sqlite",
        "C:\\Users\\ada@corp\\records.sqlite",
        "/data/a #1%20?.sqlite",
        "../records 2025.sqlite",
    ],
)
def test_a_path_is_a_path(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert locate(place).path == Path(place).absolute()
    assert locate(locate(place).shown).path == Path(place).absolute()


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("sqlite:////d/team%20a.sqlite", "/d/team a.sqlite"),
        ("sqlite:////d/team a.sqlite", "/d/team a.sqlite"),
        ("SQLite:////d/team%2520a.sqlite", "/d/team%20a.sqlite"),
        ("sqlite+pysqlite:////d/what%3F.sqlite", "/d/what?.sqlite"),
        ("sqlite:///file:/d/team%20a.sqlite?uri=true", "/d/team a.sqlite"),
        ("sqlite:///~/records.sqlite", "/home/ada/records.sqlite"),
        ("~/records.sqlite", "/home/ada/records.sqlite"),
        (" /d/records.sqlite\r", "/d/records.sqlite"),
    ],
)
def test_an_address_of_a_file_has_one_meaning(place, path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert locate(place).path == Path(path)


def test_a_bare_percent_sign_in_the_url_of_a_file_is_refused():
    with pytest.raises(RecordError, match="Write it as %25"):
        locate("sqlite:////d/100%.sqlite")


@pytest.mark.parametrize(
    "option", ["vfs=memdb", "nolock=1", "cache=shared", "mode=rwx", "immutable=yes", "timeout=x", "x=1"]
)
def test_an_option_of_a_file_that_is_not_honoured_is_refused(option):
    with pytest.raises(RecordError, match="only these options"):
        locate(f"sqlite:////d/records.sqlite?{option}")


@pytest.mark.parametrize(
    "place", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true", ":memory:"]
)
def test_records_are_not_kept_in_memory(place):
    with pytest.raises(RecordError, match="would be lost"):
        locate(place)


@pytest.mark.parametrize(
    "place", ["", " ", "a\0b", "a\nb", "a\ud800.sqlite", "sqlite:////a%00b.sqlite", "postgresql://h/a%0Ab"]
)
def test_an_empty_address_or_one_with_control_characters_is_refused(place):
    with pytest.raises(RecordError, match="The address of the record store"):
        locate(place)


def test_two_addresses_of_one_store_are_equal_whoever_connects(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert locate(tmp_path / "a.sqlite") == locate(f"sqlite:///{tmp_path}/link/a.sqlite?mode=ro")
    assert locate("postgresql://ada:1@h/db") == locate("postgres://eve:2@h/db")
    assert locate("postgresql://h/db") != locate("postgresql://h/db2")


def test_a_home_folder_is_asked_for_only_when_it_is_needed(monkeypatch, tmp_path):
    def no_home(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", lambda path: no_home(path) if str(path).startswith("~") else path)
    monkeypatch.setattr(address_module, "user_data_dir", lambda name, appauthor: "~/.local/share/ddmkit")
    assert locate(tmp_path / "a.sqlite").path == tmp_path / "a.sqlite"
    assert locate("postgresql://h/db").backend == "postgresql"
    with pytest.raises(RecordError, match="no home folder to keep the records in"):
        default_path()
    for place in ("~/a.sqlite", "sqlite:///~/a.sqlite"):
        with pytest.raises(RecordError, match="no such home folder"):
            locate(place)
