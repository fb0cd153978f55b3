"""One map an enum."""

from occ.ars.rules.findings import Problem
from occ.ars.rules.hours import Days, HolidayKind
from occ.ars.rules.menu import Extra, KeyKind, Language
from occ.ars.rules.phone import AfterCall, AfterLogin, CallerIdState
from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label

CALLER_ID_STATES = {
    CallerIdState.CHECKING: Label(_("Checking"), "amber", "clock"),
    CallerIdState.REGISTERED: Label(_("Registered"), "green", "circle-check"),
    CallerIdState.REFUSED: Label(_("Refused"), "red", "ban"),
}
AFTER_LOGIN = {AfterLogin.READY: _("Ready"), AfterLogin.AWAY: _("Away")}
AFTER_CALL = {
    AfterCall.READY: _("Ready"),
    AfterCall.AWAY: _("Away"),
    AfterCall.WRAP_UP: _("Wrap-up, then ready"),
    AfterCall.ASK: _("Wrap-up that asks what comes next"),
}
LANGUAGES = {Language.KO: "한국어", Language.EN: "English", Language.JA: "日本語"}
KEY_KINDS = {
    KeyKind.QUEUE: _("Connect to agents"),
    KeyKind.ANNOUNCEMENT: _("Announcement only"),
    KeyKind.CALLBACK: _("Leave a callback"),
    KeyKind.LANGUAGE: _("Switch the language"),
}
EXTRAS = {
    Extra.CONNECTING: (_("Connecting"), _("Before a call waits for its agent.")),
    Extra.DELAYED: (_("Delayed connection"), _("While a call waits, again and again.")),
    Extra.CALLBACK_OFFER: (_("Callback offer"), _("Asks for key 1 to be called back.")),
    Extra.CALLBACK_RECEIVED: (_("Callback received"), _("After a callback was asked for.")),
    Extra.RECORDING: (_("Recording consent"), _("Before the connection, where you record calls.")),
    Extra.ABUSE: (_("Hang-up on abuse"), _("When an agent ends a call for abuse.")),
    Extra.GOODBYE: (_("Goodbye"), _("Ends calls that were not connected.")),
}
DAYS = {
    Days.WEEKDAYS: _("Weekdays"),
    Days.WEEKEND: _("Weekend"),
    Days.MON: _("Monday"),
    Days.TUE: _("Tuesday"),
    Days.WED: _("Wednesday"),
    Days.THU: _("Thursday"),
    Days.FRI: _("Friday"),
    Days.SAT: _("Saturday"),
    Days.SUN: _("Sunday"),
}
HOLIDAY_KINDS = {
    HolidayKind.COMPANY: _("Company"),
    HolidayKind.NATIONAL: _("National"),
    HolidayKind.TEMPORARY: _("Temporary"),
}
PROBLEMS = {  # what is wrong, and what the link to its place says
    Problem.SILENT_KEY: (_("Key %(key)s plays nothing"), _("Enter its announcement")),
    Problem.SILENT_EXTRA: (
        _("“%(extra)s” is empty, so callers hear silence"),
        _("Enter the announcement"),
    ),
    Problem.SILENT_START: (_("Callers hear nothing at the start"), _("Enter a greeting")),
    Problem.NO_CONSENT: (
        _("Calls are recorded, but callers are not told: “%(extra)s” is empty"),
        _("Enter the announcement"),
    ),
    Problem.KEY_NOWHERE: (_("Key %(key)s leads nowhere"), _("Choose where it leads")),
    Problem.QUEUE_EMPTY: (_("Nobody answers after key %(key)s"), _("Assign agents to “%(queue)s”")),
    Problem.NO_QUEUE: (_("There is no queue for calls"), _("Add a queue")),
    Problem.NEVER_OPEN: (_("Agents can never be reached"), _("Add hours")),
    Problem.NO_KEYS: (_("Without keys calls go straight to the first queue"), _("Add a key")),
    Problem.NO_GREETING: (_("There is no greeting"), _("Enter a greeting")),
    Problem.EXTRA_EMPTY: (_("“%(extra)s” is empty"), _("Enter the announcement")),
    Problem.NO_CALLBACKS: (
        _("Key %(key)s offers callbacks that its queue does not take"),
        _("Edit “%(queue)s”"),
    ),
    Problem.NOT_SPOKEN: (_("Texts missing in %(language)s: %(count)s"), _("Enter them")),
    Problem.NO_HOLIDAYS: (_("No public holidays for %(year)s"), _("Import holidays")),
}
