"""What people ask of telephony, decided by the process that owns it (CTI-4):
command row in, facts and orders out.
"""

from collections.abc import Callable
from typing import Any

from occ.ars import queries as ars
from occ.ars.rules.phone import AfterLogin
from occ.audit import service as audit
from occ.audit.rules import LoginChannel, LoginResult, SessionEnd
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.identity import queries as identity
from occ.identity.models import Agent, Member
from occ.identity.rules import AgentRole
from occ.organization.models import Service
from occ.telephony import queries, service, sessions
from occ.telephony.dialing import dialed
from occ.telephony.models import Call, PhoneCommand
from occ.telephony.rules.calls import (
    CHOOSABLE,
    IN_CALL,
    NOTES_MAX,
    AgentState,
    Command,
    Consulted,
    CtiVersion,
    Event,
    Party,
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


def run(command: PhoneCommand) -> list[Order]:
    """Carries a command out; raises Refused in the words of whoever asked."""
    args, member = command.args, identity.member(command.member_id)
    if member is None:
        raise Refused(_("This account is not in use."))
    if command.command in EVENTS:
        return service.happen(_own_call(member.id, args), EVENTS[command.command])
    return _COMMANDS[command.command](member, args)


def _own_call(member_id: int, args: dict[str, Any]) -> Call:
    """The agent's call; the click names it, so that a late one does not hit the next call."""
    call = queries.call_of(member_id)
    if call is None or call.agent_id != member_id or call.id != args.get("call"):
        raise Refused(_("The call has ended."))
    return call


def _logged_in(member: Member) -> AgentState:
    interval = queries.interval_of(member.id)
    if interval is None:
        raise Refused(_("Log in to CTI first."))
    return interval.state


def login(member: Member, args: dict[str, Any]) -> list[Order]:
    """CTI login (CTI-4, MEM-6): one a member, only with CTI data, phone
    permission and a contract with phone.
    """
    session = queries.session_of(member.id)
    if session is not None and not session.robot:
        raise Refused(_("You are logged in to CTI already."))
    settings, roles = queries.settings(), queries.phone_agents(member.id)
    if settings is None or settings.version_name is not CtiVersion.MOBILE or not roles:
        _log(LoginResult.NO_SUCH_TENANT, member, args)
        return _refuse(
            _("No service of yours has phone in its contract. Ask an organization admin.")
        )
    stopped = tenant.stopped_now()
    if stopped is not None:
        _log(LoginResult.NO_SUCH_TENANT, member, args)
        return _refuse(REASONS[stopped])
    data = queries.cti_agent(member.id)
    if data is None or not data.number:
        _log(LoginResult.NO_SUCH_AGENT, member, args)
        return _refuse(
            _(
                "You have no CTI ID and number yet. Ask an organization admin to set "
                "them under CTI management."
            )
        )
    role = next((r for r in roles if r.service_id == args.get("service")), roles[0])
    entry = _log(LoginResult.SUCCESS, member, args)
    phone = ars.phone_service(role.service_id)
    state = (
        AgentState.READY
        if phone is None or phone.after_login is AfterLogin.READY
        else AgentState.AWAY
    )
    sessions.login(member.id, role.service_id, state, login_entry_id=entry)
    if session is not None and _logged_in(member) not in IN_CALL:  # taken over from the load mode
        sessions.set_state(member.id, state)
    return []


class Traced(Refused):
    """A refusal whose trace is kept: the transaction commits."""


def _refuse(message: Any) -> list[Order]:
    raise Traced(message)


def _log(result: LoginResult, member: Member, args: dict[str, Any]) -> int:
    ip, device = str(args.get("ip", "")), str(args.get("device", ""))
    entry = audit.login(
        result,
        login_id=member.login_id,
        ip=ip,
        device=device,
        member=member,
        channel=LoginChannel.CTI,
    )
    return entry.id


def logout(member: Member, args: dict[str, Any]) -> list[Order]:
    if _logged_in(member) in IN_CALL:
        raise Refused(_("End the call first."))
    ended = sessions.logout(member.id, reason="logout")
    if ended is not None and ended.login_entry_id is not None:
        audit.login_ended(ended.login_entry_id, SessionEnd.LOGOUT)
    return []


def _state(member: Member, args: dict[str, Any]) -> list[Order]:
    wanted = next((s for s in CHOOSABLE if s.value == args.get("state")), None)
    if wanted is None:
        raise Refused(_("There is no such state."))
    if _logged_in(member) in IN_CALL:
        raise Refused(_("You are in a call. Change the state after it."))
    sessions.set_state(member.id, wanted)
    return []


def _answer(member: Member, args: dict[str, Any]) -> list[Order]:
    call = queries.call_of(member.id)
    if call is None or call.id != args.get("call"):
        raise Refused(_("Nothing rings any more."))
    if call.target_member_id == member.id:
        return service.happen(call, Event.TARGET_ANSWERED)
    return service.happen(call, Event.ANSWERED)


def _role(member: Member, service_id: Any) -> Agent:
    role = next((r for r in queries.phone_agents(member.id) if r.service_id == service_id), None)
    if role is None:
        raise Refused(_("You have no phone permission in this service."))
    return role


def _dial(member: Member, args: dict[str, Any]) -> list[Order]:
    if _logged_in(member) in IN_CALL:
        raise Refused(_("You are in a call already."))
    role = _role(member, args.get("service"))
    stopped = tenant.stopped_now()
    if stopped is not None:
        raise Refused(REASONS[stopped])
    number, about = str(args.get("number", "")), args.get("about")
    caller_id = str(args.get("caller_id", ""))
    if caller_id not in [row[1] for row in ars.numbers_to_dial_from(role.service_id)]:
        raise Refused(_("Only registered caller IDs can be dialed from."))
    if about is None:  # a callback's number is the one that called, as the phone system reported it
        number = _outside(number, role.service)
    return service.dial(member.id, role.service, number, caller_id, about)[1]


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


def _consult(member: Member, args: dict[str, Any]) -> list[Order]:
    call = _own_call(member.id, args)
    role = _role(member, call.service_id)
    if not (role.transfer or role.role is AgentRole.MANAGER):
        raise Refused(
            _("You need the permission to transfer calls. Ask a manager of this service.")
        )
    chosen = args.get("member")
    if chosen is None:
        typed = dialed(str(args.get("number", "")), role.service.country)
        if typed.member_id is None:
            return service.happen(call, Consulted(Party(number=typed.number)))
        chosen = typed.member_id
    if chosen == member.id:
        raise Refused(_("You cannot transfer a call to yourself."))
    other = queries.interval_of(int(chosen))
    colleague = identity.agent_of(call.service_id, int(chosen))
    if colleague is None or not colleague.phone:
        raise Refused(_("This agent takes no calls of this service."))
    if other is None:
        raise Refused(_("%(name)s is not logged in to CTI.", name=colleague.member.name))
    if other.state in IN_CALL:
        raise Refused(_("%(name)s is in a call.", name=colleague.member.name))
    if other.state is not AgentState.READY:
        raise Refused(_("%(name)s is not ready.", name=colleague.member.name))
    return service.happen(call, Consulted(Party(int(chosen))))


def _wrap_up(member: Member, args: dict[str, Any]) -> list[Order]:
    """Files the agent's part of a call, during it or in wrap-up, which then moves
    on to the chosen state (CTI-4).
    """
    interval = queries.interval_of(member.id)
    leg = queries.own_leg(int(args.get("call") or 0), member.id)
    if interval is None or leg is None or interval.call_id != leg.call_id:
        raise Refused(_("There is no call to file."))
    notes, chosen = str(args.get("notes", "")), args.get("disposition")
    if len(notes) > NOTES_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=NOTES_MAX,
                count=len(notes),
            ),
            "notes",
        )
    if chosen is not None and ars.disposition(leg.service_id, int(chosen)) is None:
        raise Refused(_("This disposition was retired. Choose another one."), "disposition")
    leg.disposition_id, leg.notes = chosen, notes
    if interval.state is AgentState.WRAP_UP:
        wanted = next((s for s in CHOOSABLE if s.value == args.get("state")), None)
        if wanted is None:
            raise Refused(_("Choose what comes next."), "state")
        sessions.set_state(member.id, wanted)
    return []


_COMMANDS: dict[Command, Callable[[Member, dict[str, Any]], list[Order]]] = {
    Command.LOGIN: login,
    Command.LOGOUT: logout,
    Command.STATE: _state,
    Command.ANSWER: _answer,
    Command.DIAL: _dial,
    Command.CONSULT: _consult,
    Command.WRAP_UP: _wrap_up,
}
