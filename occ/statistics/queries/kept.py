"""What members and services keep of statistics: columns, reports."""

from collections.abc import Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.delivery.rules import State
from occ.identity.models import Agent, Member
from occ.identity.rules import AgentRole, MemberState
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.statistics.models import ChosenColumns, Report, WeeklySheet
from occ.statistics.rules.reports import Every


def columns(member_id: int, page: str) -> Sequence[str] | None:
    """The keys of the columns that a member keeps on a page; None where they chose none."""
    found = sa.select(ChosenColumns.columns).where(
        ChosenColumns.member_id == member_id, ChosenColumns.page == page
    )
    return db.session.scalar(found)


def reports(service_id: int) -> Sequence[Report]:
    """A service's saved reports by name."""
    found = sa.select(Report).where(Report.service_id == service_id)
    return db.session.scalars(found.order_by(Report.name)).all()


def report(service_id: int, ident: int) -> Report | None:
    return db.session.scalar(
        sa.select(Report).where(Report.id == ident, Report.service_id == service_id)
    )


def mailed_reports() -> Sequence[Report]:
    """Every report that is sent by mail."""
    return db.session.scalars(
        sa.select(Report).where(Report.every != Every.NEVER).order_by(Report.id)
    ).all()


def managers(service_id: int) -> Sequence[Member]:
    """Who may look at a service's statistics, and so get them by mail, by name."""
    found = (
        sa.select(Member)
        .join(Agent, Agent.member_id == Member.id)
        .where(
            Agent.service_id == service_id,
            Agent.removed_at.is_(None),
            Agent.role == AgentRole.MANAGER,
            Member.state == MemberState.ACTIVE,
        )
    )
    return db.session.scalars(found.order_by(Member.name, Member.id)).unique().all()


def counted_services() -> Sequence[Service]:
    """Services that are active and contracted statistics."""
    found = db.session.scalars(sa.select(Service).where(Service.state == ServiceState.ACTIVE))
    return [service for service in found.unique() if service.offers(Feature.STATISTICS)]


def weekly(service_id: int) -> WeeklySheet | None:
    return db.session.get(WeeklySheet, service_id)


def files_on_their_way() -> Sequence[str]:
    """Keys of the files of reports whose mails still wait."""
    rows = db.session.scalars(
        sa.select(Outgoing.attachments).where(
            Outgoing.about.startswith("report/"), Outgoing.state == State.WAITING
        )
    )
    return [one["key"] for files in rows for one in files]
