"""A service that texts, and what it sends."""

import itertools
from datetime import datetime
from typing import Any

from occ.core import crypto
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.sms import service, templates
from occ.sms.models import (
    SmsCategory,
    SmsChannel,
    SmsRecipient,
    SmsSender,
    SmsSending,
    SmsTemplate,
)
from occ.sms.rules.kinds import GatewayKind, Message, Recipient, TextKind
from occ.sms.rules.library import Draft
from tests.factories import world
from tests.support import nhn_sms

SENDER = nhn_sms.SENDERS[0]
FEATURES = frozenset({Feature.TICKET, Feature.SMS, Feature.CUSTOMERS})
_keys = itertools.count(1)


def channel(of: Service, kind: GatewayKind = GatewayKind.NHN, *, active: bool = True) -> SmsChannel:
    """Text messages on, with one sender number and the keys of the test's gateway."""
    ring = crypto.ring()
    with db.write() as session:
        made = SmsChannel(
            service_id=of.id,
            gateway=kind,
            active=active,
            app_key=ring.encrypt(nhn_sms.APP_KEY),
            secret_key=ring.encrypt(nhn_sms.SECRET),
            refusal_number=nhn_sms.REFUSAL,
            by_itself={},
            senders=[SmsSender(number=SENDER, position=0)],
        )
        session.add(made)
    return made


def texting(
    boss: Member, slug: str = "mall", kind: GatewayKind = GatewayKind.NHN, **changes: Any
) -> Service:
    """A service with text messages on; the owner is its manager."""
    made = world.contracted(boss, slug, features=FEATURES, **changes)
    world.agent(boss, made, boss, manager=True, ticket=True)
    channel(made, kind)
    return made


def numbers(count: int, first: int = 1) -> list[Recipient]:
    return [
        Recipient(f"+8210{number:08}", f"010{number:08}") for number in range(first, first + count)
    ]


def message(body: str = "안녕하세요", **changes: Any) -> Message:
    return Message(**{"kind": TextKind.SMS, "sender": SENDER, "body": body, **changes})


def send(
    of: Service,
    by: Member,
    recipients: list[Recipient] | None = None,
    *,
    due_at: datetime | None = None,
    about: str = "",
    part: str = "",
    template: SmsTemplate | None = None,
    **changes: Any,
) -> SmsSending:
    with db.write():
        return service.send(
            of,
            message(**changes),
            recipients or numbers(1),
            actor=world.actor(by),
            submit_key=f"key-{next(_keys)}",
            due_at=due_at,
            template=template,
            about=about,
            part=part,
        )


def library(of: Service) -> tuple[SmsCategory, SmsCategory]:
    """A template category and one under it."""
    with db.write():
        top = templates.add_category(of, name="Orders", parent_id=None, active=True)
        return top, templates.add_category(of, name="Delivery", parent_id=top.id, active=True)


def template(of: Service, under: SmsCategory, name: str = "Late", **changes: Any) -> SmsTemplate:
    values = {"kind": TextKind.SMS, "name": name, "body": "Your order is late.", **changes}
    with db.write():
        return templates.save_template(of, None, Draft(**values), category_id=under.id)


def furnished(of: Service, by: Member) -> None:
    """One of everything that has an address: a channel, categories, a template, and a text."""
    channel(of, GatewayKind.LOCAL)
    template(of, library(of)[1])
    send(of, by)


def states(sending: SmsSending) -> list[str]:
    """How its recipients stand, in their order."""
    db.session.rollback()
    ident = db.key_of(sending)
    rows = db.session.query(SmsRecipient).filter_by(sending_id=ident).order_by(SmsRecipient.id)
    return [row.state.value for row in rows]
