"""Reads."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only

from occ.core import clock, paging
from occ.core.db import db
from occ.core.i18n import day
from occ.organization.models import Contract, Organization, PriceList, Service, ServiceDraft
from occ.organization.rules import ServiceState, ServiceType

GONE = (ServiceState.TERMINATED, ServiceState.ERASED)
NOT_GONE = tuple(state for state in ServiceState if state not in GONE)


def organization() -> Organization | None:
    """The organization, None before set-up."""
    found = db.session.get(Organization, 1)
    hold_organization(found)
    return found


def hold_organization(found: Organization | None) -> None:
    """Keeps it alive, so that a database session asks for it once."""
    db.session.info["organization"] = found


def the_organization() -> Organization:
    """The organization; set-up has made it."""
    found = organization()
    if found is None:
        raise RuntimeError("the organization is not set up")
    return found


def service(ident: int) -> Service | None:
    return db.session.get(Service, ident)


_BY_SLUG = sa.select(Service).where(Service.slug == sa.bindparam("slug"))


def service_by_slug(slug: str) -> Service | None:
    return db.session.scalar(_BY_SLUG, {"slug": slug.lower()})


def service_by_key(key: str) -> Service | None:
    """The service that a wizard's key has made."""
    return db.session.scalar(sa.select(Service).where(Service.submit_key == key))


def contract_history(service_id: int) -> Sequence[Contract]:
    """Every version of a service's contract, newest first."""
    return db.session.scalars(
        sa.select(Contract).where(Contract.service_id == service_id).order_by(Contract.id.desc())
    ).all()


def services_in_use() -> Sequence[Service]:
    """Contracted services that are active or suspended, by name."""
    states = (ServiceState.ACTIVE, ServiceState.SUSPENDED)
    return db.session.scalars(
        sa.select(Service).where(Service.state.in_(states)).order_by(Service.name, Service.id)
    ).all()


def contracted_services() -> Sequence[Service]:
    """Every service that ever signed, by name: rates keep showing the terminated ones."""
    return db.session.scalars(
        sa.select(Service)
        .where(Service.contract_id.is_not(None))
        .order_by(Service.name, Service.id)
    ).all()


def issue_services() -> Sequence[Service]:
    """The issue services that take tickets over, by name."""
    found = sa.select(Service).where(
        Service.type == ServiceType.ISSUE, Service.state == ServiceState.ACTIVE
    )
    return db.session.scalars(found.order_by(Service.name, Service.id)).all()


def issue_service_in_use() -> bool:
    return bool(issue_services())


_LISTED = (
    load_only(
        Service.slug, Service.name, Service.type, Service.state, Service.banner, Service.created_at
    ),
    joinedload(Service.contract).load_only(Contract.kind, Contract.local_date, Contract.values),
)
CONTRACT_ORDERS = {"added": (Service.created_at, Service.id), "name": (Service.name, Service.id)}


def contract_list(
    *,
    text: str,
    kind: ServiceType | None,
    state: ServiceState | None,
    order: tuple[str, bool],
    after: str,
    before: str,
    size: int,
) -> paging.Page:
    """Services in an order of CONTRACT_ORDERS, by part of name or ID, type and state; without a
    state not the gone ones.
    """
    query = sa.select(Service).options(*_LISTED)
    if text:
        query = query.where(
            sa.or_(paging.like(Service.name, text), paging.like(Service.slug, text))
        )
    if kind:
        query = query.where(Service.type == kind)
    wanted = (state,) if state else NOT_GONE
    # keeps to the order's index
    rows = query.where(Service.state.not_in([s for s in ServiceState if s not in wanted]))
    counted = query.where(Service.state.in_(wanted))
    return paging.page(
        rows,
        keys=CONTRACT_ORDERS[order[0]],
        descending=order[1],
        after=after,
        before=before,
        size=size,
        counted=counted,
    )


def drafts(text: str = "") -> Sequence[ServiceDraft]:
    """Wizards left in step 1, by part of the typed name or ID, newest first; at most 50."""
    found = sa.select(ServiceDraft).order_by(ServiceDraft.updated_at.desc())
    if text:
        typed = (ServiceDraft.values["name"].as_string(), ServiceDraft.values["slug"].as_string())
        found = found.where(sa.or_(*(paging.like(value, text) for value in typed)))
    return db.session.scalars(found.limit(50)).all()


def draft(key: str) -> ServiceDraft | None:
    return db.session.scalar(sa.select(ServiceDraft).where(ServiceDraft.key == key))


def prices_on(day: date) -> PriceList:
    """The price list in force on a day."""
    found = (
        sa.select(PriceList)
        .where(PriceList.effective_from <= day)
        .order_by(PriceList.effective_from.desc())
        .limit(1)
    )
    row = db.session.scalar(found)
    if row is None:
        row = db.session.scalars(
            sa.select(PriceList).order_by(PriceList.effective_from).limit(1)
        ).one()
    return row


def price_lists() -> Sequence[PriceList]:
    """Every price list, newest first."""
    return db.session.scalars(sa.select(PriceList).order_by(PriceList.effective_from.desc())).all()


def today() -> date:
    """The organization's day."""
    return the_organization().today()


def summary() -> tuple[int, int]:
    """How many services are contracted (active or suspended) and how many are not complete."""
    counts = dict(
        db.session.execute(sa.select(Service.state, sa.func.count()).group_by(Service.state))
        .tuples()
        .all()
    )
    waiting = counts.get(ServiceState.UNUSED, 0) + (
        db.session.scalar(sa.select(sa.func.count()).select_from(ServiceDraft)) or 0
    )
    return counts.get(ServiceState.ACTIVE, 0) + counts.get(ServiceState.SUSPENDED, 0), waiting


def seats_contracted() -> int:
    """Seats of all services in use."""
    return sum(s.contract.terms.seats for s in services_in_use() if s.contract)


def next_change(org: Organization) -> str:
    """When the organization's next day starts, with its zone."""
    now = clock.now()
    zone = org.zone(now)
    start = clock.next_midnight(now, zone)
    return f"{day(clock.local_day(start, zone))} 00:00 ({zone})"
