"""Writes of mail. Every function but `check` runs inside the caller's write transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from occ.core import clock, jobs, storage, uploads
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.core.settings import configured
from occ.mail import imap, labels, oauth, queries, rules, writes
from occ.mail.events import AccountRemoved
from occ.mail.models import MailAccount, ReceivedMail
from occ.mail.rules import AccountKind, AccountTerms, Failed, Mailbox, MailState, SignIn, Trouble
from occ.mail.secrets import sealed, secret_of
from occ.organization.models import Service

# which field of a form a trouble belongs to
FIELDS = {
    Trouble.NO_HOST: "host",
    Trouble.NO_ANSWER: "host",
    Trouble.BLOCKED: "host",
    Trouble.CERTIFICATE: "host",
    Trouble.NO_TLS: "security",
    Trouble.PROTOCOL: "port",
    Trouble.CUT: "port",
    Trouble.REFUSED: "password",
    Trouble.NO_SIGN_IN: "sign_in",
    Trouble.TOKEN: "refresh_token",
    Trouble.NO_INBOX: "user",
}


def check_terms(terms: AccountTerms) -> AccountTerms:
    """What was chosen, as it is kept. Raises Refused beside a field."""
    name, sender = terms.name.strip(), terms.sender_name.strip()
    if not 0 < len(name) <= rules.NAME_MAX:
        raise Refused(_("Enter a name of at most 20 letters."), "name")
    if len(sender) > rules.SENDER_MAX or not sender.isprintable():
        raise Refused(_("The sender name may have at most 45 letters."), "sender_name")
    address = rules.check_address(terms.address)
    domain = configured().mail_domain
    if domain and address.rpartition("@")[2] == domain:
        raise Refused(
            _("Mail to this domain is received by the console itself: it needs no account here."),
            "address",
        )
    host = rules.check_host(terms.host)
    if not 1 <= terms.port <= 65_535:
        raise Refused(_("Enter a port from 1 to 65535."), "port")
    user = terms.user.strip() or address
    if len(user) > rules.USER_MAX or not user.isprintable():
        raise Refused(_("The user name may have at most 254 letters."), "user")
    if terms.secret is not None:
        rules.check_secret(terms.sign_in, terms.secret)
    _check_silence(terms.silence_hours)
    return replace(terms, name=name, sender_name=sender, address=address, host=host, user=user)


def check(terms: AccountTerms, account: MailAccount | None = None) -> rules.Found:
    """Signs in at a mailbox before it is saved, outside of any transaction; with `account` its
    stored secret stands in for one that was left out.

    What is saved afterwards has the secret that this returns. Raises Refused beside the field that
    has to be changed.
    """
    chosen = check_terms(terms)
    secret = chosen.secret
    if account is not None:
        _refuse_elsewhere(account, chosen)
    if secret is None and account is not None and account.sign_in is chosen.sign_in:
        secret = secret_of(account)
    if secret is None:
        raise Refused(_("Enter the password."), "password")
    try:
        credential = secret.password
        if chosen.sign_in is SignIn.OAUTH and chosen.secret is None and account is not None:
            ident = db.key_of(account)
            credential = oauth.access_of(ident)
            secret = secret_of(db.session.get_one(MailAccount, ident, populate_existing=True))
        elif chosen.sign_in is SignIn.OAUTH:
            granted = oauth.ask(secret)
            credential = granted.access
            secret = replace(secret, refresh_token=granted.refresh_token)
        return replace(_look(chosen, credential), secret=secret)
    except Failed as failed:
        words = str(labels.TROUBLES[failed.trouble].text)
        if failed.words:
            words = _("%(trouble)s It says: %(words)s", trouble=words, words=failed.words)
        raise Refused(words, FIELDS.get(failed.trouble)) from failed


def _refuse_elsewhere(account: MailAccount, chosen: AccountTerms) -> None:
    """A stored secret goes to the server that it was entered for alone: whoever could name another
    one would read it there.
    """
    if chosen.secret is None and chosen.host != account.host:
        field = "password" if chosen.sign_in is SignIn.PASSWORD else "refresh_token"
        raise Refused(_("Enter this again: what is stored was for another server."), field)


def _look(chosen: AccountTerms, credential: str) -> rules.Found:
    box = Mailbox(
        host=chosen.host,
        port=chosen.port,
        security=chosen.security,
        user=chosen.user,
        sign_in=chosen.sign_in,
        credential=credential,
    )
    db.session.rollback()  # what was read is over before somebody else's server takes its time
    dialogue = imap.connect(box)
    try:
        return rules.Found(dialogue.inbox.mails, dialogue.idles, dialogue.deletes, rules.Secret())
    finally:
        dialogue.close()


def _refuse_twice(service: Service, address: str, own: int | None) -> None:
    taken = sa.select(MailAccount.id).where(
        MailAccount.service_id == service.id,
        MailAccount.folded == rules.folded_address(address),
    )
    found = db.session.scalar(taken)
    if found is not None and found != own:
        raise Refused(_("This service has an account with this address already."), "address")


def add(service: Service, terms: AccountTerms) -> MailAccount:
    """An external account that was checked; it begins with the next mail that comes."""
    db.lock(Service, service.id)
    chosen = check_terms(terms)
    if chosen.secret is None:
        raise Refused(_("Enter the password."), "password")
    _refuse_twice(service, chosen.address, None)
    row = MailAccount(
        service_id=service.id,
        kind=AccountKind.EXTERNAL,
        on=True,
        last_uid=0,
        first_uid=0,
        created_at=clock.now(),
    )
    _write(row, chosen)
    db.session.add(row)
    db.session.flush()
    jobs.wake_later()
    return row


def _write(row: MailAccount, chosen: AccountTerms) -> None:
    row.name, row.address = chosen.name, chosen.address
    row.folded = rules.folded_address(chosen.address)
    row.host, row.port, row.security = chosen.host, chosen.port, chosen.security
    row.user, row.sign_in = chosen.user, chosen.sign_in
    row.keep_original, row.sender_name = chosen.keep_original, chosen.sender_name
    row.silence_hours = chosen.silence_hours
    if chosen.secret is not None:
        row.sealed, row.sealed_at = sealed(chosen.secret), clock.now()
        row.access, row.access_until = "", None


def change(account: MailAccount, terms: AccountTerms, *, version: int) -> None:
    """Changes an external account. Another host or user is another mailbox: it begins with the
    next mail that comes there.
    """
    row = _locked(account, version)
    if row.kind is not AccountKind.EXTERNAL:
        raise Refused(_("The representative address never changes."), "address")
    chosen = check_terms(terms)
    if chosen.secret is None and chosen.sign_in is not row.sign_in:
        raise Refused(_("Enter what signs in this way."), "password")
    _refuse_elsewhere(row, chosen)
    _refuse_twice(db.session.get_one(Service, row.service_id), chosen.address, row.id)
    if (chosen.host, chosen.user) != (row.host, row.user):
        row.uidvalidity, row.last_uid, row.first_uid, row.older_since = None, 0, 0, None
    _write(row, chosen)
    _forget_trouble(row)
    jobs.wake_later()


def change_representative(
    account: MailAccount, *, sender_name: str, silence_hours: int | None, version: int
) -> None:
    """What people may choose of the address that the console receives itself."""
    row = _locked(account, version)
    sender = sender_name.strip()
    if len(sender) > rules.SENDER_MAX or not sender.isprintable():
        raise Refused(_("The sender name may have at most 45 letters."), "sender_name")
    _check_silence(silence_hours)
    row.sender_name, row.silence_hours = sender, silence_hours


def set_silence(account: MailAccount, hours: int | None, *, version: int) -> None:
    """After how many hours without a mail managers are told; None: never."""
    row = _locked(account, version)
    _check_silence(hours)
    row.silence_hours = hours


def _check_silence(hours: int | None) -> None:
    if hours is not None and not 1 <= hours <= rules.SILENCE_MAX:
        raise Refused(_("Enter 1 to 744 hours, or nothing."), "silence_hours")


def _locked(account: MailAccount, version: int) -> MailAccount:
    row: MailAccount | None = db.lock(MailAccount, db.key_of(account))
    if row is None:
        raise Conflict(_("Somebody removed this account."))
    check_version(row, version)
    return row


def _forget_trouble(row: MailAccount) -> None:
    row.trouble, row.trouble_words, row.failing_since = None, "", None
    row.told_failing_at = row.told_silent_at = None


def switch(account: MailAccount, on: bool, *, version: int) -> None:
    """On or off. Mail that comes while an external account is off is fetched once it is on again;
    the representative address refuses mail while it is off.
    """
    row = _locked(account, version)
    row.on = on
    _forget_trouble(row)
    jobs.wake_later()


def remove(account: MailAccount, *, version: int) -> None:
    """Removes an external account with its secret. Mails that came by it stay."""
    row = _locked(account, version)
    if row.kind is not AccountKind.EXTERNAL:
        raise Refused(_("The representative account cannot be removed. Switch it off."))
    emit(AccountRemoved(row))
    db.session.execute(
        sa.update(ReceivedMail).where(ReceivedMail.account_id == row.id).values(account_id=None)
    )
    db.session.delete(row)
    jobs.wake_later()


def representative(service: Service) -> MailAccount:
    """The account of a service's own address, made when it is first asked for."""
    found = queries.representative(service.id)
    if found is not None:
        return found
    made = MailAccount(
        service_id=service.id,
        kind=AccountKind.REPRESENTATIVE,
        name=service.slug[: rules.NAME_MAX],
        address=service.slug,
        folded=rules.folded_address(service.slug),
        on=True,
        last_uid=0,
        first_uid=0,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def fetch_older(account: MailAccount, days: int) -> None:
    """Asks for the mail of so many days from before the account was added; it becomes tickets
    without triggers and mails.
    """
    if not 1 <= days <= rules.OLDER_MAX:
        raise Refused(_("Enter 1 to 365 days."), "days")
    row: MailAccount | None = db.lock(MailAccount, db.key_of(account))
    if row is None:
        raise Conflict(_("Somebody removed this account."))
    if row.kind is not AccountKind.EXTERNAL or not row.on:
        raise Refused(_("Switch the account on first."))
    row.older_since = (clock.now() - timedelta(days=days)).date()
    jobs.wake_later()


def _quarantined(mail: ReceivedMail) -> ReceivedMail:
    row: ReceivedMail | None = db.lock(ReceivedMail, db.key_of(mail))
    if row is None or row.state is not MailState.QUARANTINED:
        raise Conflict(_("Somebody has dealt with this mail already."))
    return row


def try_again(mail: ReceivedMail) -> None:
    """Lets a mail that was put aside be read once more."""
    row = _quarantined(mail)
    if row.key is None:
        raise Refused(_("The original of this mail is no longer stored."))
    row.state, row.attempts = MailState.WAITING, 0
    writes.read_soon()


def _held(mail: ReceivedMail) -> ReceivedMail:
    row: ReceivedMail | None = db.lock(ReceivedMail, db.key_of(mail))
    if row is None or row.state is not MailState.HELD:
        raise Conflict(_("Somebody has dealt with this mail already."))
    return row


def let_in(mail: ReceivedMail) -> None:
    """Lets a mail that was held back be read as if it came now (HC-5)."""
    row = _held(mail)
    if row.key is None:
        raise Refused(_("The original of this mail is no longer stored."))
    row.state, row.attempts, row.let_in = MailState.WAITING, 0, True
    writes.read_soon()


def drop_held(mail: ReceivedMail) -> None:
    """Puts a mail that was held back aside for good; its original goes."""
    row = _held(mail)
    row.state = MailState.DROPPED
    _forget_original(row)


def drop(mail: ReceivedMail) -> None:
    """Puts a mail aside for good; its original goes."""
    row = _quarantined(mail)
    row.state = MailState.DROPPED
    _forget_original(row)


def _forget_original(row: ReceivedMail) -> None:
    uploads.forget([row.key])
    row.key, row.subject, row.detail = None, "", ""


def forget(mail_ids: Iterable[int]) -> int:
    """Destroys the originals of mails, and who sent them (FLD-4). Returns how many went."""
    count = 0
    for ident in mail_ids:
        row: ReceivedMail | None = db.lock(ReceivedMail, ident)
        if row is not None and (row.key is not None or row.sender):
            _forget_original(row)
            row.sender = row.recipient = ""
            count += 1
    return count


def forget_of(abouts: Sequence[str]) -> int:
    """Destroys the originals of the mails that became these things, as `ticket/5`, whoever sent
    them. Returns how many went.
    """
    found = sa.select(ReceivedMail.id).where(ReceivedMail.about.in_(abouts))
    return forget(db.session.scalars(found.order_by(ReceivedMail.id)).all())


def original(mail: ReceivedMail) -> bytes | None:
    """The mail as it came; None where its original is gone."""
    if mail.key is None:
        return None
    path = storage.path(mail.key)
    return path.read_bytes() if path.exists() else None
