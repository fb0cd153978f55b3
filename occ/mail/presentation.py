"""What the pages of mail accounts show of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from occ.core.i18n import gettext
from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.core.settings import configured
from occ.mail import labels, queries
from occ.mail.models import MailAccount
from occ.mail.queries import Health
from occ.mail.rules import AccountKind, Reason, Trouble

LATE = timedelta(minutes=15)  # without a look at a mailbox that is on
OFF = Label(_("Off"), "gray", "player-pause")
NOT_RECEIVED = Label(_("Not received"), "amber", "alert-triangle")
FIRST = Label(_("Before the first look"), "amber", "clock")
FAILING = Label(_("Failing"), "red", "alert-octagon")
BEHIND = Label(_("Late"), "amber", "clock")
IN_ORDER = Label(_("In order"), "green", "check")
SWITCHED_OFF = _("Mail stays in the mailbox.")
REFUSES = _("Mail to it is refused.")
NOT_SET_UP = _("The operator of the server has not set up the receiving of mail.")
BEHIND_ADVICE = _("If it stays so, tell the operator: the process for timed work may be away.")
ADVICE = {
    Trouble.NO_HOST: _("Correct the name of the mail server."),
    Trouble.NO_ANSWER: _("It is tried again. Check server and port if it stays so."),
    Trouble.BLOCKED: _("Take a server outside, or ask the operator to allow internal ones."),
    Trouble.CERTIFICATE: _("Take the name that its certificate has, or have it renewed."),
    Trouble.NO_TLS: _("Choose TLS from the beginning and port 993."),
    Trouble.REFUSED: _("Enter a new app password."),
    Trouble.NO_SIGN_IN: _("Choose the other way of signing in."),
    Trouble.TOKEN: _("Enter a new refresh token."),
    Trouble.PROTOCOL: _("Check server, port and encryption."),
    Trouble.NO_INBOX: _("Check the user name."),
    Trouble.CUT: _("It is tried again. Check server and port if it stays so."),
    Trouble.DISK_FULL: _("Tell the operator to make room."),
    Trouble.FAULT: _("Tell the operator to look into the log."),
}
# what is to be done about a mail in quarantine
REMEDIES = {
    Reason.FAULT: _("Try again; if it stays so, download it and tell the operator."),
    Reason.KILLED: _("Try again; if it stays so, download it and tell the operator."),
    Reason.UNREADABLE: _("Download it and make a ticket by hand."),
    Reason.TOO_LARGE: _("Download it and make a ticket by hand."),
    Reason.GONE: _("Look for it in the mailbox, then drop it here."),
}


@dataclass(frozen=True)
class Shown:
    """One account as it is listed; `words` say why it is not in order, `advice` what to do about
    it, `said` is what the server says itself.
    """

    account: MailAccount
    address: str
    state: Label
    words: str = ""
    advice: str = ""
    said: str = ""
    since: datetime | None = None
    waiting: int = 0
    quarantined: int = 0
    oldest: datetime | None = None

    @property
    def is_external(self) -> bool:
        return self.account.kind is AccountKind.EXTERNAL

    @property
    def name(self) -> str:
        return self.account.name if self.is_external else gettext("Representative account")


def is_received() -> bool:
    """Whether the operator has the console receive mail itself (OCC_MAIL_DOMAIN,
    OCC_MAIL_LISTEN).
    """
    return bool(configured().mail_domain and configured().mail_listen)


def shown(health: Sequence[Health], now: datetime) -> list[Shown]:
    """Accounts with how they do, in the order of the list."""
    return [_shown(one, now) for one in health]


def _shown(one: Health, now: datetime) -> Shown:
    account, state, words, advice, said = one.account, IN_ORDER, "", "", ""
    since = account.failing_since
    is_external = account.kind is AccountKind.EXTERNAL
    if not is_external and not is_received():
        state, words = NOT_RECEIVED, str(NOT_SET_UP)
    elif not account.on:
        state, words = OFF, str(SWITCHED_OFF if is_external else REFUSES)
    elif account.trouble is not None:
        state, words = FAILING, str(labels.TROUBLES[account.trouble].text)
        advice, said = str(ADVICE[account.trouble]), account.trouble_words
    elif is_external and account.looked_at is None:
        state = FIRST
    elif is_external and account.looked_at and now - account.looked_at > LATE:
        state, since, advice = BEHIND, account.looked_at, str(BEHIND_ADVICE)
    return Shown(
        account,
        queries.address_of(account),
        state,
        words,
        advice,
        said,
        since,
        one.waiting,
        one.quarantined,
        one.lag,
    )
