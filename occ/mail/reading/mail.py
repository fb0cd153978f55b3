"""A mail as a value: who wrote what to whom, what it answers, and its files."""

from datetime import datetime

from occ.mail.reading import automatic, contents, headers, mime, words
from occ.mail.reading.letter import Automatic, Defect, Letter, Person

_FORWARDED = ("delivered-to", "x-original-to", "x-envelope-to", "envelope-to", "x-delivered-to")


def read(raw: bytes, *, received_at: datetime) -> Letter:
    """What the mail says (MAIL-1). Raises nothing, whatever the bytes are.

    `received_at`, aware, is when the mail arrived: a time of its own that is later is none.
    """
    tree = mime.parsed(raw)
    found, defects = tree.root.headers, tree.defects
    senders = headers.people(found.get("from", []))
    addressed = [one for one in senders if one.address]
    sender = (addressed or senders or [Person("", "")])[0]
    if not sender.address:
        defects.append(Defect.SENDER)
    if len(addressed) > 1:
        defects.append(Defect.SENDERS)
    sent_at = headers.instant(tree.root.first("date"), received_at)
    if sent_at is None:
        defects.append(Defect.DATE)
    message_id = headers.message_id(tree.root.first("message-id"))
    if not message_id:
        defects.append(Defect.MESSAGE_ID)
    subject = headers.subject(tree.root.first("subject"))
    said = contents.read(tree)
    kind = automatic.kind(tree, subject, words.read(tree.root.first("from")))
    reports = kind in (Automatic.BOUNCE, Automatic.RECEIPT)
    whole = f"{said.text}\n{said.quoted}"
    return Letter(
        message_id=message_id,
        in_reply_to=tuple(headers.ids(found.get("in-reply-to", []))),
        references=tuple(headers.ids(found.get("references", []))),
        subject=subject,
        sender=sender,
        also_from=tuple(one for one in addressed if one.address != sender.address),
        reply_to=_addressed(found, "reply-to"),
        to=_addressed(found, "to"),
        cc=_addressed(found, "cc"),
        delivered_to=tuple(
            dict.fromkeys(one.address for name in _FORWARDED for one in _addressed(found, name))
        ),
        sent_at=sent_at,
        text=said.text,
        quoted=said.quoted,
        html=said.html,
        quoted_html=said.quoted_html,
        files=tuple(said.files),
        automatic=kind,
        bounced=tuple(automatic.bounced(tree, whole) if kind is Automatic.BOUNCE else ()),
        returned=automatic.returned(tree) if reports else "",
        defects=tuple(dict.fromkeys(defects)),
    )


def _addressed(found: mime.Headers, name: str) -> tuple[Person, ...]:
    return tuple(one for one in headers.people(found.get(name, [])) if one.address)
