from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.notifications.rules import Notice

NOTICES = {
    Notice.AGENT_ADDED: Label(_("%(by)s added you to “%(service)s”."), "blue", "headset"),
    Notice.AGENT_REMOVED: Label(_("%(by)s removed you from “%(service)s”."), "gray", "user-off"),
    Notice.ORG_ADMIN_ADDED: Label(_("%(by)s made you an organization admin."), "blue", "user-star"),
    Notice.ORG_ADMIN_REMOVED: Label(
        _("%(by)s removed your organization-admin right."), "gray", "user-off"
    ),
    Notice.CALLBACK_ASKED: Label(
        _("“%(service)s”: a customer asks to be called back (%(queue)s)."),
        "amber",
        "phone-incoming",
    ),
    Notice.CALLBACKS_ASSIGNED: Label(
        _("%(by)s assigned you callbacks in “%(service)s”: %(count)s"), "blue", "phone-incoming"
    ),
    Notice.HANDOVER_ANSWERED: Label(
        _("“%(from)s” answered your hand-over of ticket %(number)s."), "blue", "message-2"
    ),
    Notice.TICKET_ASSIGNED: Label(
        _("%(by)s assigned you ticket %(number)s in “%(service)s”."), "blue", "ticket"
    ),
    Notice.TEXT_NOT_SENT: Label(
        _("“%(service)s”: a text message of yours was not sent. Its details say why."),
        "red",
        "message-2",
    ),
    Notice.TEXT_UNCLEAR: Label(
        _("“%(service)s”: whether a text message of yours was sent is unclear."),
        "amber",
        "message-2",
    ),
    Notice.TICKET_REPLIED: Label(
        _("The customer answered ticket %(number)s in “%(service)s”."), "blue", "mail"
    ),
    Notice.TICKET_UNDELIVERED: Label(
        _("A mail of ticket %(number)s in “%(service)s” did not arrive."), "red", "mail-x"
    ),
    Notice.EXPORT_READY: Label(
        _("Your Excel file is ready: %(name)s"), "green", "file-spreadsheet"
    ),
    Notice.EXPORT_FAILED: Label(
        _("Your Excel file could not be made: %(name)s"), "red", "file-spreadsheet"
    ),
    Notice.BULK_DONE: Label(
        _("“%(service)s”: your change of many tickets has ended."), "green", "checks"
    ),
    Notice.BULK_FAILED: Label(
        _("“%(service)s”: your change of many tickets stopped on the way."), "red", "alert-octagon"
    ),
    Notice.MAIL_FAILS: Label(
        _("“%(service)s”: the mailbox “%(account)s” cannot be read."), "red", "alert-octagon"
    ),
    Notice.MAIL_SILENT: Label(
        _("“%(service)s”: no mail has come to “%(account)s” for a long time."), "amber", "clock"
    ),
    Notice.MIGRATION_CHECKED: Label(
        _("“%(service)s”: the file “%(name)s” is checked."), "blue", "database-import"
    ),
    Notice.MIGRATION_DONE: Label(
        _("“%(service)s”: the inquiries of “%(name)s” are tickets."), "green", "database-import"
    ),
    Notice.MIGRATION_STOPPED: Label(
        _("“%(service)s”: bringing in “%(name)s” stopped on the way."), "red", "alert-octagon"
    ),
    Notice.SERVICE_ACTIVE: Label(_("“%(service)s” is active."), "green", "circle-check"),
    Notice.SERVICE_SUSPENDED: Label(_("“%(service)s” was suspended."), "red", "player-pause"),
    Notice.SERVICE_TERMINATED: Label(_("“%(service)s” was terminated."), "gray", "ban"),
}
