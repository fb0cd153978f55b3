"""One map an enum: how codes are worded and shown."""

from occ.audit.rules import Action, LoginResult, SessionEnd, Work
from occ.core.i18n import lazy_gettext as _
from occ.core.ui import Label

ACTIONS = {
    Action.MEMBER_INVITED: _("Member invited"),
    Action.INVITE_REVOKED: _("Invitation taken back"),
    Action.MEMBER_CHANGED: _("Member changed"),
    Action.MEMBER_DEACTIVATED: _("Member deactivated"),
    Action.MEMBER_ACTIVATED: _("Member activated"),
    Action.MEMBER_REMOVED: _("Member removed"),
    Action.ORG_ADMIN_ADDED: _("Organization admin added"),
    Action.ORG_ADMIN_REMOVED: _("Organization admin removed"),
    Action.AGENT_ADDED: _("Agent added"),
    Action.AGENT_CHANGED: _("Agent changed"),
    Action.AGENT_REMOVED: _("Agent removed"),
    Action.GROUP_ADDED: _("Group added"),
    Action.GROUP_CHANGED: _("Group changed"),
    Action.GROUP_REMOVED: _("Group deleted"),
    Action.API_KEY_CHANGED: _("Organization key changed"),
    Action.ACCESS_CHANGED: _("Access control changed"),
    Action.TOTP_POLICY_CHANGED: _("Second-factor rule changed"),
    Action.SERVICE_ADDED: _("Service added"),
    Action.SERVICE_DELETED: _("Service deleted"),
    Action.CONTRACT_SIGNED: _("Contract signed"),
    Action.CONTRACT_CHANGED: _("Contract changed"),
    Action.SERVICE_SUSPENDED: _("Service suspended"),
    Action.SERVICE_RESUMED: _("Service set active"),
    Action.SERVICE_TERMINATED: _("Service terminated"),
    Action.SERVICE_ERASED: _("Service erased"),
    Action.CTI_CHANGED: _("CTI settings changed"),
    Action.CTI_AGENT: _("CTI data of an agent changed"),
    Action.CALLER_ID: _("Caller ID registered or decided"),
    Action.TENANT_SIGNED: _("Phone contract signed"),
    Action.TENANT_CHANGED: _("Phone contract changed"),
    Action.TENANT_SUSPENDED: _("Phone contract suspended"),
    Action.TENANT_RESUMED: _("Phone contract set active"),
    Action.TENANT_TERMINATED: _("Phone contract terminated"),
}
RESULTS = {
    LoginResult.SUCCESS: Label(_("Success"), "green", "circle-check"),
    LoginResult.NO_SUCH_ACCOUNT: Label(_("No such account"), "amber", "user-question"),
    LoginResult.WRONG_PASSWORD: Label(_("Wrong password"), "amber", "alert-triangle"),
    LoginResult.BLOCKED: Label(_("Blocked account"), "red", "lock"),
    LoginResult.CANCELLED: Label(_("Sign-in cancelled"), "gray", "x"),
    LoginResult.FORCED_OUT: Label(_("Forced out by another sign-in"), "violet", "logout"),
    LoginResult.NO_SUCH_TENANT: Label(_("No such tenant"), "amber", "alert-triangle"),
    LoginResult.NO_SUCH_AGENT: Label(_("No such agent"), "amber", "alert-triangle"),
}
ENDS = {
    SessionEnd.LOGOUT: _("Signed out"),
    SessionEnd.FORCED_OUT: _("Forced out"),
    SessionEnd.EXPIRED: _("Expired"),
    SessionEnd.REVOKED: _("Ended by a change"),
}
WORKS = {
    Work.EXCEL_RATES: _("Excel of rates"),
    Work.EXCEL_AUTHORITY_LOG: _("Excel of the authority log"),
    Work.EXCEL_LOGIN_LOG: _("Excel of the login history"),
    Work.EXCEL_WORK_LOG: _("Excel of the work history"),
    Work.EXCEL_MEMBERS: _("Excel of members"),
    Work.API_KEY_SHOWN: _("Organization key shown"),
    Work.MAIL_SHOWN: _("Mail in the outbox read"),
    Work.CTI_LOG: _("CTI log downloaded"),
    Work.PROOF_SHOWN: _("Document of a caller ID opened"),
    Work.EXCEL_CALLBACKS: _("Excel of callbacks"),
    Work.EXCEL_CALLBACK_FIGURES: _("Excel of callback statistics"),
    Work.EXCEL_CATEGORIES: _("Excel of categories"),
}
# What stands in before and after, in words; codes without an entry are shown as they are.
KEYS = {
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone number"),
    "role": _("Role"),
    "rights": _("Rights"),
    "groups": _("Groups"),
    "members": _("Members"),
    "ranges": _("Allowed addresses"),
    "required": _("Required"),
    "slug": _("Service ID"),
    "type": _("Type"),
    "features": _("Features"),
    "seats": _("Seats"),
    "volumes": _("Expected a month"),
}
