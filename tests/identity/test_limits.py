"""MEM-6: how often passwords, codes and links can be tried."""

from collections.abc import Iterator

import pytest
from flask import Flask

from occ.core.db import db
from occ.identity.views.auth import limiter
from tests.conftest import made
from tests.factories import world
from tests.support.migrated import prepare


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with its rate limits, and five members."""
    folder = tmp_path_factory.mktemp("limited")
    with made(folder, RATE_LIMITS=True, RATELIMIT_ENABLED=True, WTF_CSRF_ENABLED=False) as one:
        prepare(one)
        with one.app_context():
            world.owner()
            for name in ("choi", "kim", "lee", "park"):
                world.member(name)
            db.session.remove()
        yield one


@pytest.fixture
def limited(known: Flask) -> Iterator[Flask]:
    """It, with nothing tried yet."""
    yield known
    limiter.reset()


@pytest.mark.spec("MEM-6")
def test_whatever_takes_a_password_a_code_or_a_link_is_rate_limited(limited: Flask) -> None:
    client = limited.test_client()
    client.post("/login", data={"login_id": "boss", "password": world.PASSWORD})
    for path, times in (
        ("/setup", 20),
        ("/login/code", 10),
        ("/forgot", 10),
        ("/reset/x", 20),  # invitations are the same page
        ("/c/me/password", 10),
        ("/c/me/totp", 10),
        ("/c/me/totp/off", 10),
    ):
        statuses = [client.post(path).status_code for _i in range(times + 1)]
        assert (429 in statuses[:-1], statuses[-1]) == (False, 429), path
        assert client.get(path).status_code != 429, "looking at it is free"
        elsewhere = client.post(path, environ_base={"REMOTE_ADDR": "203.0.113.9"})
        assert elsewhere.status_code != 429 or path.startswith("/c/"), "nor are others shut out"


@pytest.mark.spec("MEM-6")
def test_the_login_takes_ten_a_minute_an_account_and_thirty_an_address(limited: Flask) -> None:
    client = limited.test_client()

    def tried(login_id: str, times: int) -> list[int]:
        return [
            client.post("/login", data={"login_id": login_id}).status_code for _i in range(times)
        ]

    assert tried("choi", 10) == [422] * 10
    assert [*tried("choi", 1), *tried(" CHOI ", 1)] == [429] * 2
    assert tried("kim", 10) == [422] * 10, "a whole call center shares one address"
    assert tried("lee", 10) == [422] * 10
    assert tried("park", 1) == [429]
    elsewhere = client.post(
        "/login", data={"login_id": "park"}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )
    assert elsewhere.status_code == 422
