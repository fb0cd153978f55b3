"""What is kept of statistics: members' columns, daily sums of days long past, saved reports."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.statistics.rules.reports import Every
from occ.statistics.rules.tickets import Basis, Side
from occ.tickets.rules import Channel


class ChosenColumns(Base):
    """The columns that a member keeps on a page of statistics, by the keys of both."""

    __tablename__ = "statistics_columns"
    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("member.id", ondelete="CASCADE"), primary_key=True
    )
    page: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    columns: Mapped[list[str]]


class FigureDay(Base):
    """That the sums of a service's day are made; whoever changes a fact of it raises `version` and
    says that they hold no more.
    """

    __tablename__ = "figure_day"
    __table_args__ = (sa.Index("ix_figure_day_open", "holds", "service_id", "day"),)
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int]
    holds: Mapped[bool]


class TicketDay(Base):
    """Sums over the tickets of a service's day by one side and channel, made of the tickets
    themselves and never changed but by making them anew (STA-1). `key` is the id of a type, agent
    or group, 0 for none; `hours` and `days` are how many were resolved or put on hold within each
    band, by its number.
    """

    __tablename__ = "ticket_day"
    __table_args__ = {"sqlite_with_rowid": False}
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Side] = mapped_column(enum_type(Side), primary_key=True)
    basis: Mapped[Basis] = mapped_column(enum_type(Basis), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    key: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel), primary_key=True)
    received: Mapped[int]
    resolved: Mapped[int]
    held: Mapped[int]
    other: Mapped[int]
    open: Mapped[int]
    handed: Mapped[int]
    inbound: Mapped[int]
    outbound: Mapped[int]
    done: Mapped[int]
    inbound_ms: Mapped[int] = mapped_column(sa.BigInteger)
    outbound_ms: Mapped[int] = mapped_column(sa.BigInteger)
    seconds: Mapped[int] = mapped_column(sa.BigInteger)
    answered_seconds: Mapped[int] = mapped_column(sa.BigInteger)
    done_seconds: Mapped[int] = mapped_column(sa.BigInteger)
    hours: Mapped[dict[str, Any]] = mapped_column(sa.JSON, server_default="{}")
    days: Mapped[dict[str, Any]] = mapped_column(sa.JSON, server_default="{}")


class Report(Base):
    """A page of statistics with its filters under a name (STA-4), mailed to its readers `every`
    day, week or month; `sent_for` is the last day of the newest period that was.
    """

    __tablename__ = "report"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "name"),
        sa.Index("ix_report_every", "every"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("member.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(sa.String(60))
    page: Mapped[str] = mapped_column(sa.String(40))
    params: Mapped[dict[str, Any]]
    readers: Mapped[list[int]] = mapped_column(sa.JSON)
    every: Mapped[Every] = mapped_column(enum_type(Every))
    sent_for: Mapped[date | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class WeeklySheet(Base):
    """Whether a service's weekly sheet is mailed to its managers, and the last day of the newest
    week that was (STA-4); without a row it is.
    """

    __tablename__ = "weekly_sheet"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    is_on: Mapped[bool]
    sent_for: Mapped[date | None]
