"""Tickets as Excel rows: of any box and search, for a direct answer and for exports (TKT-2)."""

from collections.abc import Iterator, Sequence
from typing import Any

from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import masked, masked_address, pgettext, phone
from occ.core.xlsx import zoned
from occ.exports.sheets import Sheet
from occ.fields import queries as fields
from occ.fields.labels import value_cell
from occ.fields.rules import REACHING, FieldType, Shown
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.tickets import labels
from occ.tickets.models import Ticket
from occ.tickets.queries import Viewer, titles
from occ.tickets.rules import Box
from occ.tickets.search import finding, vocabulary
from occ.tickets.values import labels as value_labels
from occ.tickets.values import queries as values


def sheet(params: dict[str, Any]) -> Sheet:
    """The tickets of a box that fit a search, as who asked may see them;
    personal fields are left out.
    """
    service = db.session.get_one(Service, params["service"])
    who = Viewer(service.id, params["member"], params["manager"])
    query = vocabulary.query_of(service, params["q"], manager=who.manager)
    own = [
        one
        for one in fields.own(service)
        if not one.personal and (who.manager or not one.managers_only)
    ]
    head = [
        _("Number"),
        zoned(pgettext("day", "Received")),
        _("Channel"),
        _("State"),
        _("Priority"),
        _("Title"),
        _("Customer"),
        _("Phone number"),
        _("E-mail"),
        _("Intake type"),
        _("Resolution type"),
        _("Assignee"),
        _("Group"),
        zoned(pgettext("day", "Resolved")),
        *(zoned(one.name) if one.type is FieldType.DATE_TIME else one.name for one in own),
    ]
    box = Box(params["box"])
    return Sheet(
        _("Tickets"),
        head,
        finding.count(service.id, box, who, query),
        _batches(service, box, who, query, own),
    )


def _batches(
    service: Service, box: Box, who: Viewer, query: Any, own: Sequence[Shown]
) -> Iterator[Sequence[Sequence[Any]]]:
    for rows in finding.batches(service.id, box, who, query):
        people = identity.names([row.assignee_id for row in rows if row.assignee_id])
        groups = {group.id: group.name for group in identity.group_choices(service.id)}
        types = settings.path_names(
            service, [i for row in rows for i in (row.intake_id, row.resolution_id) if i]
        )
        says = values.of_many([row.id for row in rows])
        about = titles(service, rows)
        yield [
            [
                *_row(row, who, people, groups, types, about, service.country),
                *(
                    _cell(one, says.get((row.id, one.code), ""), who.works_on(row), service.country)
                    for one in own
                ),
            ]
            for row in rows
        ]


def _cell(field: Shown, value: str, whole: bool, country: str) -> Any:
    """A value as a cell of its type; numbers and addresses are masked for who does not
    work on the ticket (not `whole`).
    """
    if whole or field.type not in REACHING:
        return value_cell(field, value, country)
    return value_labels.told(field, value, whole=False, of=country)


def _row(
    row: Ticket,
    who: Viewer,
    people: dict[int, str],
    groups: dict[int, str],
    types: dict[int, str],
    about: dict[int, str],
    country: str,
) -> list[Any]:
    person, whole = row.customer, who.works_on(row)
    number = (
        (phone(person.phone, country) if whole else masked(person.phone, country))
        if person and person.phone
        else ""
    )
    return [
        row.id,
        row.created_at,
        str(labels.CHANNELS[row.channel].text),
        str(labels.STATES[row.state].text),
        str(labels.PRIORITIES[row.priority].text),
        row.subject or about.get(row.id, ""),
        person.name if person else "",
        number,
        (person.email if whole else masked_address(person.email))
        if person and person.email
        else "",
        types.get(row.intake_id or 0, ""),
        types.get(row.resolution_id or 0, ""),
        people.get(row.assignee_id or 0, ""),
        groups.get(row.group_id or 0, ""),
        row.resolved_at,
    ]
