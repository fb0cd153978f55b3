"""Inquiries of the help center: the form, its refusals, the ticket it makes (HC-1, FLD-1, TKT-6)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.core.files import BYTES
from occ.customers.models import Customer
from occ.fields.rules import FieldType
from occ.help_center.inquiries.models import Inquiry
from occ.help_center.site import phrases
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets.models import Attachment, TicketEntry, TicketEvent
from occ.tickets.rules import Channel, State
from occ.tickets.values import queries as values
from tests.factories import field
from tests.help_center import asking
from tests.help_center.asking import FORM, again, kind, mails, send, tickets, upload
from tests.support.browser import Browser, said

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    return asking.mall(boss)


@pytest.fixture
def guest(mall: Service, browser: Browsers) -> Browser:
    return browser()


@pytest.mark.spec("HC-1", "TKT-1", "CUS-1")
def test_an_inquiry_becomes_a_ticket_of_the_help_center(guest: Browser) -> None:
    answer = send(guest)
    assert answer.status_code == 303
    (ticket,) = tickets()
    assert (ticket.channel, ticket.state, ticket.language) == (
        Channel.HELP_CENTER,
        State.UNASSIGNED,
        "en",
    )
    assert ticket.customer is not None and ticket.customer.email == "kim@example.com"
    entry = db.session.scalars(sa.select(TicketEntry)).one()
    assert (entry.body, entry.author) == ("It has not come yet.", "")
    noted = db.session.get_one(Inquiry, ticket.id)
    assert (noted.email, noted.consent, noted.consent_language) == ("kim@example.com", 0, "en")
    assert noted.consented_at is not None
    page = guest.follow(answer)
    assert f"#{ticket.id}" in page.text and page.headers["Cache-Control"] == "private, no-store"
    (mail,) = mails()
    assert f"#{ticket.id}" in mail and "http://localhost:5000/mall/hc/en/i/" in mail
    fact = db.session.scalars(sa.select(TicketEvent.detail)).one()
    assert fact == {"direction": "help_center"}


@pytest.mark.spec("HC-1")
def test_the_same_form_makes_one_ticket_however_often_it_is_sent(guest: Browser) -> None:
    guest.get(FORM)
    held = {"stamp": guest.field("stamp"), "consent_version": "0"}
    for _twice in range(2):
        assert again(guest, **held).status_code == 303
    assert len(tickets()) == 1
    assert len(mails()) == 1
    assert send(guest).status_code == 303
    assert len(tickets()) == 2


@pytest.mark.spec("HC-1")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "Title : Fill this in."),
        ({"title": "x" * 201}, "Use at most 200 characters; this has 201."),
        ({"content": ""}, "Content : Enter something first."),
        ({"email": ""}, "E-mail : Fill this in."),
        ({"email": "kim"}, "Enter an e-mail address"),
        ({"consent": None}, "Without your consent the inquiry cannot be taken."),
        ({"consent_version": "7"}, "This text has changed. Read it, then consent again."),
        ({"f-amount": "12"}, "The questions below have changed."),
        ({"stamp": "abc.1.0.def"}, "This page has expired."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    guest: Browser, changes: dict[str, str | None], words: str
) -> None:
    answer = send(guest, **changes)
    assert answer.status_code == 422
    assert words in guest.errors()
    assert not tickets()
    if "content" not in changes:
        assert guest.field("content").strip() == "It has not come yet."
    assert again(guest).status_code == 303  # nothing needs to be typed again


@pytest.mark.spec("HC-1")
def test_consent_is_never_preset_and_last(guest: Browser) -> None:
    guest.get(FORM)
    assert not guest.find("//input[@name='consent'][@checked]")
    shown = guest.find("//form[@data-inquiry]//*[@name]")
    assert shown[-1].get("name") == "consent"
    send(guest, title="")
    assert guest.find("//input[@name='consent'][@checked]")  # given already, for this text
    send(guest, consent_version="3")
    assert not guest.find("//input[@name='consent'][@checked]")


@pytest.mark.spec("HC-5")
@pytest.mark.parametrize(("seconds", "status"), [(2.9, 422), (3.1, 303)])
def test_nobody_fills_it_in_within_three_seconds(
    guest: Browser, seconds: float, status: int
) -> None:
    assert send(guest, waits=seconds).status_code == status
    if status == 422:
        assert "That was very fast." in guest.errors()
        assert again(guest).status_code == 303


@pytest.mark.spec("HC-1", "SET-1")
def test_types_are_chosen_down_to_the_deepest_and_only_those_that_are_on(
    mall: Service, guest: Browser
) -> None:
    pay = kind(mall, "결제")
    refund, hidden = kind(mall, "환불", pay), kind(mall, "비밀", pay, on=False)
    off = kind(mall, "닫힘", on=False)
    below_off = kind(mall, "아래", off)
    guest.get(FORM)
    assert guest.texts("//select[@name='intake']/option") == ["Choose", "결제 (en)"]
    assert not guest.find("//input[@name='title']")
    assert send(guest, intake=str(pay.id)).status_code == 422
    assert "Choose an intake type." in guest.errors()
    for wrong in (hidden, off, below_off):
        send(guest, intake=[str(pay.id), str(wrong.id)])
        assert "This intake type is no longer offered." in guest.errors()
    assert not tickets()
    guest.get(f"{FORM}?intake={refund.id}")
    assert guest.texts("//select[@name='intake']/option[@selected]") == ["결제 (en)", "환불 (en)"]
    assert again(guest, intake=[str(pay.id), str(refund.id)]).status_code == 303
    assert tickets()[0].intake_id == refund.id
    guest.get(f"/mall/hc/ja/inquiry?intake={refund.id}")
    assert guest.texts("//select[@name='intake']/option[@selected]") == ["결제", "환불"]


@pytest.mark.spec("FLD-1", "HC-1")
def test_without_script_a_button_shows_what_a_type_asks_and_keeps_what_was_typed(
    mall: Service, guest: Browser
) -> None:
    pay, ship = kind(mall, "결제"), kind(mall, "배송")
    field.field(mall, "order_no")
    field.place(mall, pay, "order_no")
    guest.get(f"{FORM}?intake={ship.id}")
    held = {"stamp": guest.field("stamp"), "title": "Twice paid", "intake": str(pay.id)}
    page = guest.post(FORM, {**held, "questions": "1"})
    assert page.status_code == 200
    assert guest.field("title") == "Twice paid" and guest.find("//input[@name='f-order_no']")
    assert not guest.find("//*[@data-errors]")
    part = guest.post(FORM, {**held, "questions": "1", "part": "1"})
    assert "<html" not in part.text and "f-order_no" in part.text


@pytest.mark.spec("FLD-1", "FLD-3")
def test_fields_are_asked_in_the_page_s_language_checked_and_stored(
    mall: Service, guest: Browser
) -> None:
    pay = kind(mall, "결제")
    types = {
        "order_no": FieldType.TEXT,
        "amount": FieldType.NUMBER,
        "bought": FieldType.DATE,
        "came": FieldType.DATE_TIME,
        "tel": FieldType.PHONE,
        "gift": FieldType.CHECKBOX,
        "story": FieldType.LONG_TEXT,
    }
    for code, of in types.items():
        field.field(mall, code, type=of, required=code == "amount")
    field.field(mall, "color", type=FieldType.DROPDOWN, choices=["Red", "Blue"])
    field.field(mall, "sizes", type=FieldType.MULTI, choices=["S", "M", "L"])
    field.field(mall, "passport", encrypted=True)
    field.field(mall, "bill", type=FieldType.FILE)
    field.place(mall, pay, *types, "color", "sizes", "passport", "bill")
    typed = {
        "intake": str(pay.id),
        "f-order_no": "A-1",
        "f-bought": "2026-11-01",
        "f-came": "2026-11-03T09:30",
        "f-tel": "010-1234-5678",
        "f-gift": "1",
        "f-story": "Once\nupon",
        "f-color": "2",
        "f-sizes": ["1", "3"],
        "f-passport": "M1234",
    }
    guest.get(f"{FORM}?intake={pay.id}")
    assert "What you enter here is kept encrypted." in guest.text()
    answer = again(guest, **typed, **{"f-amount": "much", "f-bill-file": upload("a.txt", b"bill")})
    assert answer.status_code == 422 and "Amount : Enter a number." in guest.errors()
    token = guest.field("f-bill")  # which need not be sent again
    assert again(guest, **typed, **{"f-amount": "1,200", "f-bill": token}).status_code == 303
    (ticket,) = tickets()
    said = {code: values.plain(row) for code, row in values.rows(ticket.id).items()}
    assert said == {
        "order_no": "A-1",
        "amount": "1200",
        "bought": "2026-11-01",
        "came": "2026-11-03T00:30+00:00",  # typed in Seoul
        "tel": "+821012345678",
        "gift": "1",
        "story": "Once\nupon",
        "color": "2",
        "sizes": "1\n3",
        "passport": "M1234",
        "bill": "a.txt",
    }
    assert values.rows(ticket.id)["passport"].text is None


@pytest.mark.spec("TKT-6")
def test_five_files_go_with_a_text_and_a_sixth_is_refused(guest: Browser) -> None:
    five = [upload(f"{number}.txt", b"x") for number in range(5)]
    answer = send(guest, file=[*five, upload("six.txt", b"y")])
    assert answer.status_code == 422
    assert "Files : Attach at most 5 files to one text." in guest.errors()
    kept = [one.get("value") for one in guest.find("//input[@name='attached']")]
    assert len(kept) == 5
    assert again(guest, attached=kept).status_code == 303
    assert [one.name for one in db.session.scalars(sa.select(Attachment))] == [
        f"{number}.txt" for number in range(5)
    ]


@pytest.mark.spec("TKT-6")
def test_a_file_has_twenty_megabytes_and_what_it_holds_decides_what_it_is(guest: Browser) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    files = [upload("largest.bin", bytes(BYTES)), upload("page.html", png)]
    answer = send(guest, file=[*files, upload("more.bin", bytes(BYTES + 1))])
    assert answer.status_code == 422
    assert "A file may have at most 20 MB; this has 20.1 MB." in guest.errors()
    kept = [one.get("value") for one in guest.find("//input[@name='attached']")]
    assert again(guest, attached=kept).status_code == 303
    stored = db.session.execute(sa.select(Attachment.size, Attachment.kind)).tuples().all()
    assert list(stored) == [(BYTES, ""), (28, "image/png")]


@pytest.mark.spec("TKT-6")
def test_files_of_others_and_of_other_services_are_not_taken(
    boss: Member, guest: Browser, browser: Browsers
) -> None:
    send(guest, title="", file=upload("mine.txt", b"x"))
    token = guest.field("attached")
    assert again(guest, attached=token).status_code == 303
    other = browser()
    answer = send(other, attached=token)
    assert answer.status_code == 422  # it is in that inquiry already
    assert "This file is no longer there. Choose it again." in other.errors()
    assert len(tickets()) == 1


@pytest.mark.spec("HC-3", "HC-1")
def test_a_service_without_tickets_or_with_the_part_off_has_no_form(
    mall: Service, guest: Browser
) -> None:
    from occ.help_center.site import service as site
    from occ.help_center.site.rules import Part

    assert guest.get(FORM).status_code == 200
    with db.write():
        site.switch(mall, [part for part in Part if part is not Part.INQUIRIES])
    assert guest.get(FORM).status_code == 404
    assert guest.post(FORM, {}).status_code == 404


@pytest.mark.spec("HC-1", "ORG-6")
@pytest.mark.parametrize("code", ["ko", "ja", "ar"])
def test_the_form_and_its_mail_speak_the_page_s_language(guest: Browser, code: str) -> None:
    form = f"/mall/hc/{code}/inquiry"
    answer = send(guest, form=form)
    assert answer.status_code == 303
    (ticket,) = tickets()
    assert ticket.language == code
    assert f"/mall/hc/{code}/i/" in mails()[0]


@pytest.mark.spec("HC-5")
def test_who_fills_in_what_nobody_sees_confirms_by_mail(guest: Browser, mall: Service) -> None:
    answer = send(guest, website="http://spam.example", file=upload("a.txt", b"a"))
    assert answer.status_code == 422 and not tickets()
    assert "Everything that you entered is kept, your files, too." in guest.text()
    kept = guest.field("attached")
    answer = again(guest, website="x", attached=kept, by_mail="1")
    assert answer.status_code == 303 and "/inquiry/asked" in answer.headers["Location"]
    guest.follow(answer)
    again_mailed = guest
    (mail,) = mails()
    (link,) = asking.links(mail)
    page = guest.get(link)
    assert page.status_code == 200 and page.headers["Referrer-Policy"] == "no-referrer"
    assert not tickets()  # whoever looks lets nothing in
    assert again_mailed.post(link).status_code == 303
    (ticket,) = tickets()
    assert (ticket.subject, ticket.customer.email) == ("Where is my order?", "kim@example.com")  # type: ignore[union-attr]
    assert db.session.scalars(sa.select(Attachment.name)).all() == ["a.txt"]
    assert guest.post(link).status_code == 410 and len(tickets()) == 1


@pytest.mark.spec("HC-5")
def test_a_confirmation_is_valid_for_a_day(guest: Browser, app) -> None:  # type: ignore[no-untyped-def]
    from occ.help_center.inquiries import jobs
    from occ.help_center.inquiries.models import WaitingInquiry

    send(guest, website="x", by_mail="1")
    (link,) = asking.links(mails()[0])
    guest.get(link)
    guest.time = asking.later(timedelta(hours=24, seconds=20))
    assert guest.get(link).status_code == 410
    assert guest.post(link).status_code == 410
    with asking.later(timedelta(hours=24, seconds=20))():
        assert jobs.forget_unconfirmed() == "1"
    assert not db.session.scalars(sa.select(WaitingInquiry)).all() and not mails()
    assert not tickets()


@pytest.mark.spec("HC-5")
def test_a_browser_that_worked_needs_no_mail(guest: Browser) -> None:
    from occ.help_center.inquiries import rules

    send(guest, website="x")
    stamp = guest.field("stamp")
    bits = int(guest.find("//form[@data-inquiry]")[0].get("data-prove"))
    proof = next(str(n) for n in range(10**7) if rules.is_proof(stamp, str(n), bits))
    assert again(guest, website="x", proof=f"{proof}1").status_code == 422
    held = {"website": "x", "stamp": stamp, "consent_version": "0", "proof": proof}
    for _twice in range(2):
        assert again(guest, **held).status_code == 303
    assert len(tickets()) == 1  # a proof is good for one inquiry


@pytest.mark.spec("CUS-1")
def test_two_inquiries_of_an_address_have_one_customer(guest: Browser) -> None:
    send(guest)
    send(guest, email="KIM@Example.com")
    assert [one.email for one in db.session.scalars(sa.select(Customer))] == ["kim@example.com"]


@pytest.mark.spec("ORG-6", "HC-1", "HC-3")
def test_what_is_wrong_is_said_in_the_visitors_language(mall: Service, guest: Browser) -> None:
    """Also in one that the console does not speak; with it the names of the system's fields."""
    form = "/mall/hc/ar/inquiry"
    phrases.save(mall, "wrong.consent", {"ar": "نحتاج إلى موافقتك."}, version=0)
    db.session.commit()
    answer = send(guest, form=form, email="kim@", title="", consent=None)
    assert answer.status_code == 422
    shown = [said(one) for one in guest.find("//main//*[@class='o-err']/span")]
    assert shown == [
        "أدخل عنوان بريد إلكتروني مثل name@example.com.",
        "املأ هذا الحقل.",
        "نحتاج إلى موافقتك.",
    ]
    for one in guest.find("//main//*[@class='o-err']//bdi"):
        assert one.get("lang") == "ar"
    assert not re.search("[가-힣]", " ".join(guest.texts("//main//*[self::label or self::li]")))
    assert send(guest, form=form).status_code == 303
