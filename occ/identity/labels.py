"""One map an enum: how codes are worded and shown."""

from collections.abc import Iterable
from typing import Any

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.identity.rules import AgentRole, MemberState

STATES = {
    MemberState.INVITED: Label(_("Invited"), "amber", "send"),
    MemberState.ACTIVE: Label(_("Enabled"), "green", "circle-check"),
    MemberState.INACTIVE: Label(_("Inactive"), "gray", "user-off"),
    MemberState.REMOVED: Label(_("Removed"), "gray", "ban"),
}
RIGHTS = {
    "ticket": _("Tickets"),
    "chat": _("Chat"),
    "phone": _("Phone"),
    "transfer": _("May reassign tickets"),
    "assign_callbacks": _("May assign callbacks"),
    "view_logs": _("May see the login history"),
    "ticket_assignment": _("Ticket assignment"),
    "chat_assignment": _("Chat assignment"),
    "self_control": _("Self-control"),
}
ROLES = {AgentRole.MANAGER: _("Manager"), AgentRole.AGENT: _("Agent")}


def member_state(state: MemberState) -> Label:
    return STATES[state]


def member_states(states: Iterable[MemberState]) -> list[tuple[str, Any]]:
    """Choices for a filter."""
    return [(state.value, STATES[state].text) for state in states]


def role_name(role: AgentRole) -> Any:
    return ROLES[role]
