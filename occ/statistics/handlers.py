"""What statistics add to facts of the features below them."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.organization.events import FilesNamed, ServiceEmptied, ServiceErased
from occ.statistics import counting
from occ.statistics.calls import service as calls
from occ.statistics.calls.models import SummedCell, SummedDay
from occ.statistics.models import FigureDay, Report, TicketDay, WeeklySheet
from occ.statistics.queries import kept
from occ.telephony.events import CallFiled
from occ.telephony.queries import own_leg
from occ.tickets.events import TicketsRewritten

ROWS_A_DAY = 500  # roughly what the sums of a day come to


@on(TicketsRewritten)
def sum_up_anew(event: TicketsRewritten) -> None:
    counting.instants_stale(event.service_id, event.instants)


@on(CallFiled)
def count_calls_anew(event: CallFiled) -> None:
    """A talk of a day long past was filed (STA-2)."""
    leg = own_leg(event.call.id, event.member_id)
    if leg is not None:
        calls.forget(leg.service_id, leg.day)


@on(ServiceEmptied)
def forget_cells(event: ServiceEmptied) -> None:
    of = SummedCell.service_id == event.service_id
    event.went("", db.remove(SummedCell, of, limit=event.limit))


@on(ServiceEmptied)
def forget_sums(event: ServiceEmptied) -> None:
    """The sums of as many days as are some of the rows to be removed; a day's go together."""
    days = sa.select(FigureDay.day).where(FigureDay.service_id == event.service_id)
    gone = db.session.scalars(days.limit(max(1, event.limit // ROWS_A_DAY))).all()
    for table in (TicketDay, FigureDay):
        event.went(
            "",
            db.changed(
                sa.delete(table).where(table.service_id == event.service_id, table.day.in_(gone))
            ),
        )


@on(ServiceErased)
def forget_reports(event: ServiceErased) -> None:
    for table in (Report, WeeklySheet, SummedDay):
        db.session.execute(sa.delete(table).where(table.service_id == event.service.id))


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    event.keys.update(kept.files_on_their_way())
