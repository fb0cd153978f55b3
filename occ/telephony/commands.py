"""What people ask of telephony, decided by the process that owns it (CTI-4):
command row in, facts and orders out.
"""

from typing import assert_never

from occ.ars import queries as ars
from occ.ars.rules.phone import AfterLogin
from occ.audit import service as audit
from occ.audit.rules import LoginChannel, LoginResult, SessionEnd
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.identity import queries as identity
from occ.identity.models import Agent, Member
from occ.identity.rules import AgentRole
from occ.organization.models import Service
from occ.telephony import queries, service, sessions
from occ.telephony.dialing import dialed
from occ.telephony.events import CallFiled, TicketWanted
from occ.telephony.models import Call
from occ.telephony.rules.asking import (
    AskColleague,
    ChooseState,
    Click,
    DeclineCall,
    Dial,
    Login,
    Logout,
    MoveCall,
    TakeCall,
    TakeTicket,
    WrapUp,
)
from occ.telephony.rules.calls import (
    IN_CALL,
    NOTES_MAX,
    AgentState,
    Command,
    Consulted,
    CtiVersion,
    Event,
    LegOutcome,
    Party,
    Phase,
    TargetFailed,
)
from occ.telephony.service import Order
from occ.tenant import queries as tenant
from occ.tenant.labels import REASONS

EVENTS = {
    Command.HOLD: Event.HELD,
    Command.RESUME: Event.RESUMED,
    Command.HANG_UP: Event.AGENT_HUNG_UP,
    Command.CONNECT: Event.CONNECTED,
    Command.CANCEL: Event.CONSULT_CANCELLED,
    Command.ABUSE: Event.ABUSED,
}


def run(member_id: int, click: Click) -> list[Order]:
    """Carries a click out; raises Refused in the words of whoever asked."""
    member = identity.member(member_id)
    if member is None:
        raise Refused(_("This account is not in use. Ask an organization admin."))
    match click:
        case Login():
            _login(member, click)
        case Logout():
            _logout(member)
        case ChooseState(state):
            _choose(member, state)
        case TakeCall(call):
            return _answer(member, call)
        case Dial():
            return _dial(member, click)
        case AskColleague():
            return _consult(member, click)
        case DeclineCall(call):
            return _decline(member, call)
        case MoveCall(command, call):
            return service.happen(_own_call(member.id, call), EVENTS[command])
        case WrapUp():
            _wrap_up(member, click)
        case TakeTicket(call):
            _take_ticket(member, call)
        case _:
            assert_never(click)
    return []


def _own_call(member_id: int, ident: int | None) -> Call:
    """The agent's call; the click names it, so that a late one does not hit the next call."""
    call = queries.call_of(member_id)
    if call is None or call.agent_id != member_id or call.id != ident:
        raise Refused(_("The call has ended."))
    return call


def _logged_in(member: Member) -> AgentState:
    interval = queries.interval_of(member.id)
    if interval is None:
        raise Refused(_("Log in to CTI first."))
    return interval.state


def _login(member: Member, asked: Login) -> None:
    """CTI login (CTI-4, MEM-6): one a member, only with CTI data, phone
    permission and a contract with phone.
    """
    session = queries.session_of(member.id)
    if session is not None and not session.robot:
        raise Refused(_("You are logged in to CTI already."))
    settings, roles = queries.settings(), queries.phone_agents(member.id)
    if settings is None or settings.version_name is not CtiVersion.MOBILE or not roles:
        _log(LoginResult.NO_SUCH_TENANT, member, asked)
        raise Traced(_("No service of yours has phone in its contract. Ask an organization admin."))
    stopped = tenant.stopped_now()
    if stopped is not None:
        _log(LoginResult.NO_SUCH_TENANT, member, asked)
        raise Traced(REASONS[stopped])
    data = queries.cti_agent(member.id)
    if data is None or not data.number:
        _log(LoginResult.NO_SUCH_AGENT, member, asked)
        raise Traced(
            _(
                "You have no CTI ID and number yet. Ask an organization admin to set "
                "them under CTI management."
            )
        )
    role = next((r for r in roles if r.service_id == asked.service), roles[0])
    entry = _log(LoginResult.SUCCESS, member, asked)
    phone = ars.phone_service(role.service_id)
    state = (
        AgentState.READY
        if phone is None or phone.after_login is AfterLogin.READY
        else AgentState.AWAY
    )
    sessions.login(member.id, role.service_id, state, login_entry_id=entry)
    if session is not None and _logged_in(member) not in IN_CALL:  # taken over from the load mode
        sessions.set_state(member.id, state)


class Traced(Refused):
    """A refusal whose trace is kept: the transaction commits."""


def _log(result: LoginResult, member: Member, asked: Login) -> int:
    entry = audit.login(
        result,
        login_id=member.login_id,
        ip=asked.ip,
        device=asked.device,
        member=member,
        channel=LoginChannel.CTI,
    )
    return entry.id


def _logout(member: Member) -> None:
    if _logged_in(member) in IN_CALL:
        raise Refused(_("End the call first."))
    ended = sessions.logout(member.id, reason="logout")
    if ended is not None and ended.login_entry_id is not None:
        audit.login_ended(ended.login_entry_id, SessionEnd.LOGOUT)


def _choose(member: Member, state: str) -> None:
    wanted = next((s for s in queries.states_of(member.id) if s.value == state), None)
    if wanted is None:
        raise Refused(_("This state was not found. Choose another one."))
    if _logged_in(member) in IN_CALL:
        raise Refused(_("You are in a call. Change the state after it."))
    sessions.set_state(member.id, wanted)


