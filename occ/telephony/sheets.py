"""Histories as Excel rows and recordings as a ZIP: for a direct answer and for tasks (STA-3)."""

import zipfile
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from occ.ars.queries import disposition_names, queue_names
from occ.core import storage
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import masked, pgettext, viewer_zone
from occ.core.tasks import Order, Progress
from occ.core.xlsx import zoned
from occ.exports.sheets import Sheet
from occ.identity.queries import names
from occ.organization.models import Service
from occ.telephony import history, labels, queries, sounds
from occ.telephony.history import Filters
from occ.telephony.models import Call, Leg
from occ.telephony.rules.calls import CallOutcome, Counted, Direction

TALKS, LEGS = "talks", "legs"


def to_params(filters: Filters, *, talks: bool, legs: Sequence[int] = ()) -> dict[str, Any]:
    """Filters as plain values, for an export's row; of talks `legs` are those that were chosen."""
    plain = asdict(filters)
    for name in ("since", "until"):
        plain[name] = plain[name].isoformat() if plain[name] else None
    for name in ("direction", "outcome", "counted"):
        plain[name] = plain[name].value if plain[name] else None
    return {**plain, TALKS: talks, LEGS: list(legs)}


def from_params(params: dict[str, Any]) -> Filters:
    plain = {name: value for name, value in params.items() if name not in (TALKS, LEGS)}
    for name in ("since", "until"):
        plain[name] = datetime.fromisoformat(plain[name]) if plain[name] else None
    plain["direction"] = Direction(plain["direction"]) if plain["direction"] else None
    plain["outcome"] = CallOutcome(plain["outcome"]) if plain["outcome"] else None
    plain["counted"] = Counted(plain["counted"]) if plain["counted"] else None
    return Filters(**{**plain, "whole": tuple(plain["whole"])})


def calls(params: dict[str, Any]) -> Sheet:
    """The calls that were searched, newest first; numbers as the list shows them."""
    filters = from_params(params)
    head = [
        zoned(_("Began")),
        _("Direction"),
        _("Phone number"),
        _("Queue"),
        _("CTI number"),
        _("Agent"),
        zoned(_("Connected")),
        _("Call time"),
        _("Talk time"),
        _("Why it ended"),
    ]
    batches = (
        _call_rows(rows, filters.service_id) for rows in history.batches(filters, of_talks=False)
    )
    return Sheet(_("Calls"), head, history.count(filters, of_talks=False), batches)


def _country(service_id: int) -> str:
    return db.session.get_one(Service, service_id).country


def _call_rows(rows: Sequence[Call], service_id: int) -> Sequence[Sequence[Any]]:
    people, queues = names([c.handled_by for c in rows if c.handled_by]), _queues(rows)
    numbers = {member: agent.number for member, agent in queries.cti_agents().items()}
    times, country = history.talk_times([call.id for call in rows]), _country(service_id)
    return [
        (
            call.started_at,
            str(labels.DIRECTIONS[call.direction].text),
            masked(call.customer_number, country) if call.customer_number else "",
            queues.get(call.queue_id or 0, ""),
            numbers.get(call.handled_by or 0) or "",
            people.get(call.handled_by or 0, ""),
            call.answered_at,
            call.ended_at - call.started_at if call.ended_at else None,
            timedelta(milliseconds=times[call.id]) if times.get(call.id) else None,
            str(labels.OUTCOMES[call.outcome].text) if call.outcome else "",
        )
        for call in rows
    ]


def _queues(rows: Collection[Call]) -> dict[int, str]:
    return queue_names(list({call.queue_id for call in rows if call.queue_id}))


def talks(params: dict[str, Any]) -> Sheet:
    """The talks that were searched, or chosen, newest first."""
    filters, legs = from_params(params), params.get(LEGS) or []
    head = [
        zoned(_("Began")),
        _("Direction"),
        _("Phone number"),
        _("Queue"),
        _("Agent"),
        _("Talk time"),
        pgettext("call", "Ended"),
        _("Disposition"),
        _("Notes"),
    ]
    if legs:
        found = history.chosen(filters.service_id, legs)
        return Sheet(_("Talks"), head, len(found), iter([_talk_rows(found, filters.service_id)]))
    batches = (
        _talk_rows(rows, filters.service_id) for rows in history.batches(filters, of_talks=True)
    )
    return Sheet(_("Talks"), head, history.count(filters, of_talks=True), batches)


def _talk_rows(rows: Sequence[Leg], service_id: int) -> Sequence[Sequence[Any]]:
    calls_of, country = history.calls_of(rows), _country(service_id)
    people, queues = (
        names([leg.member_id for leg in rows if leg.member_id]),
        _queues(calls_of.values()),
    )
    dispositions = disposition_names([leg.disposition_id for leg in rows if leg.disposition_id])
    made = []
    for leg in rows:
        call = calls_of[leg.call_id]
        made.append(
            (
                leg.started_at,
                str(labels.DIRECTIONS[leg.direction].text),
                masked(call.customer_number, country) if call.customer_number else "",
                queues.get(call.queue_id or 0, ""),
                people.get(leg.member_id or 0, ""),
                timedelta(milliseconds=leg.talk_ms) if leg.ended_at else None,
                labels.ended(leg) if leg.outcome else "",
                dispositions.get(leg.disposition_id or 0, ""),
                leg.notes,
            )
        )
    return made


def file_name(leg: Leg, person: str) -> str:
    """What a recording is called: when and whose talk it was, never with whom."""
    at = leg.started_at.astimezone(ZoneInfo(viewer_zone()))
    plain = "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in person)
    return f"{at:%Y%m%d-%H%M%S} {plain} {leg.id}.mp3"


def zipped(order: Order, progress: Progress) -> str:
    """Work of a task: the recordings of the chosen talks as MP3 in a ZIP, stored; what is no
    longer there is left out.
    """
    service_id, idents = order.params["service_id"], order.params[TALKS]
    with NamedTemporaryFile(dir=storage.folder()) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for done, ident in enumerate(idents, 1):
                legs = history.chosen(service_id, [ident])
                kept = history.recordings(legs).get(ident, [])
                if kept:
                    people = names([leg.member_id for leg in legs if leg.member_id])
                    name = file_name(legs[0], people.get(legs[0].member_id or 0, ""))
                    db.session.rollback()
                    archive.writestr(name, sounds.mp3(kept))
                progress(done, len(idents))
        file.flush()
        return storage.adopt(Path(file.name))
