"""OPS-2, and what a process refuses to start with."""

import base64
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from occ import config
from occ.cli.start import prepare
from occ.core import crypto, db
from tests.conftest import made
from tests.support import migrated
from tests.support.browser import Browser
from tests.support.settings import change


@pytest.mark.spec("OPS-2")
def test_health_readiness_and_metrics(app: Flask) -> None:
    one = Browser(app)
    assert one.get("/healthz").text == "ok\n"
    assert one.get("/readyz").text == "ready\n"
    text = one.get("/metrics").text
    assert 'occ_requests_total{endpoint="health.healthz",status="200"}' in text
    assert "occ_jobs_late_seconds" in text
    one.ip = "198.51.100.1"
    assert one.get("/metrics").status_code == 403
    change(app, metrics_token="secret")
    assert (
        one._send("GET", "/metrics", headers={"Authorization": "Bearer secret"}).status_code == 200
    )
    assert (
        one._send("GET", "/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    )
    change(app, metrics_token="")


@pytest.mark.spec("OPS-2")
def test_metrics_of_several_processes_add_up(tmp_path: Path) -> None:
    code = (
        "from occ.factory import create_app; app = create_app(); one = app.test_client(); "
        "one.get('/healthz'); app.extensions['occ_metrics']['decisions'].observe(0.003); "
        "print(one.get('/metrics').text)"
    )
    with made(tmp_path) as application:
        migrated.prepare(application)
    environ = {
        "OCC_INSTANCE": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }
    for count in (1, 2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environ,
            cwd=config.ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        lines = done.stdout.splitlines()
        assert f'occ_requests_total{{endpoint="health.healthz",status="200"}} {count}.0' in lines, (
            done.stdout
        )
        assert f"occ_telephony_decision_seconds_count {count}.0" in lines
        late = [line for line in lines if line.startswith("occ_jobs_late_seconds")]
        assert len(late) == 1 and "pid" not in late[0]
    files = sorted((tmp_path / "metrics").iterdir())
    command = [sys.executable, "-m", "occ", "audit", "verify"]
    subprocess.run(command, env=environ, cwd=config.ROOT, check=True, capture_output=True)
    assert files and sorted((tmp_path / "metrics").iterdir()) == files, "only servers leave some"


@pytest.mark.spec("OPS-2")
def test_not_ready_says_why(tmp_path: Path) -> None:
    with made(tmp_path) as application:
        answer = application.test_client().get("/readyz")
    assert (answer.status_code, "not migrated" in answer.text) == (503, True)


def test_other_keys_than_those_of_the_database_are_refused_in_words(tmp_path: Path) -> None:
    with made(tmp_path) as first:
        prepare(first)
    assert ((tmp_path / "keys").stat().st_mode & 0o777) == 0o600
    old = (tmp_path / "keys").read_text()
    (tmp_path / "keys").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    with pytest.raises(SystemExit, match="do not belong to this database"), made(tmp_path) as other:
        prepare(other)
    # a newer one in front
    (tmp_path / "keys").write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n" + old)
    with made(tmp_path) as rotated:
        prepare(rotated)


def test_encrypted_texts_are_read_with_older_keys_and_refused_with_others() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    token = crypto.KeyRing([old]).encrypt("비밀")
    assert "비밀" not in token
    assert crypto.KeyRing([new, old]).decrypt(token) == "비밀"
    with pytest.raises(ValueError, match="keys of this instance"):
        crypto.KeyRing([new]).decrypt(token)


def test_a_setting_that_cannot_be_read_is_refused_in_words() -> None:
    with pytest.raises(SystemExit, match="PORT='x' cannot be used"):
        config.load({"PORT": "x"})
    for address in ("speech.example", "ftp://speech.example/", "http://speech..example/"):
        with pytest.raises(SystemExit, match=r"SPEECH_URL=.* cannot be used"):
            config.load({"SPEECH_URL": address})
    assert (
        config.load({"SPEECH_URL": "http://음성.example/말하기"}).speech_url
        == "http://음성.example/말하기"
    )
    with pytest.raises(SystemExit, match="OCC_INSTANCE"):
        config.load({"OCC_INSTANCE": "~nobody-of-that-name/occ"})
    assert config.load({"OCC_INSTANCE": "~/occ"}).instance == Path.home() / "occ"


def test_database_urls_go_through_psycopg() -> None:
    assert db.engine_url("postgres://u:p@h/n", Path("/i")) == "postgresql+psycopg://u:p@h/n"
    assert db.engine_url("", Path("/i")) == "sqlite:////i/occ.sqlite3"
