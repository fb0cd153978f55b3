"""One map an enum: how mail's codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.mail.providers import Needs
from occ.mail.rules import AccountKind, LayoutKind, MailState, Reason, Security, SignIn, Trouble

KINDS = {
    AccountKind.REPRESENTATIVE: Label(_("Representative address"), "blue", "mail"),
    AccountKind.EXTERNAL: Label(_("Mailbox elsewhere (IMAP)"), "gray", "inbox"),
}
SECURITIES = {
    Security.TLS: _("TLS from the beginning"),
    Security.STARTTLS: _("STARTTLS"),
}
SIGN_INS = {
    SignIn.PASSWORD: _("Password or app password"),
    SignIn.OAUTH: _("OAuth 2 (Gmail, Microsoft 365)"),
}
STATES = {
    MailState.WAITING: Label(_("Waits to be read"), "amber", "clock"),
    MailState.READ: Label(_("Read"), "green", "circle-check"),
    MailState.QUARANTINED: Label(_("In quarantine"), "red", "alert-octagon"),
    MailState.DROPPED: Label(_("Put aside for good"), "gray", "ban"),
    MailState.HELD: Label(_("Held back"), "amber", "filter"),
}
REASONS = {
    Reason.FAULT: _("Something failed while a ticket was made of it."),
    Reason.KILLED: _("Work on it ended in the middle, ten times in a row."),
    Reason.UNREADABLE: _("It could not be read within its time and memory."),
    Reason.TOO_LARGE: _("It is larger than 40 MB."),
    Reason.GONE: _("Its original is no longer stored."),
}
TROUBLES = {
    Trouble.NO_HOST: Label(_("No mail server has this name."), "red", "alert-octagon"),
    Trouble.NO_ANSWER: Label(_("The mail server does not answer."), "red", "alert-octagon"),
    Trouble.BLOCKED: Label(
        _("This mail server is in an internal network and is not called."), "red", "alert-octagon"
    ),
    Trouble.CERTIFICATE: Label(
        _("The certificate of the mail server does not fit or is not trusted."),
        "red",
        "alert-octagon",
    ),
    Trouble.NO_TLS: Label(
        _("The mail server does not offer STARTTLS. Nothing was sent."), "red", "alert-octagon"
    ),
    Trouble.REFUSED: Label(
        _("The mail server refuses this user and password."), "red", "alert-octagon"
    ),
    Trouble.NO_SIGN_IN: Label(
        _("The mail server does not support this way of signing in."), "red", "alert-octagon"
    ),
    Trouble.TOKEN: Label(_("The token server gives no access token."), "red", "alert-octagon"),
    Trouble.PROTOCOL: Label(
        _("What answers there is not an IMAP server. Check port and encryption."),
        "red",
        "alert-octagon",
    ),
    Trouble.NO_INBOX: Label(_("This user has no inbox."), "red", "alert-octagon"),
    Trouble.CUT: Label(_("The mail server cut the connection."), "red", "alert-octagon"),
    Trouble.DISK_FULL: Label(
        _("The server's disk is full: mail waits in the mailbox."), "red", "alert-octagon"
    ),
    Trouble.FAULT: Label(
        _("Something failed here; the log of the console says what."), "red", "alert-octagon"
    ),
}
LAYOUTS = {
    LayoutKind.RESOLVED: Label(_("Resolved tickets"), icon="circle-check"),
    LayoutKind.HOLD: Label(_("Tickets on hold"), icon="player-pause"),
    LayoutKind.MANUAL: Label(_("Tickets made by hand"), icon="pencil"),
}
# when each layout is used
USES = {
    LayoutKind.RESOLVED: _("The answer by which a ticket is resolved."),
    LayoutKind.HOLD: _("The answer by which a ticket is put on hold."),
    LayoutKind.MANUAL: _("Answers on tickets that an agent made, resolved or on hold."),
}

# what has to be done at a provider, which `name` is
NEEDS = {
    Needs.APP_PASSWORD: _(
        "%(name)s needs an app password, which two-step verification there makes, and IMAP "
        "switched on in the settings of the mailbox; not the password one signs in with."
    ),
    Needs.APP_PASSWORD_OR_TOKEN: _(
        "%(name)s needs an app password, which two-step verification there makes, or OAuth 2;"
        " not the password one signs in with."
    ),
    Needs.TOKEN: _(
        "%(name)s takes no password from other programs: register an application there and "
        "sign in by OAuth 2."
    ),
    Needs.SWITCHED_ON: _(
        "%(name)s has to allow other programs first, in the settings of the mailbox. Where it"
        " offers a password for them, enter that one."
    ),
}
