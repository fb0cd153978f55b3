"""What keeps a process from starting is told in one or two sentences, never by a traceback (OPS-1)."""

import base64
import os
import secrets
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import made
from tests.support import commands
from tests.support.live import Live
from tests.support.migrated import prepare

pytestmark = pytest.mark.live
KEY = base64.b64encode(secrets.token_bytes(32)).decode()


def refused(
    instance: Path, *words: str, command: str = "serve", url: str = "", **environ: str
) -> str:
    """Starts the real command, which ends at once and says these words; returns all that it says."""
    ended = commands.run(command, environ=Live(instance, url, **environ).environ)
    assert ended.returncode in (1, 2), ended.stderr
    assert "Traceback" not in ended.stderr and not ended.stdout, ended.stderr
    for word in words:
        assert word in ended.stderr, ended.stderr
    assert 1 <= len(ended.stderr.strip().splitlines()) <= 2, ended.stderr
    return ended.stderr


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    """An instance with a database of its own."""
    with made(tmp_path) as application:
        prepare(application)
    return tmp_path


@pytest.mark.parametrize(
    "content",
    ["", "\n", "not base64!\n", "c2hvcnQ=\n", KEY + "\nbroken-line\n", "\x00\xff"],
    ids=range(6),
)
def test_a_broken_key_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys").write_text(content, "latin-1")
    said = refused(
        tmp_path, f"The key file {tmp_path / 'keys'} cannot be used", "put the keys back"
    )
    assert KEY not in said, "no key is repeated"


@pytest.mark.parametrize("given", ["not base64!", "c2hvcnQ=", f"{KEY},x"], ids=range(3))
def test_keys_of_the_setting_that_are_none(tmp_path: Path, given: str) -> None:
    said = refused(tmp_path, "OCC_KEYS cannot be used", "base64", OCC_KEYS=given)
    assert KEY not in said
    assert not list(tmp_path.iterdir()), "no other keys were made"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("not a folder")
    refused(
        taken / "instance",
        f"The instance folder {taken / 'instance'} cannot be used",
        "Not a directory",
        "OCC_INSTANCE",
    )
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if os.geteuid():  # root writes everywhere
        refused(
            closed,
            f"The instance folder {closed} cannot be used",
            "Permission denied",
            "OCC_INSTANCE",
        )


@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_a_database_file_that_is_none(tmp_path: Path, command: str) -> None:
    (tmp_path / "occ.sqlite3").write_text("this was a text all along " * 100)
    refused(
        tmp_path,
        f"The database {tmp_path / 'occ.sqlite3'} cannot be used",
        "Put a backup in its place",
        command=command,
    )


def test_a_damaged_database(migrated: Path) -> None:
    path = migrated / "occ.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = b"\x00" * (len(content) // 2 - 4096)
    path.write_bytes(content)
    refused(migrated, "cannot be used", "damaged", "backup")


def test_a_database_that_cannot_be_opened_or_written(migrated: Path) -> None:
    path = migrated / "occ.sqlite3"
    reading = f"sqlite:///file:{path}?mode=ro&uri=true"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    refused(migrated, "cannot be used", "It cannot be written", url=reading)
    path.unlink()
    path.mkdir()
    refused(migrated, f"The database {path} cannot be used", "It cannot be opened")


def test_a_database_of_a_newer_version(migrated: Path) -> None:
    with sqlite3.connect(migrated / "occ.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    refused(
        migrated, "newer than this version of OCC", "revision 9999", "Install the newer version"
    )


def test_a_database_of_another_installation(migrated: Path) -> None:
    (migrated / "keys").write_text(KEY)
    for command in ("serve", "web", "worker"):
        refused(
            migrated,
            "The keys of this instance do not belong to this database",
            "Put back the file 'keys'",
            command=command,
        )


def test_a_port_that_is_taken(migrated: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for command in ("serve", "web"):
            refused(
                migrated,
                f"Cannot listen on 127.0.0.1 port {port}: Address already in use",
                "PORT",
                command=command,
                PORT=str(port),
            )
    refused(migrated, "PORT='99999' cannot be used", PORT="99999")
    refused(migrated, "Cannot listen on 203.0.113.1 port", HOST="203.0.113.1")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:secretword@h/n",
        "occ",
        "postgresql://u:secretword@h:port/n",
        "postgresql//u:secretword@h",
        "http://x",
    ],
)
def test_an_address_of_a_database_that_is_none(tmp_path: Path, url: str) -> None:
    assert "secretword" not in refused(
        tmp_path, "DATABASE_URL cannot be used", "postgresql://user:password@host/name", url=url
    )


def test_a_postgresql_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = refused(
        tmp_path,
        "PostgreSQL cannot be used at",
        "refused",
        "DATABASE_URL",
        url=f"postgresql://u:secretword@127.0.0.1:{port}/n",
    )
    assert "secretword" not in said


def test_a_postgresql_without_this_database(
    tmp_path: Path, database_url: Callable[..., str]
) -> None:
    server = database_url("postgres", "start").rpartition("/")[0]
    refused(
        tmp_path, "PostgreSQL cannot be used at", "does not exist", url=f"{server}/nobody_made_this"
    )


def test_other_commands_say_it_too(tmp_path: Path) -> None:
    (tmp_path / "occ.sqlite3").write_text("this was a text all along " * 100)
    ended = Live(tmp_path).run("audit", "verify", check=False)
    assert (
        ended.returncode == 1
        and "Traceback" not in ended.stderr
        and "cannot be used" in ended.stderr
    )
