"""What triggers add to facts of the features below them."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from occ.ars.models import Queue
from occ.automation.models import Trigger
from occ.core import kept
from occ.core.db import db
from occ.core.events import on
from occ.delivery import hooks
from occ.fields.models import Field
from occ.mail.models import MailAccount, MailLayout
from occ.organization.events import ServiceEmptied, ServiceErased
from occ.organization.models import Service, ServiceLanguage
from occ.ticket_settings.models import Category, ForbiddenWord

SETTINGS = (
    Category,
    Field,
    ForbiddenWord,
    MailAccount,
    MailLayout,
    Queue,
    ServiceLanguage,
    Trigger,
)


def raise_settings(session: Session) -> None:
    """What processes keep of a service's settings is read anew after a change."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Service) and row.id:  # a language that it gets does not name it yet
            kept.changed(row.id)
        elif isinstance(row, SETTINGS) and row.service_id:
            kept.changed(row.service_id)


@on(ServiceEmptied)
def forget_calls(event: ServiceEmptied) -> None:
    event.went("web_calls", hooks.forget(event.service_id, event.limit))


@on(ServiceErased)
def forget_triggers(event: ServiceErased) -> None:
    db.session.execute(sa.delete(Trigger).where(Trigger.service_id == event.service.id))
