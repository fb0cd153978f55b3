"""The page of mail accounts: a mailbox is looked at before it is saved (MAIL-1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock
from occ.core import oauth as tokens
from occ.core.db import db
from occ.core.oauth import Client, Granted
from occ.identity.models import Member
from occ.mail import oauth, providers, service
from occ.mail.models import MailAccount
from occ.mail.rules import (
    AccountKind,
    Failed,
    MailState,
    Secret,
    Security,
    SignIn,
    Trouble,
)
from occ.mail.secrets import secret_of
from occ.organization.models import Service
from occ.organization.rules import Feature
from tests.factories import mailbox, world
from tests.factories import ticket as tickets
from tests.support.browser import Browser
from tests.support.settings import change

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
MAIL = "/c/s/mall/mail"
TYPED = {
    "name": "Support",
    "address": "support@shop.example",
    "host": "imap.shop.example",
    "port": "993",
    "security": "tls",
    "user": "",
    "sign_in": "password",
    "password": mailbox.PASSWORD,
    "original": "keep",
    "sender_name": "늘봄몰 고객센터",
    "silence_hours": "48",
}
OAUTH = {
    "sign_in": "oauth",
    "password": "",
    "endpoint": "https://oauth2.googleapis.com/token",
    "client_id": "client-1",
    "client_secret": "hush-client",
    "refresh_token": "hush-refresh",
}


@pytest.fixture
def receiving(app: Flask) -> Any:
    """The operator lets the console receive mail itself."""
    before = app.extensions["occ_settings"]
    change(app, mail_domain="mail.example", mail_listen=("lmtp", "127.0.0.1", 2424))
    yield
    app.extensions["occ_settings"] = before


def rows() -> list[MailAccount]:
    db.session.expire_all()
    found = sa.select(MailAccount).where(MailAccount.kind == AccountKind.EXTERNAL)
    return list(db.session.scalars(found.order_by(MailAccount.id)))


@pytest.mark.spec("MAIL-1")
def test_a_mailbox_is_added_changed_switched_and_removed(
    mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = mailbox.answering(monkeypatch)
    assert "No mailboxes yet" in admin.get(MAIL).text
    admin.get(f"{MAIL}/new", htmx=True)
    assert admin.field("silence_hours") == "72", "a silence is told of unless nobody wants to hear"
    answer = admin.post(f"{MAIL}/new", TYPED, htmx=True)
    assert answer.status_code == 204, admin.errors()
    (row,) = rows()
    assert (row.name, row.address, row.user) == ("Support", TYPED["address"], TYPED["address"])
    assert (row.host, row.port, row.security) == ("imap.shop.example", 993, Security.TLS)
    assert (row.sender_name, row.silence_hours, row.keep_original) == ("늘봄몰 고객센터", 48, True)
    assert secret_of(row).password == mailbox.PASSWORD and mailbox.PASSWORD not in row.sealed
    assert [(box.host, box.credential) for box in asked] == [(row.host, mailbox.PASSWORD)]
    page = admin.get(MAIL).text
    assert "Support" in page and "Before the first look" in page

    form = admin.get(f"{MAIL}/{row.id}", htmx=True).text
    assert mailbox.PASSWORD not in form and "was set on" in form
    assert admin.field("password") == "" and admin.field("user") == ""
    version = admin.field("version")
    changed = {**TYPED, "name": "Orders", "password": "", "original": "delete", "silence_hours": ""}
    assert (
        admin.post(f"{MAIL}/{row.id}", {**changed, "version": version}, htmx=True).status_code
        == 204
    )
    (row,) = rows()
    assert (row.name, row.keep_original, row.silence_hours) == ("Orders", False, None)
    assert secret_of(row).password == mailbox.PASSWORD, "left empty it stays"
    assert asked[-1].credential == mailbox.PASSWORD

    assert admin.post(f"{MAIL}/{row.id}/switch", {"on": "0"}, htmx=True).status_code == 204
    assert not rows()[0].on and "Mail stays in the mailbox." in admin.get(MAIL).text
    assert "Only while it is on" in admin.get(MAIL).text
    admin.post(f"{MAIL}/{row.id}/switch?on=1", htmx=True)
    assert rows()[0].on, "the way back of the toast"

    assert "“Orders”" in admin.get(f"{MAIL}/{row.id}/remove", htmx=True).text
    assert admin.post(f"{MAIL}/{row.id}/remove", htmx=True).status_code == 204
    assert rows() == []


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({"name": ""}, "Fill this in."),
        ({"name": "x" * 21}, "Use at most 20 characters; this has 21."),
        ({"address": "support"}, "Enter an e-mail address such as name@example.com."),
        ({"host": "imap shop"}, "Enter the name of the mail server"),
        ({"port": "0"}, "Enter a whole number from 1 to 65535."),
        ({"port": "65536"}, "Enter a whole number from 1 to 65535."),
        ({"port": "x"}, "Enter a whole number from 1 to 65535."),
        ({"security": "none"}, "Not a valid choice."),
        ({"password": ""}, "Enter the password."),
        ({"sender_name": "x" * 46}, "Use at most 45 characters; this has 46."),
        ({"silence_hours": "0"}, "Enter a whole number from 1 to 744."),
        ({"silence_hours": "745"}, "Enter a whole number from 1 to 744."),
        ({"silence_hours": "often"}, "Enter a whole number from 1 to 744."),
        ({**OAUTH, "endpoint": "http//x"}, "Enter a web address"),
        ({**OAUTH, "client_id": ""}, "Enter what this field asks for."),
        ({**OAUTH, "refresh_token": ""}, "Enter what this field asks for."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(
    mall: Service,
    admin: Browser,
    monkeypatch: pytest.MonkeyPatch,
    typed: dict[str, str],
    refusal: str,
) -> None:
    asked = mailbox.answering(monkeypatch)
    admin.get(f"{MAIL}/new")
    answer = admin.post(f"{MAIL}/new", {**TYPED, "name": "Kept", **typed}, htmx=True)
    assert answer.status_code == 422
    beside = [one.get("id") for one in admin.find("//*[@id]") if refusal in one.text_content()]
    assert beside[-1] in {f"{name}-error" for name in typed}, admin.errors()
    assert admin.field("name") == typed.get("name", "Kept")
    assert "hush" not in answer.text and mailbox.PASSWORD not in answer.text
    assert not asked and rows() == [], "nothing was asked or saved"


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("trouble", "field"),
    [
        (Trouble.REFUSED, "password"),
        (Trouble.NO_HOST, "host"),
        (Trouble.NO_ANSWER, "host"),
        (Trouble.BLOCKED, "host"),
        (Trouble.CERTIFICATE, "host"),
        (Trouble.NO_TLS, "security"),
        (Trouble.PROTOCOL, "port"),
        (Trouble.NO_INBOX, "user"),
        (Trouble.NO_SIGN_IN, "sign_in"),
        (Trouble.CUT, "port"),
    ],
)
def test_what_a_mail_server_says_stands_beside_the_field_to_be_changed(
    mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch, trouble: Trouble, field: str
) -> None:
    mailbox.answering(monkeypatch, trouble, "AUTHENTICATIONFAILED no way")
    admin.get(f"{MAIL}/new")
    answer = admin.post(f"{MAIL}/new", TYPED, htmx=True)
    assert answer.status_code == 422 and rows() == []
    (beside,) = admin.find(f"//*[@id='{field}-error']")
    said = " ".join(beside.text_content().split())
    assert said.endswith("It says: AUTHENTICATIONFAILED no way"), said
    assert mailbox.PASSWORD not in answer.text
    assert admin.field("host") == TYPED["host"]
    admin.get(MAIL)
    assert admin.post(f"{MAIL}/new", TYPED).status_code == 422, "without scripts as well"


@pytest.mark.spec("MAIL-1")
def test_a_token_that_was_exchanged_is_the_one_that_is_stored(
    mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, secrets = mailbox.answering(monkeypatch), list[Secret]()

    def ask(secret: Secret) -> Granted:
        secrets.append(secret)
        return Granted("access-1", clock.now() + timedelta(hours=1), "hush-new")

    monkeypatch.setattr(oauth, "ask", ask)
    admin.get(f"{MAIL}/new")
    assert admin.post(f"{MAIL}/new", {**TYPED, **OAUTH}, htmx=True).status_code == 204
    (row,) = rows()
    assert asked[-1].credential == "access-1" and asked[-1].sign_in is SignIn.OAUTH
    assert secret_of(row).refresh_token == "hush-new"
    page = admin.get(f"{MAIL}/{row.id}").text
    assert "hush" not in page and admin.field("client_id") == "client-1"
    assert admin.field("endpoint") == OAUTH["endpoint"]
    version = admin.field("version")
    again = {**TYPED, **OAUTH, "client_secret": "", "refresh_token": "", "version": version}
    assert admin.post(f"{MAIL}/{row.id}", {**again, "client_id": "client-2"}).status_code == 303
    assert secrets[-1] == Secret(
        client_id="client-2",
        client_secret="hush-client",
        refresh_token="hush-new",
        endpoint=OAUTH["endpoint"],
    ), "what was left empty is what is stored"


@pytest.mark.spec("MAIL-1")
def test_a_stored_secret_goes_to_no_other_server(
    mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, secrets = mailbox.answering(monkeypatch), list[Secret]()

    def ask(secret: Secret) -> Granted:
        secrets.append(secret)
        return Granted("access-1", clock.now() + timedelta(hours=1), secret.refresh_token)

    def renew(client: Client, _seconds: float) -> Granted:
        return Granted("access-2", clock.now() + timedelta(hours=1), client.refresh_token)

    monkeypatch.setattr(oauth, "ask", ask)
    monkeypatch.setattr(tokens, "ask", renew)
    admin.get(f"{MAIL}/new")
    admin.post(f"{MAIL}/new", TYPED, htmx=True)
    (row,) = rows()
    admin.get(f"{MAIL}/{row.id}", htmx=True)
    moved = {**TYPED, "host": "imap.evil.example", "version": admin.field("version")}
    answer = admin.post(f"{MAIL}/{row.id}", {**moved, "password": ""}, htmx=True)
    assert answer.status_code == 422 and "was for another server" in admin.errors()
    assert len(asked) == 1, "nobody was called"
    assert admin.post(f"{MAIL}/{row.id}", moved, htmx=True).status_code == 204
    assert rows()[0].host == "imap.evil.example", "with the secret it moves"

    admin.get(f"{MAIL}/{row.id}", htmx=True)
    by_token = {**moved, **OAUTH, "version": admin.field("version")}
    assert admin.post(f"{MAIL}/{row.id}", by_token, htmx=True).status_code == 204
    admin.get(f"{MAIL}/{row.id}", htmx=True)
    kept = {**by_token, "client_secret": "", "refresh_token": "", "version": admin.field("version")}
    for elsewhere in ({"host": "imap.other.example"}, {"endpoint": "https://evil.example/token"}):
        answer = admin.post(f"{MAIL}/{row.id}", {**kept, **elsewhere}, htmx=True)
        assert answer.status_code == 422 and "Enter what this field asks for" in admin.errors()
    assert (len(secrets), len(asked)) == (1, 3)
    assert admin.post(f"{MAIL}/{row.id}", kept, htmx=True).status_code == 204


@pytest.mark.spec("MAIL-1")
def test_a_token_server_that_refuses_is_said_beside_the_token(
    mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.answering(monkeypatch)

    def refuse(secret: Secret) -> Granted:
        raise Failed(Trouble.TOKEN, "invalid_grant")

    monkeypatch.setattr(oauth, "ask", refuse)
    admin.get(f"{MAIL}/new")
    assert admin.post(f"{MAIL}/new", {**TYPED, **OAUTH}, htmx=True).status_code == 422
    (beside,) = admin.find("//*[@id='refresh_token-error']")
    assert "The token server gives no access token. It says: invalid_grant" in " ".join(
        beside.text_content().split()
    )


@pytest.mark.spec("MAIL-1")
def test_an_address_is_in_a_service_once_and_in_two_services_twice(
    mall: Service, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.answering(monkeypatch)
    shop = tickets.desk(boss, "shop")
    for slug, status in (("mall", 204), ("mall", 422), ("shop", 204)):
        admin.get(f"/c/s/{slug}/mail/new")
        answer = admin.post(f"/c/s/{slug}/mail/new", TYPED, htmx=True)
        assert answer.status_code == status, slug
        if status == 422:
            assert "This service has an account with this address already." in admin.errors()
    assert sorted(row.service_id for row in rows()) == sorted([mall.id, shop.id])


@pytest.mark.spec("MAIL-1")
def test_who_saved_first_is_told_and_both_texts_are_shown(
    mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.answering(monkeypatch)
    row = mailbox.account(mall)
    admin.get(f"{MAIL}/{row.id}")
    stale = admin.field("version")
    first = {**TYPED, "name": "First", "password": "", "version": stale}
    assert admin.post(f"{MAIL}/{row.id}", first, htmx=True).status_code == 204
    late = {**TYPED, "name": "Second", "password": "", "version": stale}
    answer = admin.post(f"{MAIL}/{row.id}", late, htmx=True)
    assert answer.status_code == 409 and "First" in answer.text
    assert admin.field("name") == "Second"
    again = {**late, "version": admin.field("version")}
    assert admin.post(f"{MAIL}/{row.id}", again, htmx=True).status_code == 204
    assert rows()[0].name == "Second"


@pytest.mark.spec("MAIL-1")
def test_removing_says_what_becomes_of_mails_that_wait(mall: Service, admin: Browser) -> None:
    row = mailbox.account(mall)
    for state in (MailState.WAITING, MailState.WAITING, MailState.QUARANTINED, MailState.READ):
        mailbox.mail(mall, row, state=state)
    said = admin.get(f"{MAIL}/{row.id}/remove").text
    assert "2 mails that were fetched and wait still become tickets." in said
    assert "1 mail in quarantine stays in the mail doctor." in said


@pytest.mark.spec("MAIL-1")
def test_older_mail_is_asked_for_in_days(mall: Service, admin: Browser) -> None:
    row = mailbox.account(mall)
    assert "No trigger runs" in admin.get(f"{MAIL}/{row.id}/older", htmx=True).text
    for typed in ("0", "366", "", "many"):
        answer = admin.post(f"{MAIL}/{row.id}/older", {"days": typed}, htmx=True)
        assert answer.status_code == 422, typed
        assert "Enter a whole number from 1 to 365." in admin.errors()
    assert rows()[0].older_since is None
    assert admin.post(f"{MAIL}/{row.id}/older", {"days": "30"}, htmx=True).status_code == 204
    since = rows()[0].older_since
    assert since == (clock.now() - timedelta(days=30)).date()
    assert "was asked for already" in admin.get(f"{MAIL}/{row.id}/older").text
    admin.post(f"{MAIL}/{row.id}/switch", {"on": "0"}, htmx=True)
    assert admin.post(f"{MAIL}/{row.id}/older", {"days": "3"}, htmx=True).status_code == 422
    assert "Switch the account on first." in admin.errors()


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("address", "host", "user", "sign_in", "said"),
    [
        ("a@gmail.com", "imap.gmail.com", "", "password", "needs an app password"),
        ("a@outlook.com", "outlook.office365.com", "", "oauth", "takes no password"),
        ("a@naver.com", "imap.naver.com", "a", "password", "needs an app password"),
        ("a@hanmail.net", "imap.daum.net", "a", "password", "needs an app password"),
        ("a@kakao.com", "imap.kakao.com", "", "password", "needs an app password"),
        ("a@icloud.com", "imap.mail.me.com", "", "password", "needs an app password"),
        ("a@YAHOO.co.jp", "imap.mail.yahoo.co.jp", "a", "password", "has to allow other programs"),
    ],
)
def test_the_server_of_a_known_provider_is_filled_in(
    mall: Service, admin: Browser, address: str, host: str, user: str, sign_in: str, said: str
) -> None:
    path = f"{MAIL}/preset?by=address&address={address}&host=&port=993&security=tls"
    assert said in admin.get(path, htmx=True).text
    assert (admin.field("host"), admin.field("port"), admin.field("user")) == (host, "993", user)
    (chosen,) = admin.find("//select[@name='sign_in']/option[@selected]")
    assert chosen.get("value") == sign_in


@pytest.mark.spec("MAIL-1")
def test_what_was_typed_by_hand_is_not_taken_away(mall: Service, admin: Browser) -> None:
    kept = f"{MAIL}/preset?address=a@gmail.com&host=mail.own.example&port=143&security=starttls"
    admin.get(f"{kept}&by=address", htmx=True)
    assert (admin.field("host"), admin.field("port")) == ("mail.own.example", "143")
    moved = f"{MAIL}/preset?by=address&address=a@naver.com&host=imap.gmail.com&port=993"
    admin.get(moved, htmx=True)
    assert admin.field("host") == "imap.naver.com", "a preset takes another one's place"
    chosen = f"{MAIL}/preset?by=provider&provider=gmail&address=a@own.example&host="
    admin.get(chosen, htmx=True)
    assert admin.field("host") == "imap.gmail.com"
    other = f"{MAIL}/preset?by=provider&provider=&address=a@own.example&host=imap.gmail.com"
    admin.get(other, htmx=True)
    assert admin.field("host") == ""
    own = f"{MAIL}/preset?by=address&provider=gmail&address=a@own.example&host=imap.gmail.com"
    admin.get(own, htmx=True)
    assert admin.field("host") == "imap.gmail.com", "its own domain at a provider that was chosen"
    assert admin.get(own).status_code == 200


def test_presets_are_those_of_the_providers() -> None:
    assert providers.by_address("a@b@NAVER.com") == "naver" and providers.by_address("x") == ""
    gmail, microsoft = providers.PROVIDERS["gmail"], providers.PROVIDERS["microsoft"]
    assert providers.by_sender("smtp-relay.gmail.com") is gmail
    assert providers.by_sender("smtp.office365.com") is microsoft
    assert providers.by_sender("shop.mail.protection.outlook.com") is microsoft
    assert providers.by_sender("notgmail.com") is None and providers.by_sender("") is None


@pytest.mark.spec("MAIL-1")
def test_without_the_operators_settings_the_own_address_is_off_in_words(
    mall: Service, admin: Browser
) -> None:
    page = admin.get(MAIL).text
    assert "This console does not receive mail itself." in page
    assert "OCC_MAIL_DOMAIN" in page and "OCC_MAIL_LISTEN" in page


@pytest.mark.spec("MAIL-1")
def test_the_own_address_never_changes(mall: Service, admin: Browser, receiving: None) -> None:
    admin.get(MAIL)
    assert "mall@mail.example" in admin.text()
    (row,) = db.session.scalars(
        sa.select(MailAccount).where(MailAccount.kind == AccountKind.REPRESENTATIVE)
    )
    form = admin.get(f"{MAIL}/{row.id}", htmx=True).text
    assert "It never changes" in form and 'name="address"' not in form
    sent = {"sender_name": "Mall", "silence_hours": "12", "version": admin.field("version")}
    assert (
        admin.post(f"{MAIL}/{row.id}", {**sent, "address": "x@y.example"}, htmx=True).status_code
        == 204
    )
    db.session.refresh(row)
    assert (row.address, row.sender_name, row.silence_hours) == ("mall", "Mall", 12)
    admin.post(f"{MAIL}/{row.id}", {**sent, "sender_name": "x" * 46}, htmx=True)
    assert "Use at most 45 characters; this has 46." in admin.errors()
    assert admin.post(f"{MAIL}/{row.id}", sent, htmx=True).status_code == 409
    for action in ("remove", "older"):
        assert admin.get(f"{MAIL}/{row.id}/{action}").status_code == 404
        assert admin.post(f"{MAIL}/{row.id}/{action}", {"days": "3"}).status_code == 404
    admin.post(f"{MAIL}/{row.id}/switch", {"on": "0"}, htmx=True)
    assert "Mail to it is refused." in admin.get(MAIL).text


@pytest.mark.spec("MAIL-1")
def test_a_service_that_has_no_address_yet_gets_one_by_a_click(
    mall: Service, admin: Browser, receiving: None
) -> None:
    with db.write():
        db.session.execute(sa.delete(MailAccount))
    assert "has no address of its own yet" in admin.get(MAIL).text
    assert admin.post(f"{MAIL}/representative", htmx=True).status_code == 204
    assert admin.post(f"{MAIL}/representative", htmx=True).status_code == 204
    assert "mall@mail.example" in admin.get(MAIL).text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailAccount)) == 1


@pytest.mark.spec("MAIL-1")
def test_a_mailbox_of_the_consoles_own_domain_needs_no_account(
    mall: Service, admin: Browser, receiving: None
) -> None:
    admin.get(f"{MAIL}/new")
    answer = admin.post(f"{MAIL}/new", {**TYPED, "address": "a@mail.example"}, htmx=True)
    assert answer.status_code == 422
    assert "received by the console itself" in admin.errors()


@pytest.mark.spec("MAIL-1")
def test_how_an_account_does_is_said_in_words(mall: Service, admin: Browser) -> None:
    row = mailbox.account(mall)
    now = clock.now()
    mailbox.state(row, looked_at=now, mail_at=now)
    assert "In order" in admin.get(MAIL).text
    mailbox.state(row, looked_at=now - timedelta(minutes=16))
    assert "Late" in admin.get(MAIL).text
    mailbox.state(
        row,
        trouble=Trouble.REFUSED,
        trouble_words="<b>AUTH</b> failed",
        failing_since=now - timedelta(hours=1),
    )
    page = admin.get(MAIL).text
    assert "Failing" in page and "refuses this user and password" in page
    assert "&lt;b&gt;AUTH&lt;/b&gt; failed" in page and "<b>AUTH" not in page


def addresses(ident: int) -> list[tuple[str, str]]:
    return [
        ("GET", MAIL),
        ("GET", f"{MAIL}/new"),
        ("POST", f"{MAIL}/new"),
        ("GET", f"{MAIL}/preset"),
        ("POST", f"{MAIL}/representative"),
        ("GET", f"{MAIL}/{ident}"),
        ("POST", f"{MAIL}/{ident}"),
        ("POST", f"{MAIL}/{ident}/switch"),
        ("GET", f"{MAIL}/{ident}/remove"),
        ("POST", f"{MAIL}/{ident}/remove"),
        ("GET", f"{MAIL}/{ident}/older"),
        ("POST", f"{MAIL}/{ident}/older"),
    ]


@pytest.mark.spec("MAIL-1", "MEM-4")
def test_only_managers_of_the_service_see_and_change_its_accounts(
    mall: Service, boss: Member, kim: Member, browser: Callable[..., Browser]
) -> None:
    row = mailbox.account(mall)
    ident = row.id
    shop = tickets.desk(boss, "shop")
    world.agent(boss, shop, world.member("stranger"), manager=True)
    ada = world.member("ada")
    with db.write() as session:
        session.get_one(Member, ada.id).is_org_admin = True
    agent, stranger, org_admin = browser("kim"), browser("stranger"), browser("ada")
    for method, path in addresses(ident):
        ask = {"GET": "get", "POST": "post"}[method]
        answer = getattr(agent, ask)(path, htmx=True)
        assert answer.status_code == 403, path
        assert "You need “Mail settings of this service”." in answer.text
        assert getattr(stranger, ask)(path, htmx=True).status_code == 404, path
        assert getattr(org_admin, ask)(path, htmx=True).status_code == 403, path
        elsewhere = path.replace("/s/mall/", "/s/shop/")
        if f"/{ident}" in path:
            assert getattr(stranger, ask)(elsewhere, htmx=True).status_code == 404, elsewhere
    assert rows()[0].on and rows()[0].name == "Support"
    assert MAIL not in agent.get("/c/s/mall/tickets").text


@pytest.mark.spec("MAIL-1", "ORG-3")
def test_without_the_feature_the_pages_are_not_there(boss: Member, admin: Browser) -> None:
    plain = world.contracted(boss, "plain", features=frozenset({Feature.TICKET}))
    world.agent(boss, plain, boss, manager=True)
    for path in ("/c/s/plain/mail", "/c/s/plain/mail/new", "/c/s/plain/mail/doctor"):
        assert admin.get(path).status_code == 404, path
    assert admin.post("/c/s/plain/mail/new", TYPED).status_code == 404
    assert "/c/s/plain/mail" not in admin.get("/c/s/plain/words").text


@pytest.mark.spec("MAIL-1")
def test_an_account_that_was_removed_meanwhile_is_said_so(
    mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = mailbox.account(mall)
    admin.get(f"{MAIL}/{row.id}")
    version = admin.field("version")

    def removed(*rest: Any, **more: Any) -> Any:
        with db.write():
            service.remove(db.session.get_one(MailAccount, ident), version=int(version))
        return mailbox.Reached()

    ident = row.id
    monkeypatch.setattr(service.imap, "connect", removed)
    sent = {**TYPED, "password": "", "version": version}
    assert admin.post(f"{MAIL}/{ident}", sent, htmx=True).status_code in (404, 409)
    assert rows() == []


@pytest.mark.spec("MAIL-1")
def test_a_new_service_is_told_to_connect_a_mailbox(
    app: Flask, mall: Service, kim: Member, admin: Browser
) -> None:
    steps = "//section[@aria-labelledby='h-next']//li"

    def left() -> list[str]:
        admin.get("/c/s/mall/")
        return [str(one.get("href")) for one in admin.find(f"{steps}//a")]

    assert left() == [MAIL]
    before = app.extensions["occ_settings"]
    change(app, mail_domain="mail.example", mail_listen=("lmtp", "127.0.0.1", 2424))
    assert left() == [], "its own address is received"
    app.extensions["occ_settings"] = before
    assert left() == [MAIL]
    mailbox.account(mall)
    assert left() == []
