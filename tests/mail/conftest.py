from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import need
from tests.support import dovecot as servers
from tests.support import mail_server
from tests.support.settings import change


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What servers at 127.0.0.1 prove themselves with."""
    folder = tmp_path_factory.mktemp("certificate")
    mail_server.certificate(folder)
    return folder / "server.pem"


@pytest.fixture(scope="session")
def dovecots(certificate: Path) -> Iterator[servers.Dovecot]:
    need("dovecot", servers.missing())
    with servers.running(certificate) as made:
        yield made


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system trusts the certificate of the test's servers."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


@pytest.fixture
def server(app: Flask, dovecots: servers.Dovecot, trusted: Path) -> Iterator[servers.Dovecot]:
    """A Dovecot that the console may call, without a mail."""
    before = app.extensions["occ_settings"]
    change(app, outgoing_private=True)
    dovecots.empty()
    yield dovecots
    app.extensions["occ_settings"] = before
