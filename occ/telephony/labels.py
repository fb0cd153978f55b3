"""One map an enum: how telephony's codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.telephony.models import Leg
from occ.telephony.rules.calls import AgentState as S
from occ.telephony.rules.calls import (
    CallOutcome,
    Counted,
    Direction,
    Hears,
    LegKind,
    LegOutcome,
    Phase,
    TicketOn,
)

STATES = {
    S.READY: Label(_("Ready"), "green", "headset"),
    S.TICKET: Label(_("Ticket work"), "pink", "ticket"),
    S.CHAT: Label(_("Chat work"), "pink", "messages"),
    S.TRAINING: Label(_("Training"), "pink", "school"),
    S.REPORTING: Label(_("Reporting"), "pink", "briefcase"),
    S.MEETING: Label(_("Meeting"), "pink", "briefcase"),
    S.COACHING: Label(_("Coaching"), "pink", "school"),
    S.REST: Label(_("Rest"), "gray", "coffee"),
    S.MEAL: Label(_("Meal"), "gray", "tools-kitchen-2"),
    S.AWAY: Label(_("Away"), "red", "user-off"),
    S.MISSED: Label(_("Away (missed call)"), "red", "user-off"),
    S.WRAP_UP: Label(_("Wrap-up"), "violet", "notes"),
    S.RINGING: Label(_("Ringing"), "amber", "bell-ringing"),
    S.TALKING: Label(_("Talking"), "blue", "phone-call"),
    S.HOLD: Label(_("Call on hold"), "amber", "player-pause"),
    S.CONSULT: Label(_("Consulting"), "teal", "phone-pause"),
    S.DIALING: Label(_("Dialing"), "teal", "phone-outgoing"),
}
LOGGED_OUT = Label(_("CTI login"), "gray", "plug-x")  # one's own: what a click does
AWAY_FROM_PHONE = Label(_("Not logged in to CTI"), "gray", "plug-x")
PHASES = {
    Phase.MENU: Label(_("In the voice menu"), "gray", "dialpad"),
    Phase.QUEUED: Label(_("In the queue"), "amber", "clock"),
    Phase.RINGING: Label(_("Ringing"), "amber", "bell-ringing"),
    Phase.TALKING: Label(_("Talking"), "blue", "phone-call"),
    Phase.HELD: Label(_("Call on hold"), "amber", "player-pause"),
    Phase.CONSULT_RINGING: Label(_("Consultation rings"), "teal", "phone-pause"),
    Phase.CONSULTING: Label(_("Consulting"), "teal", "phone-pause"),
    Phase.OUTSIDE: Label(_("Transferred outside"), "teal", "arrows-exchange"),
    Phase.DIALING: Label(_("Dialing"), "teal", "phone-outgoing"),
    Phase.CLOSING: Label(_("Closing announcement"), "gray", "phone-off"),
    Phase.ENDED: Label(_("Ended"), "gray", "phone-off"),
}
DIRECTIONS = {
    Direction.INBOUND: Label(_("Inbound"), "blue", "phone-incoming"),
    Direction.OUTBOUND: Label(_("Outbound"), "teal", "phone-outgoing"),
}
COUNTED = {
    Counted.OFFERED: _("Total inbound"),
    Counted.IN_MENU: _("Ended in the voice menu"),
    Counted.TRIED: _("Outbound, tried"),
    Counted.REACHED: _("Outbound, reached"),
    Counted.NOT_REACHED: _("Outbound, not reached"),
    Counted.QUEUED: _("Offered to queues"),
    Counted.ANSWERED: _("Answered"),
    Counted.WITHIN: _("Within service level"),
    Counted.NOT_ANSWERED: _("Offered, not answered"),
    Counted.ABANDONED: _("Abandoned"),
    Counted.EARLY: _("Abandoned within the accepted time"),
    Counted.CALLBACKS: _("Turned into callbacks"),
    Counted.TURNED_AWAY: _("Turned away while waiting"),
    Counted.LOST: _("Lost while waiting"),
    Counted.PASSED: _("Passed on inside"),
    Counted.RUNG: _("Rung at an agent"),
    Counted.MISSED: _("Missed by an agent"),
    Counted.NOT_TAKEN: _("Refused by the phone"),
    Counted.LOST_RINGING: _("Lost while ringing"),
    Counted.DIALED: _("Dialed or taken over by an agent"),
    Counted.NOT_THERE: _("Outbound by an agent, not reached"),
    Counted.WAS_ASKED: _("An agent was asked"),
    Counted.ASKED_INSIDE: _("An agent asked a colleague"),
    Counted.ASKED_OUTSIDE: _("An agent asked outside"),
    Counted.TAKEN_OVER: _("Taken over from a colleague"),
    Counted.PASSED_ON: _("Passed on by an agent"),
    Counted.PASSED_OUTSIDE: _("Passed on outside"),
}
OUTCOMES = {
    CallOutcome.COMPLETED: Label(_("Completed"), "green", "circle-check"),
    CallOutcome.ABANDONED: Label(_("Abandoned"), "red", "phone-x"),
    CallOutcome.ABUSE: Label(_("Ended for abuse"), "red", "ban"),
    CallOutcome.NO_QUEUE: Label(_("No queue to go to"), "gray", "phone-off"),
    CallOutcome.SUSPENDED: Label(_("Service was suspended"), "gray", "player-pause"),
    CallOutcome.MENU: Label(_("Ended in the voice menu"), "gray", "dialpad"),
    CallOutcome.CALLBACK: Label(_("Callback left"), "teal", "phone-incoming"),
    CallOutcome.BUSY: Label(_("Busy"), "amber", "phone-x"),
    CallOutcome.NO_ANSWER: Label(_("No answer"), "amber", "phone-x"),
    CallOutcome.FAILED: Label(_("Not reached"), "red", "phone-x"),
    CallOutcome.CANCELLED: Label(_("Cancelled"), "gray", "phone-off"),
    CallOutcome.INTERRUPTED: Label(_("Interrupted"), "red", "plug-x"),
}
LEGS = {
    LegOutcome.COMPLETED: _("Completed"),
    LegOutcome.TRANSFERRED: _("Transferred"),
    LegOutcome.CONNECTED: _("Connected with the customer"),
    LegOutcome.MISSED: _("Missed"),
    LegOutcome.UNREACHABLE: _("Phone not reachable"),
    LegOutcome.CANCELLED: _("Cancelled"),
    LegOutcome.CALLER_LEFT: _("The customer hung up"),
    LegOutcome.BUSY: _("Busy"),
    LegOutcome.NO_ANSWER: _("No answer"),
    LegOutcome.FAILED: _("Not reached"),
    LegOutcome.INTERRUPTED: _("Interrupted"),
}
# what of these a consultation is called where a colleague is asked
CONSULTS = {LegOutcome.COMPLETED: _("Consulted"), LegOutcome.BUSY: _("Declined")}
# how a consultation ended, by a colleague's name and by a number outside
LOST = {
    LegOutcome.COMPLETED: _("%(name)s left the consultation."),
    LegOutcome.NO_ANSWER: _("%(name)s did not answer."),
    LegOutcome.BUSY: _("%(name)s declined."),
    LegOutcome.FAILED: _("%(name)s could not be reached."),
}
LOST_OUTSIDE = {
    LegOutcome.COMPLETED: _("%(number)s hung up."),
    LegOutcome.NO_ANSWER: _("%(number)s did not answer."),
    LegOutcome.BUSY: _("%(number)s is busy."),
    LegOutcome.FAILED: _("%(number)s could not be reached."),
}
HEARS = {
    Hears.RINGBACK: _("It rings."),
    Hears.MUSIC: _("Waiting music plays."),
    Hears.AGENT: _("An agent talks."),
    Hears.OUTSIDE: _("The other party is talking."),
    Hears.NOTHING: _("The line is dead."),
}
TICKET_ON = {TicketOn.DIALING: _("On dialing"), TicketOn.CONNECTION: _("On connection")}


def ended(leg: Leg) -> str:
    """What came of an agent's part of a call that is over."""
    asks = leg.kind is LegKind.CONSULT and leg.member_id is not None
    named = {**LEGS, **CONSULTS} if asks else LEGS
    return str(named[leg.outcome or LegOutcome.FAILED])
