"""What strangers write may hold signs that turn the direction of all that follows in its line: the
number behind a subject would be read backwards. Such texts are isolated wherever they are drawn."""

import pytest
from lxml import html
from lxml.html import HtmlElement

from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core.db import db
from occ.customers.models import Customer
from occ.delivery.models import Outgoing
from occ.identity.models import Member
from occ.mail.reading import Person
from occ.mail.rules import MailState, Reason
from occ.organization.rules import Feature
from tests.factories import mailbox, world
from tests.factories import ticket as tickets
from tests.factories import trigger as triggers
from tests.factories.letters import arrives, letter, part
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act

TURN = "\u202e"  # from here on from right to left
INLINE = {"a", "b", "em", "i", "label", "mark", "small", "span", "strong", "time", "button"}
APART = {"bdi", "option", "textarea", "title", "script", "style"}


def _block(element: HtmlElement) -> HtmlElement:
    """What the line is in that an element stands in."""
    while element.tag in INLINE:
        element = element.getparent()
    return element


def turned(page: str) -> list[str]:
    """Lines in which a text that turns the direction has others beside it."""
    found = []
    for text in html.fromstring(page).xpath(f"//text()[contains(., '{TURN}')]"):
        holder = text.getparent().getparent() if text.is_tail else text.getparent()
        around = (holder, *holder.iterancestors())
        if any(one.tag in APART or one.get("class") == "sr" for one in around):
            continue
        block = _block(holder)
        line = " ".join(block.text_content().split())
        if line != " ".join(text.split()) or not text.strip().startswith(TURN):
            found.append(f"<{block.tag} class={block.get('class')}> {line[:80]!r}")
    return found


def test_a_text_beside_others_is_noticed() -> None:
    assert turned(f"<div><p>{TURN}x</p><p><a href='#'><bdi>{TURN}x</bdi> #5</a></p></div>") == []
    assert len(turned(f"<div><p><b>{TURN}x</b> #5</p><p>#5 {TURN}</p></div>")) == 2
    assert len(turned(f"<p><span>#5</span> {TURN}x</p>")) == 1


@pytest.mark.spec("MAIL-1", "TKT-2")
def test_what_strangers_write_turns_no_line(boss: Member, admin: Browser) -> None:
    features = frozenset({*tickets.FEATURES, Feature.CUSTOMERS, Feature.SMS})
    mall = world.contracted(boss, features=features, seats=20)
    world.agent(boss, mall, boss, manager=True)
    texts = {"ko": {"subject": "#{title}", "body": "We have it."}}
    told = Result(ResultKind.MAIL, to=To.CUSTOMER, texts=texts)
    triggers.trigger(mall, "All", [triggers.when(Subject.CHANNEL, Comparison.EQUAL, "mail")], told)
    name, subject = f"{TURN}Minho Lee", f"{TURN}Where is it?"
    first = letter(
        subject=subject, sender=Person(name, "lee@example.com"), files=(part(f"{TURN}a.txt", b"x"),)
    )
    made = arrives(mall, first)
    ident = made.id
    act(admin, made, "take")
    other = Person(f"{TURN}Park", "park@example.com")
    arrives(mall, letter("Me, too", sender=other, in_reply_to=(first.message_id,)))
    act(admin, made, "hold", body="Soon")
    customer = db.session.get_one(Customer, made.customer_id)
    assert customer.name == name and made.subject == subject
    account = mailbox.account(mall)
    mailbox.mail(
        mall, account, state=MailState.QUARANTINED, reason=Reason.UNREADABLE, subject=subject
    )
    outgoing = db.session.query(Outgoing).first()
    service = "/c/s/mall"
    pages = [
        f"{service}/",
        f"{HOME}?box=all",
        f"{HOME}/{ident}",
        f"{HOME}/{ident}/triggers",
        f"{HOME}?q=where&box=all",
        f"{HOME}/new?customer={customer.id}",
        f"{HOME}/{ident}/transfer",
        f"{service}/customers",
        f"{service}/customers/{customer.id}",
        f"{service}/mail/doctor",
        f"{service}/sms?about=ticket/{ident}",
        "/c/org/outbox",
        "/c/notices",
        "/c/org/logs/works",
    ]
    seen, wrong = 0, {}
    for path in pages:
        text = admin.get(path).text
        seen += TURN in text
        if lines := turned(text):
            wrong[path] = lines
    assert wrong == {} and seen >= 7 and outgoing is not None
