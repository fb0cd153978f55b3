"""A PostgreSQL cluster for the run: Debian's binaries, one cluster, one database a worker."""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

import psycopg


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) + [
        Path(p) for p in (shutil.which("initdb"),) if p
    ]
    return found[-1].parent if found else None


def _user() -> dict[str, object]:
    """initdb refuses root: drop to `postgres`."""
    return (
        {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    )


def missing() -> str | None:
    """Why no server can be started, in words."""
    if os.environ.get("TEST_DATABASE_URL"):
        return None
    if _binaries() is None:
        return "PostgreSQL's server binaries (initdb, postgres) are not installed"
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        if os.geteuid() == 0:
            return "there is no user `postgres` to run the server as"
    return None


def cluster(folder: Path) -> str:
    """The cluster's URL without a database; the first worker that asks starts it."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given.rsplit("/", 1)[0]
    with open(folder / "postgres.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = folder / "postgres.url"
        if not note.exists():
            note.write_text(_start(folder))
        return note.read_text()


def _start(folder: Path) -> str:
    binaries = _binaries()
    assert binaries is not None
    data = Path(f"/tmp/occ-pg-{os.getpid()}")
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(data, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            data / "db",
            "-A",
            "trust",
            "-U",
            "occ",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ],
        check=True,
        capture_output=True,
        cwd="/tmp",
        **_user(),
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c unix_socket_directories={data} -c max_connections=200"
    subprocess.run(
        [binaries / "pg_ctl", "-D", data / "db", "-l", data / "log", "-w", "-o", options, "start"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/tmp",
        **_user(),
    )
    (folder / "postgres.data").write_text(str(data))
    return f"postgresql://occ@127.0.0.1:{port}"


def stop(folder: Path) -> None:
    """Stops what `cluster` started."""
    note = folder / "postgres.data"
    binaries = _binaries()
    if not note.exists() or binaries is None:
        return
    data = Path(note.read_text())
    subprocess.run(
        [binaries / "pg_ctl", "-D", data / "db", "-m", "immediate", "stop"],
        capture_output=True,
        cwd="/tmp",
        **_user(),
        check=False,
    )
    shutil.rmtree(data, ignore_errors=True)


def database(url: str, name: str, *, template: str | None = None) -> str:
    """A fresh database, empty or copied from a template; returns its URL."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(
            f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else "")
        )
    return f"{url}/{name}"
