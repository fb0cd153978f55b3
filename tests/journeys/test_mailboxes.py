"""A manager connects a mailbox of a real mail server, and looks at what was put aside (MAIL-1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import need
from tests.factories import mailbox
from tests.factories import ticket as tickets
from tests.journeys.test_calls import sign_in
from tests.support import dovecot, mail_server
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens

MAIL = "/c/s/mall/mail"


def open_menu(one: Person, row: Any) -> None:
    """What is rarely done with a row; scrolling closes it, so that it is in view before."""
    row.locator(".o-more summary").scroll_into_view_if_needed()
    one.check()
    row.locator(".o-more summary").click()


@pytest.mark.live
@pytest.mark.spec("MAIL-1")
@screens(("ko", 1440, 900, "sqlite"), ("en", 390, 844, "postgres"), ("ja", 1440, 900, "sqlite"))
def test_a_mailbox_is_connected_after_a_wrong_password(
    center: Callable[..., Live],
    person: Callable[..., Person],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    need("dovecot", dovecot.missing())
    folder: Path = tmp_path_factory.mktemp("mail")
    mail_server.certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "server.pem"))
    monkeypatch.setenv("OUTGOING_PRIVATE", "on")

    def furnish(boss: Any) -> None:
        mall = tickets.desk(boss)
        mailbox.mail(mall, None, subject="Where is my order?")

    with dovecot.running(folder / "server.pem") as server:
        one = person(center(engine, language, furnish), language, width, height)
        page = sign_in(one, "boss")
        one.go(MAIL)
        page.click("main .o-actions a")
        opened = page.locator("#o-dialog[open]")
        page.fill("#name", "Help")
        page.fill("#address", "mall@naver.com")
        page.press("#address", "Tab")
        expect(page.locator("#host")).to_have_value("imap.naver.com")
        expect(page.locator("#user")).to_have_value("mall")
        one.check()
        page.select_option("#sign_in", "oauth")
        expect(page.locator("#password")).to_be_hidden()
        expect(page.locator("#refresh_token")).to_be_visible()
        page.select_option("#sign_in", "password")
        expect(page.locator("#refresh_token")).to_be_hidden()

        page.fill("#host", "127.0.0.1")
        page.fill("#port", str(server.port))
        page.fill("#password", "quite-wrong")
        opened.locator("button[type=submit]").click()
        expect(page.locator("#password-error")).to_be_visible()
        expect(page.locator("#name")).to_have_value("Help")
        expect(page.locator("#host")).to_have_value("127.0.0.1")
        expect(page.locator("#password")).to_have_value("")
        one.check()
        page.fill("#password", dovecot.PASSWORD)
        opened.locator("button[type=submit]").click()
        expect(opened).to_have_count(0)
        expect(page.locator("#list tbody tr")).to_have_count(1)
        # its mails are fetched by themselves from now on
        expect(page.locator("#list tbody .o-chip")).to_be_visible()

        one.go(f"{MAIL}/doctor")
        row = page.locator("#list tr", has_text="Where is my order?")
        open_menu(one, row)
        with page.expect_download() as download:
            row.locator(".o-pop a").first.click()
        assert b"Subject: Hello" in Path(download.value.path()).read_bytes()
        one.go(f"{MAIL}/doctor")
        open_menu(one, row)
        row.locator(".o-pop a.is-danger").click()
        opened.locator(".btn-danger").click()
        expect(row).to_have_count(0)
        one.check()
