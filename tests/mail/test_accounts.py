"""What people choose of mail accounts, at its boundaries (MAIL-1)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.mail import queries, rules, service
from occ.mail.models import MailAccount, ReceivedMail
from occ.mail.rules import AccountKind, Secret, SignIn
from occ.organization.models import Service
from tests.factories import mail
from tests.support.dovecot import Dovecot
from tests.support.settings import change

NOWHERE = Dovecot(Path(), 993, 143, Path())


def add(mall: Service, **changes: Any) -> MailAccount:
    with db.write():
        return service.add(mall, mail.terms(NOWHERE, **changes))


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("name", "n" * 20, "n" * 21),
        ("name", "늘" * 20, " "),
        ("sender_name", "s" * 45, "s" * 46),
        ("sender_name", "", "a\nb"),
        ("address", "고객@예시.kr", "a@b@c"),
        ("address", "a+b@example.com", "a b@example.com"),
        ("address", f"{'a' * 242}@example.com", f"{'a' * 243}@example.com"),
        ("host", "imap.example.com", "imap example"),
        ("host", "::1", ""),
        ("port", 65_535, 65_536),
        ("port", 1, 0),
        ("user", "u" * 254, "u" * 255),
        ("silence_hours", 744, 745),
        ("silence_hours", 1, 0),
    ],
)
def test_what_is_chosen_has_limits(
    app: Flask, mall: Service, field: str, good: Any, bad: Any
) -> None:
    kept = service.check_terms(replace(mail.terms(NOWHERE), **{field: good}))
    assert getattr(kept, field) == good
    with pytest.raises(Refused) as refused:
        service.check_terms(replace(mail.terms(NOWHERE), **{field: bad}))
    assert refused.value.field == field


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("sign_in", "secret", "field"),
    [
        (SignIn.PASSWORD, Secret(), "password"),
        (SignIn.PASSWORD, Secret(password="a\r\nb"), "password"),
        (SignIn.PASSWORD, Secret(password="x" * 4_001), "password"),
        (SignIn.OAUTH, Secret(client_id="c", refresh_token="r"), "endpoint"),
        (SignIn.OAUTH, Secret(client_id="c", endpoint="https://t.example.com"), "refresh_token"),
        (SignIn.OAUTH, Secret(refresh_token="r", endpoint="https://t.example.com"), "client_id"),
    ],
)
def test_what_signs_in_is_whole(
    app: Flask, mall: Service, sign_in: SignIn, secret: Secret, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        service.check_terms(mail.terms(NOWHERE, sign_in=sign_in, secret=secret))
    assert refused.value.field == field


@pytest.mark.spec("MAIL-1")
def test_an_address_is_an_account_once_and_the_console_s_own_domain_is_none(
    app: Flask, mall: Service
) -> None:
    add(mall, address="Help@Example.com")
    with pytest.raises(Refused) as refused:
        add(mall, address="help@example.COM")
    assert refused.value.field == "address"
    before = app.extensions["occ_settings"]
    change(app, mail_domain="mail.example.com")
    try:
        with pytest.raises(Refused) as own:
            add(mall, address="mall@mail.example.com")
        assert own.value.field == "address"
        account = mail.own_address(mall)
        assert queries.address_of(account) == "mall@mail.example.com"
    finally:
        app.extensions["occ_settings"] = before
    assert queries.address_of(account) == ""


@pytest.mark.spec("MAIL-1")
def test_another_mailbox_begins_anew_and_a_secret_that_is_left_out_stays(
    app: Flask, mall: Service
) -> None:
    account = add(mall)
    with db.write():
        account.uidvalidity, account.last_uid, account.first_uid = 7, 20, 10
    sealed = account.sealed
    with db.write():
        service.change(
            account, mail.terms(NOWHERE, secret=None, name="Other"), version=account.version
        )
    assert (account.name, account.last_uid, account.sealed) == ("Other", 20, sealed)
    changed = mail.terms(NOWHERE, secret=None, sign_in=SignIn.OAUTH)
    with pytest.raises(Refused) as refused, db.write():
        service.change(account, changed, version=account.version)
    assert refused.value.field == "password"
    with db.write():
        service.change(
            account, mail.terms(NOWHERE, host="imap.example.com"), version=account.version
        )
    assert (account.uidvalidity, account.last_uid, account.first_uid) == (None, 0, 0)
    with pytest.raises(Conflict), db.write():
        service.switch(account, False, version=account.version - 1)


@pytest.mark.spec("MAIL-1")
def test_the_representative_account_stays_what_it_is(app: Flask, mall: Service) -> None:
    account = mail.own_address(mall)
    assert (account.kind, account.address) == (AccountKind.REPRESENTATIVE, "mall")
    refusals: list[Callable[[], object]] = [
        lambda: service.change(account, mail.terms(NOWHERE), version=account.version),
        lambda: service.remove(account, version=account.version),
        lambda: service.fetch_older(account, 7),
    ]
    for refusal in refusals:
        with pytest.raises(Refused), db.write():
            refusal()
    with db.write():
        service.change_representative(
            account, sender_name="늘" * 45, silence_hours=12, version=account.version
        )
    assert (account.sender_name, account.silence_hours) == ("늘" * 45, 12)
    with pytest.raises(Refused), db.write():
        service.change_representative(
            account, sender_name="늘" * 46, silence_hours=None, version=account.version
        )


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(("days", "is_taken"), [(0, False), (1, True), (365, True), (366, False)])
def test_older_mail_is_asked_for_by_days(
    app: Flask, mall: Service, days: int, is_taken: bool
) -> None:
    account = add(mall)
    if is_taken:
        with db.write():
            service.fetch_older(account, days)
        assert account.older_since is not None
        return
    with pytest.raises(Refused) as refused, db.write():
        service.fetch_older(account, days)
    assert refused.value.field == "days"


@pytest.mark.spec("MAIL-1")
def test_an_account_that_is_removed_leaves_its_mails(
    app: Flask, mall: Service, server: Dovecot
) -> None:
    account = mail.account(mall, mail.terms(server))
    mail.look(app, account)
    server.put("mall", mail.eml(1))
    mail.look(app, account)
    with db.write():
        service.remove(account, version=account.version)
    (row,) = mail.mails(mall)
    assert row.account_id is None
    assert mail.raw(row) == mail.eml(1)
    assert db.session.get(ReceivedMail, row.id) is not None


@pytest.mark.parametrize(
    ("one", "two", "is_same"),
    [
        # another way, other headers, other line ends, one line end more
        (mail.eml(1), b"Received: by b\r\n" + mail.eml(1), True),
        (mail.eml(1), mail.eml(1).replace(b"\r\n", b"\n") + b"\n", True),
        # a program that sends one id for ever
        (mail.eml(1), mail.eml(1, text="Something else"), False),
        (mail.eml(1), mail.eml(2), False),
        # without an id: who, when and what about
        (b"Date: x\r\nFrom: a\r\n\r\nb", b"date:  x\r\nX: y\r\nFrom: a\r\n\r\nb\r\n", True),
        (b"Date: x\r\nFrom: a\r\n\r\nb", b"Date: x\r\nFrom: c\r\n\r\nb", False),
        (b"", b"\r\n", True),
    ],
)
def test_the_same_message_is_known_whichever_way_it_comes(
    one: bytes, two: bytes, is_same: bool
) -> None:
    assert (rules.identity(one) == rules.identity(two)) is is_same


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_an_identity_does_not_depend_on_the_pieces(size: int) -> None:
    raw = mail.eml(1, text="one\r\n\r\ntwo\r\n\r\n\r\n")
    found = rules.Identity()
    for at in range(0, len(raw), size):
        found.feed(raw[at : at + size])
    assert found.hex() == rules.identity(raw)
