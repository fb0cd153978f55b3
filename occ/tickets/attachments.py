"""Files on tickets (TKT-6): sent while somebody writes, kept with what they wrote.

Writes run inside the caller's transaction.
"""

import base64
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from occ.core import clock, files, richtext, storage
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.tickets.models import Attachment, Ticket, TicketEntry, TicketMail

PENDING_MAX = 10
SHOWN_MAX = 6 * 1024 * 1024
"""Bytes of pictures that a mail's frame shows; all others stand below the mail."""
_PENDING = (
    sa.select(Attachment)
    .where(
        Attachment.ticket_id == sa.bindparam("ident"),
        Attachment.entry_id.is_(None),
        Attachment.member_id == sa.bindparam("member"),
    )
    .order_by(Attachment.id)
)


def add(ticket: Ticket, member_id: int, *, name: str, key: str, content: bytes) -> Attachment:
    """A file that waits for what its sender is writing."""
    db.lock(Ticket, ticket.id)
    if len(pending(ticket.id, member_id)) >= PENDING_MAX:
        raise Refused(_("Attach at most %(count)s files to one text.", count=PENDING_MAX), "file")
    return _add(
        ticket.id,
        member_id,
        Upload(files.name_of(name), key, len(content), files.image_type(content)),
    )


def take(entry: TicketEntry, member_id: int | None, sent: Mapping[str, Upload]) -> None:
    """Files that were sent before their ticket was there become those of its first text, which
    showed pictures by these addresses.
    """
    if len(sent) > PENDING_MAX:
        raise Refused(_("Attach at most %(count)s files to one text.", count=PENDING_MAX), "file")
    if not sent:
        return
    db.session.flush()  # which gives the text its id
    used = db.session.scalar(
        sa.select(sa.exists().where(Attachment.key.in_([upload.key for upload in sent.values()])))
    )
    if used:
        raise Refused(_("This file is no longer there. Choose it again."), "file")
    moved = {}
    for address, upload in sent.items():
        made = _add(entry.ticket_id, member_id, upload, entry.id)
        moved[address] = f"{address.partition('/new/files/')[0]}/{entry.ticket_id}/files/{made.id}"
    entry.html = richtext.moved(entry.html, moved)


def add_to(entry: TicketEntry, upload: Upload) -> Attachment:
    """A stored file becomes one of what was written, which has its id already."""
    return _add(entry.ticket_id, None, upload, entry.id)


def _add(
    ticket_id: int, member_id: int | None, upload: Upload, entry_id: int | None = None
) -> Attachment:
    made = Attachment(
        ticket_id=ticket_id,
        entry_id=entry_id,
        member_id=member_id,
        name=upload.name,
        key=upload.key,
        size=upload.size,
        kind=upload.kind,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def take_back(ident: int, member_id: int) -> bool:
    """Removes a file that nothing was written for yet; False when it was sent meanwhile."""
    mine = (
        Attachment.id == ident,
        Attachment.entry_id.is_(None),
        Attachment.member_id == member_id,
    )
    return bool(db.changed(sa.delete(Attachment).where(*mine)))


def pending(ticket_id: int, member_id: int) -> Sequence[Attachment]:
    """What a member has sent and not written a text for yet."""
    return db.session.scalars(_PENDING, {"ident": ticket_id, "member": member_id}).all()


def attachment(ticket_id: int, ident: int, member_id: int) -> Attachment | None:
    """A file of this ticket; one that somebody else has only sent yet is not found."""
    row = db.session.get(Attachment, ident)
    if (
        row is None
        or row.ticket_id != ticket_id
        or (row.entry_id is None and row.member_id != member_id)
    ):
        return None
    return row


def for_mail(entry: TicketEntry, kept: Sequence[Attachment]) -> tuple[str, list[dict[str, str]]]:
    """An answer's HTML with its pictures by content id, and its files as the outbox takes them."""
    shown = {}
    files = []
    for row in kept:
        one = {"key": row.key, "name": row.name, "kind": row.kind}
        for source in richtext.sources(entry.html):
            if source.endswith(f"/files/{row.id}"):
                shown[source] = one["cid"] = f"file-{row.id}"
        files.append(one)
    return richtext.enclosed(entry.html, shown), files


def pictures(mail: TicketMail) -> dict[str, str]:
    """A mail's own pictures as `data:` addresses, by place: the first ones, up to SHOWN_MAX."""
    found: dict[str, str] = {}
    left = SHOWN_MAX
    rows = db.session.scalars(
        sa.select(Attachment).where(Attachment.id.in_(list(mail.pictures.values())))
    )
    by_id = {row.id: row for row in rows}
    for place, ident in mail.pictures.items():
        row = by_id.get(ident)
        if row is None or row.ticket_id != mail.ticket_id or row.size > left:
            continue
        path = storage.path(row.key)
        if path.exists():
            left -= row.size
            content = base64.b64encode(path.read_bytes()).decode()
            found[place] = f"data:{row.kind};base64,{content}"
    return found


def release(entry: TicketEntry) -> None:
    """The files of a text that is taken back wait for the next one of who sent them."""
    db.session.execute(
        sa.update(Attachment).where(Attachment.entry_id == entry.id).values(entry_id=None)
    )


def keep(entry: TicketEntry, waiting: Sequence[Attachment]) -> None:
    """A member's waiting files become those of what was written."""
    if waiting:
        db.session.flush()  # which gives the text its id
    for row in waiting:
        row.entry_id = entry.id
