"""The address of a record store: parsed strictly and never shown, because it may contain a password.

An address is a path, a URL, or ``None`` for the user's data folder. A text that is neither a URL nor clearly a path may be a
password in the wrong place, so it is refused and not repeated. Nothing here opens a file or a connection.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Never, Self
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from platformdirs import user_data_dir

from ddmkit.errors import RecordError, without_frames

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["Location", "StoreAddress", "default_path", "expand_path", "locate"]

Place = str | os.PathLike[str] | None

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SECRET_OPTION = re.compile(r"pass|pwd|secret|token|key|credential", re.IGNORECASE)
# The keywords of libpq, ODBC and ADO before an equals sign.
_CONNECTION_STRING = re.compile(
    r"(?:^|[\s;?&,'\"])(?:host|hostaddr|hostname|server|data source|address|port|db|dbname|database|initial catalog|user|"
    r"username|user ?id|uid|password|passwd|pwd|pass|passfile|secret|token|service|dsn|driver|sslmode|options)\s*=",
    re.IGNORECASE,
)
# A colon and a later at sign within one path component: "user:password@host".
_USER_AND_PASSWORD = re.compile(r"[^/\\]:[^/\\]*@[^/\\]")
_PLAIN_START = re.compile(r"[/\\~]|\.{1,2}[/\\]|[A-Za-z]:[/\\]")
_PERCENT = r"%[0-9A-Fa-f]{2}"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[^\s:/?\#\[\]@%\\,]|{_PERCENT})*)(?::[0-9]{{1,5}})?"
_SERVER_URL = re.compile(
    rf"""(?P<scheme>[a-z][a-z0-9+._-]*)://
    (?:(?P<user>(?:[^\s:/?\#\[\]@%\\]|{_PERCENT})*)(?::(?P<password>(?:[^\s/?\#\[\]@%\\]|{_PERCENT})*))?@)?
    (?P<hosts>{_HOST}(?:,{_HOST})*)
    (?:/(?P<database>(?:[^/?\#@%\\]|{_PERCENT})*))?
    (?:\?(?P<query>(?:[^\s\#@%\\]|{_PERCENT})*))?""",
    re.IGNORECASE | re.VERBOSE,
)
# Options of the driver that would break the guarantees of the store.
_REFUSED_OPTIONS = frozenset({"autocommit", "conninfo", "context", "cursor_factory", "replication", "row_factory"})
_ENCODE = "In a password, percent-encode all but letters and digits: @ is %40, : is %3A, / is %2F, # is %23, % is %25."
_FORMS = "For PostgreSQL write postgresql://user:password@host:5432/database; for a file write its path."


class _Unpicklable:
    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("The address of a record store may hold a password, so it is not pickled or copied.")


class StoreAddress(_Unpicklable):
    """The address of a record store as a person gave it; repr, variables and pickles do not show the address."""

    __slots__ = ("_given",)

    def __init__(self, place: Place) -> None:
        self._given: Callable[[], Place] = lambda: place

    @classmethod
    def of(cls, place: Self | Place) -> StoreAddress:
        """Return the address of a place; an address is returned as it is."""
        return place if isinstance(place, StoreAddress) else cls(place)

    def __repr__(self) -> str:
        return "<address of a record store>" if self.is_named else "<address of the default record store>"

    @property
    def is_named(self) -> bool:
        """Whether an address was given; otherwise the store is in the user's data folder."""
        return self._given() is not None

    def locate(self) -> Location:
        """Parse the address; raise ``RecordError``, without repeating the text, when it is no address."""
        try:
            return _read(self._given())
        except RecordError as error:
            raise without_frames(error) from None


class Revealed(NamedTuple):
    """The secret part of an address: the arguments to connect with, and the secrets in them."""

    connect: Mapping[str, Any] | URL
    secrets: tuple[str, ...]


class Location(_Unpicklable):
    """A parsed address. ``shown`` may be shown; only ``reveal`` returns passwords.

    ``backend`` is ``"sqlite"``, ``"postgresql"`` or another database of SQLAlchemy; ``path`` and ``options`` belong to an
    SQLite file. Two locations are equal when they name the same store, whatever the user and password.
    """

    __slots__ = ("_key", "backend", "options", "path", "reveal", "shown")

    def __init__(
        self,
        backend: str,
        shown: str,
        key: tuple[object, ...],
        reveal: Callable[[], Revealed],
        *,
        path: Path | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.backend = backend
        self.shown = shown
        self.path = path
        self.options = options or {}
        self.reveal = reveal
        self._key = (backend, *key)

    def __repr__(self) -> str:
        return f"<record store {self.shown}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Location) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password in the address, and the values of options whose names suggest a secret."""
        return self.reveal().secrets


def locate(place: StoreAddress | Place) -> Location:
    """Parse the address of a record store: a path, a URL, or ``None`` for the user's data folder."""
    return StoreAddress.of(place).locate()


def default_path() -> Path:
    """Return the path of the record store when no address is given: in the user's data folder."""
    folder = Path(user_data_dir("ddmkit", appauthor=False))
    if not folder.is_absolute():  # it begins with a tilde when there is no home folder
        raise RecordError(
            "There is no home folder to keep the records in. Name a file or a database with records= or DDMKIT_RECORDS."
        )
    return folder / "records.sqlite"


def expand_path(text: str) -> Path:
    """Return the absolute path of a text, with ``~`` replaced by the home folder."""
    try:
        return Path(text).expanduser().absolute()
    except (RuntimeError, OSError):
        raise RecordError(
            "The path of the record store begins with ~, and there is no such home folder. Write an absolute path."
        ) from None


def _read(place: Place) -> Location:
    if place is None:
        return _file_location(default_path(), {})
    try:
        text = os.fspath(place)
    except TypeError:
        raise RecordError(f"The address of the record store is not text but {type(place).__name__}. {_FORMS}") from None
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    text = text.strip()
    if not text or _CONTROL.search(text) or not _can_be_encoded(text):
        raise RecordError(
            "The address of the record store (records= or DDMKIT_RECORDS) is empty, or contains a line break or another "
            f"control character. Write it on one line. {_FORMS}"
        )
    scheme, has_scheme, rest = text.partition("://")
    if has_scheme and scheme.casefold() in {"sqlite", "sqlite+pysqlite"}:
        return _read_sqlite_url(rest)
    return _read_server_url(text) if has_scheme else _read_path(text)


def _can_be_encoded(text: str) -> bool:
    """Return whether the system accepts a text: bytes that were not UTF-8 may return to it, other surrogates cannot."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _read_path(text: str) -> Location:
    if text == ":memory:":
        raise _refuse_memory()
    hides_password = _CONNECTION_STRING.search(text) or _looks_like_a_login(text)
    if hides_password or (re.search("[:@]", text) and not _PLAIN_START.match(text)):
        raise RecordError(
            "The address of the record store (records= or DDMKIT_RECORDS) is neither a URL nor clearly a path. "
            f"No file was created. The address is not shown, because it may contain a password. {_FORMS} {_ENCODE} "
            "Before a file name with : or @ or = write its folder, or ./"
        )
    return _file_location(expand_path(text), {})


def _looks_like_a_login(text: str) -> bool:
    if text.startswith("//") and re.search("[:@]", text[2:].partition("/")[0]):
        return True  # a URL without its scheme
    drive = os.name == "nt" and re.match(r"[A-Za-z]:[/\\]", text)
    return bool(_USER_AND_PASSWORD.search(text[2:] if drive else text))


def _read_sqlite_url(rest: str) -> Location:
    """Parse the part after ``sqlite://``; percent escapes are decoded in the path, as in every URL."""
    database, _, query = rest.partition("?")
    options = dict(_parse_options(query))
    if database in {"", "/"} or ":memory:" in database or options.get("mode") == "memory":
        raise _refuse_memory()
    if not database.startswith("/"):
        raise RecordError(
            "The address of the record store has a host after sqlite://, which a file does not have. Write "
            "sqlite:///folder/file for a relative path, sqlite:////folder/file for an absolute one."
        )
    if re.search(f"%(?!{_PERCENT[1:]})", database):
        raise RecordError("The path in the address of the record store contains a bare percent sign. Write it as %25.")
    path = unquote(re.sub(r"^/(file:(//)?)?", "", database), errors="surrogateescape")
    if not path or _CONTROL.search(path) or _CONNECTION_STRING.search(path) or _looks_like_a_login(path):
        raise _malformed()
    return _file_location(expand_path(path), _known_sqlite_options(options))


def _refuse_memory() -> RecordError:
    return RecordError("Records kept in memory would be lost. Name a file with records=, or leave records= out.")


def _known_sqlite_options(options: Mapping[str, str]) -> dict[str, str]:
    known = {name: value for name, value in options.items() if name in {"mode", "immutable", "timeout"}}
    timeout = known.get("timeout", "1")
    if (
        options.keys() - known.keys() - {"uri"}
        or known.get("mode", "rwc") not in {"ro", "rw", "rwc"}
        or known.get("immutable", "0") not in {"0", "1"}
        or not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", timeout)
    ):
        raise RecordError(
            "The address of an SQLite record store accepts only these options: mode=ro or mode=rw, immutable=1, timeout= in "
            "seconds. Remove the others. The permissions of the file decide who may read it."
        )
    return known


def _file_location(path: Path, options: Mapping[str, str]) -> Location:
    # In a URL a question mark begins the options, and a percent sign an escape.
    escaped = str(path).replace("%", "%25").replace("?", "%3F")
    shown = f"sqlite:///{escaped}" + _show_options(options.items())
    revealed = Revealed({}, ())
    return Location("sqlite", shown, (os.path.realpath(path),), lambda: revealed, path=path, options=options)


def _read_server_url(text: str) -> Location:
    found = _SERVER_URL.fullmatch(text)
    if found is None:
        raise _malformed()
    scheme = found["scheme"].lower()
    if scheme.startswith("sqlite"):
        raise RecordError("A record store in a file is opened with Python's own sqlite3: write sqlite:///folder/file.")
    options = _parse_options(found["query"] or "")
    if scheme.partition("+")[0] in {"postgres", "postgresql"}:
        return _postgresql_location(found, options)
    return _other_location(scheme, text)


def _malformed() -> RecordError:
    # No part of the text is repeated, because the password in it cannot be located.
    return RecordError(
        f"The address of the record store (records= or DDMKIT_RECORDS) cannot be read. {_FORMS} {_ENCODE} "
        "Or leave the password out of the address and keep it in ~/.pgpass."
    )


def _parse_options(query: str) -> list[tuple[str, str]]:
    try:
        options = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise _malformed() from None
    if not all(re.fullmatch("[A-Za-z_][A-Za-z0-9_.]*", name) for name, _ in options):
        raise _malformed()
    if any(_CONTROL.search(value) for _, value in options):
        raise _malformed()
    return options


def _postgresql_location(found: re.Match[str], options: Iterable[tuple[str, str]]) -> Location:
    arguments: dict[str, Any] = {}
    hosts = [part.rpartition(":") if re.search(r":[0-9]+$", part) else (part, "", "") for part in found["hosts"].split(",")]
    if any(host for host, _, _ in hosts):
        arguments["host"] = ",".join(unquote(host).strip("[]") for host, _, _ in hosts)
    if any(port for _, _, port in hosts):
        arguments["port"] = ",".join(port for _, _, port in hosts)
    for name, part in (("user", "user"), ("password", "password"), ("dbname", "database")):
        if found[part]:
            arguments[name] = unquote(found[part])
    several: dict[str, list[str]] = {}
    for name, value in options:
        several.setdefault("dbname" if name == "database" else name, []).append(value)
    for name, values in several.items():
        arguments[name] = _driver_option(name, ",".join(values))
    if any(isinstance(value, str) and _CONTROL.search(value) for value in arguments.values()):
        raise _malformed()
    secrets = tuple(str(value) for name, value in arguments.items() if _SECRET_OPTION.search(name) and value)
    key = tuple(str(arguments.get(name, "")) for name in ("host", "hostaddr", "port", "dbname", "service"))
    shown = _show_postgresql(arguments)
    revealed = Revealed(arguments, secrets)
    return Location("postgresql", shown, key, lambda: revealed)


def _driver_option(name: str, value: str) -> str | int | None:
    """Return the value of an option in the type that psycopg expects; the options of libpq are text."""
    if name in _REFUSED_OPTIONS:
        raise RecordError(f"The record store's address has the option {name}, which ddmkit sets itself. Remove it.")
    if name != "prepare_threshold":
        return value
    if value.casefold() in {"", "none"}:
        return None
    if not re.fullmatch("[0-9]{1,6}", value):
        raise RecordError("prepare_threshold in the record store's address must be a whole number, or none.")
    return int(value)


def _show_postgresql(arguments: Mapping[str, Any]) -> str:
    hosts, ports = str(arguments.get("host", "")).split(","), str(arguments.get("port", "")).split(",")
    login = quote(str(arguments.get("user", "")), safe="") + (":***" if "password" in arguments else "")
    is_socket = any(host.startswith("/") for host in hosts)
    named = [f"[{host}]" if ":" in host else host for host in (() if is_socket else hosts)]
    ports = ports * len(named) if len(ports) == 1 else ports
    where = ",".join(host + (f":{port}" if port else "") for host, port in zip(named, ports, strict=False))
    shown = {name: value for name, value in arguments.items() if name not in {"user", "password", "dbname"}}
    for name in () if is_socket else ("host", "port"):
        shown.pop(name, None)
    database = quote(str(arguments.get("dbname", "")), safe="")
    return f"postgresql://{login}{'@' if login else ''}{where}/{database}" + _show_options(shown.items())


def _show_options(options: Iterable[tuple[str, Any]]) -> str:
    pairs = [
        f"{name}={'***' if _SECRET_OPTION.search(name) else quote_plus(str(value), safe='/')}" for name, value in options
    ]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _other_location(scheme: str, text: str) -> Location:
    from sqlalchemy import make_url  # noqa: PLC0415  # slow to load, and files and PostgreSQL are read without it
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(f"{scheme}://{text.partition('://')[2]}")
    except (ArgumentError, ValueError):
        raise _malformed() from None
    hidden = {name: value for name, value in url.query.items() if _SECRET_OPTION.search(name)}
    # The rendering escapes the asterisks.
    shown = (
        url.update_query_dict(dict.fromkeys(hidden, "***")).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")
    )
    found = [
        str(url.password or ""),
        *(one for value in hidden.values() for one in ([value] if isinstance(value, str) else value)),
    ]
    revealed = Revealed(url, tuple(one for one in found if one))
    return Location(scheme, shown, (url.host, url.port, url.database), lambda: revealed)
