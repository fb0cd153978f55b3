"""Parts of a text that are masked, with the original sealed (TKT-4, the security service).

Writes run inside the caller's transaction.
"""

import json
import re
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.service import Actor
from occ.core import jobs, richtext, vault
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.richtext import Writing
from occ.delivery import copies
from occ.organization.models import Service
from occ.tickets import mails
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Entry, Fact
from occ.tickets.writes import happened, locked

TEXT_MAX = 1_000
_OF_MAIL = ("html", "quoted", "quoted_html")


def _about(ident: int) -> str:
    return f"entry:{ident}"


def original(entry: TicketEntry) -> Writing:
    """What was written, also where parts of it are masked."""
    if entry.sealed is None:
        return Writing(entry.body, entry.html)
    kept = _kept(entry)
    return Writing(kept["text"], kept["html"])


def quoted(entry: TicketEntry) -> str:
    """What a masked mail quoted before it was masked; its words and these are all that it says."""
    return str(_kept(entry).get("quoted", "")) if entry.sealed is not None else ""


def _kept(entry: TicketEntry) -> dict[str, Any]:
    """What a masked entry, and the mail that it came by, said first."""
    found: dict[str, Any] = json.loads(vault.opened(entry, _about(entry.id)))
    return found


def mask(ticket: Ticket, ident: int, text: str, *, actor: Actor) -> None:
    """Puts asterisks for a text wherever one entry holds it; what
    stood there first is kept sealed.
    """
    ticket = locked(ticket, spam=True)
    entry: TicketEntry | None = db.lock(TicketEntry, ident)
    if entry is None or entry.ticket_id != ticket.id:
        raise Refused(_("This text is no longer there."), "text")
    wanted = pattern(text)
    before, mail = original(entry), mails.mail(ticket.id, entry.id)
    shown = {part: getattr(mail, part) for part in _OF_MAIL} if mail is not None else {}
    said = (
        richtext.masked(entry.html, wanted)
        if entry.html
        else Writing(richtext.stars(entry.body, wanted))
    )
    hidden = {
        part: richtext.stars(there, wanted)
        if part == "quoted"
        else richtext.masked(there, wanted).html
        for part, there in shown.items()
    }
    if said.text == entry.body and hidden == shown:
        raise Refused(
            _("This text is not in the message. Select it there, or copy it exactly."), "text"
        )
    old = {entry.body, before.text}  # copies from before the last mask hold what stood there first
    entry.sealed = vault.seal(
        json.dumps(
            {
                "text": before.text,
                "html": before.html,
                "quoted": quoted(entry) or shown.get("quoted", ""),
            }
        ),
        _about(entry.id),
    )
    entry.body, entry.html = said.text, said.html
    for part, there in hidden.items():
        setattr(mail, part, there)
    is_mail = entry.kind is Entry.MAIL  # its words alone stand in both; values are whole in one
    copies.reword(
        ticket.about,
        lambda text: richtext.stars(text, wanted) if is_mail else _replaced(text, old, said.text),
        lambda html: richtext.masked(html, wanted).html,
    )
    jobs.request_run("scrub")
    _record(Work.TEXT_MASKED, ticket, ident, actor)
    happened(ticket, Fact.MASKED, actor)


def _replaced(text: str, old: Collection[str], new: str) -> str:
    """A copy that holds one of the old texts, alone or with lines around it, holds the new one;
    in a layout it may also stand within a line.
    """
    either = "|".join(map(re.escape, sorted(old, key=len, reverse=True)))
    lines = re.sub(rf"(?m)^(?:{either})$", lambda _found: new, text)
    return lines if lines != text else re.sub(either, lambda _found: new, text)


def pattern(text: str) -> re.Pattern[str]:
    """What is looked for: a text whose words may stand on other lines than they were marked on."""
    words = text.split()
    if not words or len(text) > TEXT_MAX:
        raise Refused(
            _("Mark the text that is to be masked, at most %(limit)s characters.", limit=TEXT_MAX),
            "text",
        )
    return re.compile(r"\s+".join(map(re.escape, words)))


def show(ticket: Ticket, entry: TicketEntry, *, actor: Actor) -> Writing:
    """The original of a masked text; that it was shown is recorded (LOG-3)."""
    _record(Work.MASK_SHOWN, ticket, entry.id, actor)
    said, also = original(entry), quoted(entry)
    return Writing(f"{said.text}\n\n{also}", said.html) if also else said


def _record(work: Work, ticket: Ticket, ident: int, actor: Actor) -> None:
    service = db.session.get_one(Service, ticket.service_id)
    audit.work(work, actor=actor, service=service, detail={"ticket": ticket.id, "entry": ident})


def rotate(old: int, limit: int, *, wait: bool = False) -> int:
    """Seals originals of an old data key with the newest; with `wait` also those that somebody
    writes just now. Returns how many.
    """
    found = sa.select(TicketEntry).where(vault.sealed_with(TicketEntry.sealed, old)).limit(limit)
    found = found.with_for_update(skip_locked=not wait, of=TicketEntry).execution_options(
        populate_existing=True
    )
    rows = db.session.scalars(found).all()
    for row in rows:
        row.sealed = vault.seal(vault.unseal(row.sealed or "", _about(row.id)), _about(row.id))
    return len(rows)
