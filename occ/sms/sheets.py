"""Sent texts as Excel rows: for a direct answer and for exports (SMS-7)."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import masked, phone
from occ.core.xlsx import zoned
from occ.exports.sheets import Sheet
from occ.organization.models import Service
from occ.sms import history, labels
from occ.sms.history import Filters
from occ.sms.models import SmsRecipient
from occ.sms.rules.kinds import SendingState, TextKind

UNSENT = (SendingState.FAILED, SendingState.PROCESSING)
WHOLE = "whole_of"  # whose numbers are whole: those that a member typed or saw, or all


def to_params(filters: Filters, member_id: int | None) -> dict[str, Any]:
    """Filters as plain values, for an export's row; numbers of others' texts than the member's are
    masked (None: none is).
    """
    plain = asdict(filters)
    for name in ("since", "until"):
        plain[name] = plain[name].isoformat() if plain[name] else None
    for name in ("kind", "state"):
        plain[name] = plain[name].value if plain[name] else None
    return {**plain, WHOLE: member_id}


def from_params(params: dict[str, Any]) -> Filters:
    plain = {name: value for name, value in params.items() if name != WHOLE}
    for name in ("since", "until"):
        plain[name] = datetime.fromisoformat(plain[name]) if plain[name] else None
    plain["kind"] = TextKind(plain["kind"]) if plain["kind"] else None
    plain["state"] = SendingState(plain["state"]) if plain["state"] else None
    return Filters(**{**plain, "whole": tuple(plain["whole"])})


def sheet(params: dict[str, Any]) -> Sheet:
    """The texts that were searched, newest first."""
    filters = from_params(params)
    head = [
        zoned(_("Registered")),
        _("Send kind"),
        _("Type"),
        _("Recipient"),
        _("Sender number"),
        _("Request state"),
        _("Result"),
        _("Reason"),
        zoned(_("Due")),
        zoned(_("Left")),
        zoned(_("Arrived")),
        _("Agent"),
        _("Template"),
        _("Title"),
        _("Content"),
    ]
    country = db.session.get_one(Service, filters.service_id).country
    return Sheet(
        _("Text messages"),
        head,
        history.count(filters, limit=10**7),
        _batches(filters, country, params.get(WHOLE)),
    )


def _batches(
    filters: Filters, country: str, member_id: int | None
) -> Iterator[Sequence[Sequence[Any]]]:
    for rows in history.batches(filters):
        yield [_row(row, country, member_id) for row in rows]


def _row(row: SmsRecipient, country: str, member_id: int | None) -> Sequence[Any]:
    sending = row.sending
    show = phone if history.sees(row, member_id) else masked
    result = labels.RESULTS.get(row.state)
    return (
        row.registered_at,
        str(labels.SEND_KINDS["reserved" if sending.reserved else "now"]),
        str(labels.KINDS[sending.kind]),
        show(row.number, country) if row.number else "",
        labels.sender_text(sending.sender),
        str(labels.STATES[history.STATE_OF[row.state]].text),
        str(result.text) if result else "",
        _reason(row),
        sending.due_at,
        row.sent_at,
        row.delivered_at,
        str(labels.BY_ITSELF[sending.by_itself]) if sending.by_itself else sending.member_name,
        sending.template_name,
        sending.title,
        sending.body,
    )


def _reason(row: SmsRecipient) -> str:
    """Why it did not leave or not arrive, or why nobody knows."""
    problem = row.sending.problem
    if row.result or problem is None or history.STATE_OF[row.state] not in UNSENT:
        return labels.code_text(row.result)
    return str(labels.PROBLEMS[problem])
