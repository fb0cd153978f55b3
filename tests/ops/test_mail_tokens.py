"""Access to the mail server by rotating refresh tokens: asked for once, and never lost."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock, crypto
from occ.core import oauth as core
from occ.core.db import db
from occ.core.oauth import BUSY, SPARE, Unanswered
from occ.core.settings import configured
from occ.delivery import oauth
from occ.delivery.models import MailLogin
from tests.ops.test_races import at_once
from tests.support.crash import killed
from tests.support.settings import change
from tests.support.token_service import Tokens, token_service

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


def _row() -> MailLogin:
    db.session.expire_all()
    return db.session.scalars(sa.select(MailLogin)).one()


@pytest.fixture
def signed(app: Flask) -> Iterator[Tokens]:
    """A console that signs in to its mail server by OAuth 2."""
    with token_service() as tokens:
        change(app, smtp_token_url=tokens.url, smtp_client_secret="s3cret", smtp_refresh_token="x")
        yield tokens
        change(app, smtp_token_url="", smtp_client_secret="", smtp_refresh_token="")


def _at(when: datetime) -> None:
    (configured().instance / "time").write_text(when.isoformat())


@pytest.mark.live
@pytest.mark.spec("MAIL-2")
def test_of_those_who_want_access_to_the_mail_server_at_once_one_asks(console: Flask) -> None:
    with token_service() as tokens:
        change(
            console,
            smtp_token_url=tokens.url,
            smtp_client_secret="s3cret",
            smtp_refresh_token="first",
        )
        tokens.may_answer.clear()
        answering = threading.Timer(0.4, tokens.may_answer.set)  # while the others look
        answering.start()
        got = at_once(console, *[oauth.access_token] * 3)
        answering.join()
        assert got == ["access-1"] * 3 and tokens.asked == ["first"]
        row = _row()
        assert crypto.ring().decrypt(row.refresh) == "refresh-1" and row.refreshing_until is None
        with db.write():
            row.access_until = clock.now() + SPARE
        assert at_once(console, *[oauth.access_token] * 3) == ["access-2"] * 3
        assert tokens.asked == ["first", "refresh-1"]


@pytest.mark.live
@pytest.mark.spec("MAIL-2")
def test_a_token_that_came_survives_a_kill_before_it_is_used(console: Flask) -> None:
    now = clock.now()
    with token_service() as tokens:
        (configured().instance / "tokens").write_text(tokens.url)
        _at(now)
        assert killed(console, "sign in", "after", 1), "the row is there"
        assert tokens.asked == [] and _row().refreshing_until is None
        db.session.rollback()
        assert killed(console, "sign in", "after", 1), "it asks now, and dies"
        assert tokens.asked == [] and _row().refreshing_until == now + BUSY
        db.session.rollback()
        _at(now + BUSY)
        assert killed(console, "sign in", "after", 2), "the answer is stored"
        assert tokens.asked == ["first"]
        assert not killed(console, "sign in", "after", 1), "it is used as it is"
        _at(now + timedelta(hours=2))
        assert killed(console, "sign in", "after", 2)
        assert not killed(console, "sign in", "after", 1)
        assert tokens.asked == ["first", "refresh-1"]
        row = _row()
        assert crypto.ring().decrypt(row.refresh) == tokens.refresh == "refresh-2"
        assert crypto.ring().decrypt(row.access) == tokens.access


@pytest.mark.spec("MAIL-2")
def test_who_was_refused_lets_the_next_one_ask(
    signed: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unanswered, match=r"^400 invalid_grant$"):
        oauth.access_token()
    signed.refresh = "x"
    assert oauth.access_token() == "access-2" and signed.asked == ["x", "x"]
    oauth.forget_access()
    monkeypatch.setattr(core, "SECONDS", 0.0)
    monkeypatch.setattr(core, "BUSY", timedelta(seconds=0.2))
    now = clock.now()
    with db.write():  # a process that does not come back
        _row().refreshing_until = now + timedelta(seconds=0.3)
    with clock.at(now), pytest.raises(Unanswered, match="TimeoutError"):
        oauth.access_token()
    assert len(signed.asked) == 2
