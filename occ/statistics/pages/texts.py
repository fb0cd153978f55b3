"""The pages of text messages (STA-2): by period and by template; a recipient each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import lazy_pgettext as pgettext
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.sms.history import templates
from occ.sms.labels import STATES
from occ.sms.rules.kinds import SendingState
from occ.statistics import labels
from occ.statistics.days import Bucket
from occ.statistics.pages.calls import OF_AGENT
from occ.statistics.pages.frame import ALL, ALL_UNITS, Asked, Choice, Link, Page, Row, unit
from occ.statistics.queries import texts as queries
from occ.statistics.rules import tables
from occ.statistics.rules.tables import Column

MEDIA = "texts"
NONE, GONE = "0", "gone"  # keys of rows of which the history knows no template
NOT_LISTED = (NONE, GONE)


def _senders(service: Service) -> list[tuple[str, Any]]:
    return [(ALL, _l("All sender numbers")), *((one, one) for one in queries.senders(service.id))]


_CHOICES = (OF_AGENT, Choice("sender", _l("Sender number"), _senders))


def _asked_for(asked: Asked) -> tuple[int | None, str | None]:
    sender = asked["sender"]
    return asked.ident("agent"), None if sender == ALL else sender


def columns(asked: Asked) -> Sequence[Column]:
    """By request state, and of those that were sent whether they arrived."""
    sent = _l("Of those sent")
    return (
        Column("all", _l("Total"), tables.number("all"), leads=ALL),
        *(
            Column(one.value, STATES[one].text, tables.number(one.value), leads=one.value)
            for one in SendingState
        ),
        Column(
            "is_delivered", pgettext("text", "Arrived"), tables.number("is_delivered"), group=sent
        ),
        Column(
            "is_failed", pgettext("text", "Not arrived"), tables.number("is_failed"), group=sent
        ),
        Column(
            "is_accepted",
            pgettext("text", "Not known yet"),
            tables.number("is_accepted"),
            group=sent,
        ),
    )


def _of_periods(asked: Asked) -> Sequence[Row]:
    buckets = asked.period.buckets()
    found = queries.by_unit(asked.service.id, buckets, *_asked_for(asked))
    return [
        Row(bucket.key, labels.bucket(bucket, asked.period.unit), facts)
        for bucket, facts in zip(buckets, found, strict=True)
    ]


def _leads(asked: Asked, row: Row | None, column: Column) -> Link | None:
    """To the texts that a figure counts, of whole days and of a template that is there."""
    period = asked.period
    values = {"period": "range", "since": f"{period.since}", "until": f"{period.until}"}
    part = period.part(row.key) if row else None
    if part is not None:
        values |= {"since": f"{part.first}", "until": f"{part.last}"}
    elif row is not None:
        values["template"] = row.key
    if (part and part.hour is not None) or values.get("template") in NOT_LISTED:
        return None
    if column.leads != ALL:
        values["state"] = column.leads
    member, sender = _asked_for(asked)
    if member is not None:
        values["member"] = f"{member}"
    if sender is not None:
        values["sender"] = sender
    return Link("sms_history.index", values)


def _of_templates(asked: Asked) -> Sequence[Row]:
    period = asked.period
    whole = Bucket(period.start, period.end, period.since, period.until)
    found = queries.by_template(asked.service.id, whole, *_asked_for(asked))
    names = queries.template_names(asked.service.id, [key for key in found if key])
    there = {ident for ident, _name in templates(asked.service.id)}
    none = str(_l("Without a template"))
    rows = [
        Row(
            (f"{key}" if key in there else GONE) if key else NONE,
            names.get(key, "–") if key else none,
            facts,
        )
        for key, facts in found.items()
    ]
    return sorted(rows, key=lambda row: (row.key == NONE, row.label, row.key))


PERIOD = Page(
    media=MEDIA,
    name="period",
    title=_l("By period"),
    lead=_l("Text messages by when they were registered. Days are those of %(zone)s."),
    feature=Feature.SMS,
    head=unit,
    columns=columns,
    rows=_of_periods,
    units=ALL_UNITS,
    choices=_CHOICES,
    figures=("all", "sent", "failed"),
    charts=(("all", "sent", "failed"),),
    leads=_leads,
)
TEMPLATES = replace(
    PERIOD,
    name="templates",
    title=_l("By template"),
    lead=_l("Text messages by their template. Days are those of %(zone)s."),
    head=lambda asked: _l("Template"),
    rows=_of_templates,
    units=(),
    charts=(("sent", "failed"),),
)
PAGES = (PERIOD, TEMPLATES)
