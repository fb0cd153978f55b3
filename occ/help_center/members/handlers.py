"""What signing in adds to facts of the features below it."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.customers.events import CustomerDataAsked, CustomerErased, CustomersMerged
from occ.help_center.members import queries
from occ.help_center.members.models import MemberLogin, UsedToken, Visitor, VisitorPass
from occ.organization.events import ServiceEmptied, ServiceErased


@on(ServiceEmptied)
def empty_visits(event: ServiceEmptied) -> None:
    for table in (Visitor, VisitorPass, UsedToken):
        gone = db.remove(table, table.service_id == event.service_id, limit=event.limit)
        event.went("", gone)


@on(ServiceErased)
def forget_choice(event: ServiceErased) -> None:
    db.session.execute(sa.delete(MemberLogin).where(MemberLogin.service_id == event.service.id))


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    """Who is signed in goes on as the customer they became."""
    db.session.execute(
        sa.update(Visitor)
        .where(Visitor.customer_id == event.gone.id)
        .values(customer_id=event.kept.id)
    )


@on(CustomerDataAsked)
def hand_out(event: CustomerDataAsked) -> None:
    event.found["visits"] = [
        {"began": one.created_at.isoformat(), "ends": one.expires_at.isoformat()}
        for one in queries.visits_of(event.customer.id, event.service_id)
    ]


@on(CustomerErased)
def end_visits(event: CustomerErased) -> None:
    """Whoever is signed in as them is not any more, and no link or pass leads in."""
    person, service_id = event.customer, event.service_id
    ended = db.changed(
        sa.delete(Visitor).where(Visitor.customer_id == person.id, Visitor.service_id == service_id)
    )
    addresses = queries.addresses_of(person)
    db.session.execute(
        sa.delete(Visitor).where(Visitor.service_id == service_id, Visitor.email.in_(addresses))
    )
    db.session.execute(
        sa.delete(VisitorPass).where(
            VisitorPass.service_id == service_id, VisitorPass.email.in_(addresses)
        )
    )
    event.counts["visits"] = ended
