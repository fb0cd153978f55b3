"""What the phone side adds to facts of the features below it."""

import sqlalchemy as sa

from occ.ars.models import ArsDraft, ArsVersion, CallerId, Disposition, PhoneService, Queue, Sound
from occ.ars.rules import phone as rules
from occ.core import clock
from occ.core.db import db
from occ.core.events import on
from occ.organization.events import FilesNamed, ServiceErased, TermsProposed
from occ.organization.rules import Feature


@on(TermsProposed)
def give_a_number(event: TermsProposed) -> None:
    """A service that contracts phone gets its main number (ARS-1)."""
    if (
        Feature.PHONE in event.terms.features
        and db.session.get(PhoneService, event.service.id) is None
    ):
        db.session.add(
            PhoneService(
                service_id=event.service.id, main_number=rules.main_number(event.service.id)
            )
        )


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    event.keys.update(db.session.scalars(sa.select(CallerId.proof)))
    for row in db.session.execute(sa.select(Sound.original, Sound.narrow, Sound.wide)):
        event.keys.update(row)


@on(ServiceErased)
def forget_phone(event: ServiceErased) -> None:
    """Queues keep their names for the history of calls; caller IDs, dispositions,
    the voice menu and their files go.
    """
    event.counts["caller_ids"] = db.changed(
        sa.delete(CallerId).where(CallerId.service_id == event.service.id)
    )
    for model in (ArsDraft, ArsVersion, Disposition, Sound):
        db.session.execute(sa.delete(model).where(model.service_id == event.service.id))
    retired = (
        sa.update(Queue)
        .where(Queue.service_id == event.service.id, Queue.retired_at.is_(None))
        .values(retired_at=clock.now())
    )
    event.counts["queues"] = db.changed(retired)
