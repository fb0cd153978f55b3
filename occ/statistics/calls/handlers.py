"""What changes facts of days that are summed up already."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.organization.events import ServiceEmptied, ServiceErased
from occ.statistics.calls import service
from occ.statistics.calls.models import SummedCell, SummedDay
from occ.telephony.events import CallFiled
from occ.telephony.queries import own_leg


@on(CallFiled)
def count_anew(event: CallFiled) -> None:
    """A talk of a day long past was filed."""
    leg = own_leg(event.call.id, event.member_id)
    if leg is not None:
        service.forget(leg.service_id, leg.day)


@on(ServiceEmptied)
def forget_figures(event: ServiceEmptied) -> None:
    of = SummedCell.service_id == event.service_id
    event.went("", db.remove(SummedCell, of, limit=event.limit))


@on(ServiceErased)
def forget_days(event: ServiceErased) -> None:
    db.session.execute(sa.delete(SummedDay).where(SummedDay.service_id == event.service.id))