def _answer(member: Member, ident: int | None) -> list[Order]:
    call = queries.call_of(member.id)
    if call is None or call.id != ident:
        raise Refused(_("Nothing rings any more."))
    if call.target_member_id == member.id:
        return service.happen(call, Event.TARGET_ANSWERED)
    return service.happen(call, Event.ANSWERED)


def _decline(member: Member, ident: int | None) -> list[Order]:
    """Who is asked about a call declines while it rings and leaves while they talk: a click of its
    own, for hanging up would end the call once the customer is connected to them.
    """
    call = queries.call_of(member.id)
    if call is None or call.id != ident or call.target_member_id != member.id:
        raise Refused(_("The consultation is over."))
    rings = call.phase is Phase.CONSULT_RINGING
    return service.happen(call, TargetFailed(LegOutcome.BUSY) if rings else Event.TARGET_LEFT)


def _role(member: Member, service_id: int | None) -> Agent:
    role = next((r for r in queries.phone_agents(member.id) if r.service_id == service_id), None)
    if role is None:
        raise Refused(
            _("You have no phone permission in this service. Ask a manager of this service.")
        )
    return role


def _dial(member: Member, asked: Dial) -> list[Order]:
    if _logged_in(member) in IN_CALL:
        raise Refused(_("You are in a call already."))
    role = _role(member, asked.service)
    stopped = tenant.stopped_now()
    if stopped is not None:
        raise Refused(REASONS[stopped])
    number = asked.number
    if asked.caller_id not in [row[1] for row in ars.numbers_to_dial_from(role.service_id)]:
        raise Refused(_("Only registered caller IDs can be dialed from."))
    # a callback's number is the one that called, as the phone system reported it
    if asked.about is None:
        number = _outside(number, role.service)
    return service.dial(member.id, role.service, number, asked.caller_id, asked.about)[1]


def _outside(text: str, of: Service) -> str:
    """A typed number that a call can be made to: colleagues are asked within a call, not called."""
    found = dialed(text, of.country)
    if found.member_id is not None:
        name = identity.names([found.member_id]).get(found.member_id, "")
        raise Refused(
            _(
                "%(number)s is %(name)s. Colleagues are reached by transferring a call.",
                number=found.number,
                name=name,
            ),
            "number",
        )
    return found.number


def _consult(member: Member, asked: AskColleague) -> list[Order]:
    call = _own_call(member.id, asked.call)
    role = _role(member, call.service_id)
    if not (role.transfer or role.role is AgentRole.MANAGER):
        raise Refused(
            _("You need the permission to transfer calls. Ask a manager of this service.")
        )
    chosen = asked.member
    if chosen is None:
        typed = dialed(asked.number, role.service.country)
        if typed.member_id is None:
            return service.happen(call, Consulted(Party(number=typed.number)))
        chosen = typed.member_id
    if chosen == member.id:
        raise Refused(_("You cannot transfer a call to yourself. Choose somebody else."))
    other = queries.interval_of(chosen)
    colleague = identity.agent_of(call.service_id, chosen)
    if colleague is None or not colleague.phone:
        raise Refused(_("This agent takes no calls of this service."))
    if other is None:
        raise Refused(
            _("%(name)s is not logged in to CTI. Choose somebody else.", name=colleague.member.name)
        )
    if other.state in IN_CALL:
        raise Refused(_("%(name)s is in a call. Choose somebody else.", name=colleague.member.name))
    if other.state is not AgentState.READY:
        raise Refused(_("%(name)s is not ready. Choose somebody else.", name=colleague.member.name))
    return service.happen(call, Consulted(Party(chosen)))


def _wrap_up(member: Member, asked: WrapUp) -> None:
    """Files the agent's part of a call, during it or in wrap-up, which then moves
    on to the chosen state (CTI-4).
    """
    interval = queries.interval_of(member.id)
    leg = queries.own_leg(asked.call or 0, member.id)
    if interval is None or leg is None or interval.call_id != leg.call_id:
        raise Refused(_("There is no call to file."))
    notes, chosen = asked.notes, asked.disposition
    if len(notes) > NOTES_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=NOTES_MAX,
                count=len(notes),
            ),
            "notes",
        )
    if chosen is not None and ars.disposition(leg.service_id, chosen) is None:
        raise Refused(_("This disposition was retired. Choose another one."), "disposition")
    leg.disposition_id, leg.notes = chosen, notes
    call = db.session.get_one(Call, leg.call_id)
    emit(CallFiled(call, member.id, chosen, asked.resolve, asked.complete))
    if interval.state is AgentState.WRAP_UP:
        wanted = next((s for s in queries.states_of(member.id) if s.value == asked.state), None)
        if wanted is None:
            raise Refused(_("Choose what comes next."), "state")
        leg.filed_at = clock.now()
        sessions.set_state(member.id, wanted)


def _take_ticket(member: Member, ident: int | None) -> None:
    """In the call or its wrap-up only: later the ticket goes its own ways."""
    interval, leg = queries.interval_of(member.id), queries.own_leg(ident or 0, member.id)
    if interval is None or leg is None or interval.call_id != leg.call_id:
        raise Refused(_("The call has ended."))
    _role(member, leg.service_id)
    call = db.session.get_one(Call, leg.call_id)
    if call.handled_by != member.id:
        raise Refused(_("Somebody else talks in this call now."))
    emit(TicketWanted(call, member.id))
