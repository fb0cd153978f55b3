"""The spam rule at work (HC-5): what is taken, held back, let in and destroyed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock, crypto, kept, uploads
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.mail import service as mails
from occ.mail.models import ReceivedMail
from occ.mail.rules import folded_address
from occ.organization.models import Service
from occ.screening import queries, rules
from occ.screening.events import InquiryLetIn
from occ.screening.models import FiledInquiry, HeldInquiry, SpamBlock, SpamRule
from occ.screening.rules import Channel, Source, Verdict

# what comes in


def screen(service: Service, source: Source, *, counted: bool = True) -> Verdict:
    """Whether an inquiry is taken now, inside the transaction that makes a ticket of it; one that
    is counts. Of several at once as many come through as the rule says.

    Where it is not, the caller keeps it by `hold`, or refuses it (an API: code 1002). What is not
    `counted` is looked at for blocks alone.
    """
    rule = queries.rule(service)
    reason = rules.blocked(source, rule)
    if reason is not None or not counted or not rule.most:
        return Verdict(reason)
    now, marks = clock.now(), sorted(queries.mark(name) for name in rules.names_of(source))
    for mark in marks:
        db.lock_name(f"screening/{service.id}/{mark}")
    if rules.is_over(queries.filed(service.id, marks, now - rule.within), rule):
        return Verdict(rules.Reason.LIMIT)
    until = now + rule.within
    db.insert_all(
        FiledInquiry,
        [{"service_id": service.id, "mark": mark, "at": now, "until": until} for mark in marks],
    )
    return Verdict()


@dataclass(frozen=True)
class Held:
    """An inquiry that was held back. `title`, `name` and `text` are what a manager sees of it;
    `values` is whatever its channel needs to make a ticket of it, as JSON can hold it.
    """

    title: str = ""
    name: str = ""
    text: str = ""
    ip: str = ""
    email: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Upload] = ()


def _dumped(held: Held) -> str:
    return crypto.ring().encrypt(
        json.dumps({**asdict(held), "files": [asdict(one) for one in held.files]})
    )


def opened(row: HeldInquiry) -> Held:
    """What was held back."""
    said = json.loads(crypto.ring().decrypt(row.sealed))
    return Held(**{**said, "files": [Upload(**one) for one in said["files"]]})


def hold(
    service: Service,
    source: Source,
    verdict: Verdict,
    *,
    title: str,
    name: str = "",
    text: str = "",
    values: Mapping[str, Any] | None = None,
    files: Sequence[Upload] = (),
    mail: ReceivedMail | None = None,
) -> HeldInquiry:
    """Keeps an inquiry that is not taken, whole and sealed, for thirty days."""
    if verdict.reason is None:
        raise ValueError("this inquiry is taken")
    held = Held(
        title=title[: rules.TITLE_MAX],
        name=name[: rules.NAME_MAX],
        text=text[: rules.TEXT_MAX],
        ip=source.ip,
        email=source.email,
        values=values or {},
        files=files,
    )
    email = folded_address(source.email)
    row = HeldInquiry(
        service_id=service.id,
        channel=source.channel,
        reason=verdict.reason,
        at=clock.now(),
        sealed=_dumped(held),
        file_keys=[one.key for one in files],
        email_mark=queries.mark(f"email/{email}") if email else "",
        customer_id=source.customer_id,
        mail_id=mail.id if mail is not None else None,
    )
    db.session.add(row)
    db.session.flush()
    return row


# what a manager does with it


def _still_held(row: HeldInquiry) -> HeldInquiry:
    found: HeldInquiry | None = db.lock(HeldInquiry, db.key_of(row))
    if found is None:
        raise Conflict(_("Somebody has dealt with this inquiry already."))
    return found


def let_in(row: HeldInquiry, service: Service) -> str:
    """Lets an inquiry go on as if it came now: it becomes a ticket once, whoever else clicks.

    Returns what it became, as `ticket/5`; '' for a mail, which is read once more by itself.
    """
    row = _still_held(row)
    if row.channel is Channel.MAIL:
        mails.let_in(db.session.get_one(ReceivedMail, row.mail_id))
        db.session.delete(row)
        return ""
    held = opened(row)
    source = Source(row.channel, ip=held.ip, email=held.email, customer_id=row.customer_id)
    event = InquiryLetIn(service, row.channel, source, held.values, held.files)
    emit(event)
    if not event.about:
        raise Refused(_("This inquiry cannot become a ticket here any more."))
    db.session.delete(row)
    db.session.flush()
    return event.about


def drop(row: HeldInquiry) -> None:
    """Destroys an inquiry that was held back, with its files."""
    _forget(_still_held(row))


def _forget(row: HeldInquiry) -> None:
    uploads.forget(row.file_keys)
    if row.mail_id is not None:
        mails.drop_held(db.session.get_one(ReceivedMail, row.mail_id))
    db.session.delete(row)
    db.session.flush()


def forget(idents: Sequence[int]) -> int:
    """Destroys what was held back; how many went."""
    count = 0
    for ident in idents:
        row: HeldInquiry | None = db.lock(HeldInquiry, ident)
        if row is not None:
            _forget(row)
            count += 1
    return count


def forget_marks(now: datetime, limit: int) -> int:
    """Removes what counts no more; how many rows went."""
    return db.remove(FiledInquiry, FiledInquiry.until <= now, limit=limit)


# the rule


def save_rule(service: Service, *, on: bool, most: int, minutes: int, version: int) -> None:
    """How many inquiries one source may file in how many minutes."""
    db.hold(Service, service.id)
    row = db.session.get(SpamRule, service.id, populate_existing=True)
    if row is None:
        row = SpamRule(service_id=service.id)
        db.session.add(row)
    else:
        check_version(row, version)
    row.on, row.most, row.minutes = on, most, minutes
    db.session.flush()
    kept.changed(service.id)


def add_block(service: Service, text: str) -> SpamBlock:
    """Holds back what comes from an address, a range, a sender or a domain from now on."""
    kind, value = rules.check_block(text)
    db.hold(Service, service.id)
    known = queries.blocks(service.id)
    if any(one.value == value for one in known):
        raise Refused(_("“%(name)s” is there already.", name=value), "value")
    if len(known) >= rules.BLOCKS_MAX:
        raise Refused(
            _("There are %(most)s already. Remove one first.", most=rules.BLOCKS_MAX), "value"
        )
    row = SpamBlock(service_id=service.id, kind=kind, value=value, created_at=clock.now())
    db.session.add(row)
    db.session.flush()
    kept.changed(service.id)
    return row


def remove_block(row: SpamBlock) -> None:
    """Takes in again what comes from there; what was held back stays so."""
    db.session.execute(sa.delete(SpamBlock).where(SpamBlock.id == row.id))
    kept.changed(row.service_id)
