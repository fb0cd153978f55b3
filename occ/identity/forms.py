from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from occ.core.forms import Email, Form, Phone, Text, TimeZone, VersionedForm
from occ.core.i18n import LOCALES
from occ.core.i18n import lazy_gettext as _
from occ.core.money import CURRENCIES
from occ.identity.rules import FLAGS, AgentRights, AgentRole, Density, Theme

PASSWORD = {"autocomplete": "new-password", "maxlength": "200"}


class SetupForm(Form):
    organization = Text(_("Organization name"), limit=100)
    domain = Text(
        _("Domain of the console"),
        limit=200,
        description=_("The address people open. Links in mail start with it."),
    )
    time_zone = TimeZone(
        _("Time zone"), description=_("Its midnight ends the day for contracts and charges.")
    )
    currency = SelectField(_("Currency"), choices=[(c, c) for c in CURRENCIES])
    name = Text(_("Your name"), limit=50)
    login_id = Text(
        _("Your ID"),
        limit=32,
        description=_("2 to 32 letters, digits, dots or hyphens. Cannot be changed later."),
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    email = Email(_("Your e-mail"))
    password = PasswordField(
        _("Password"), description=_("10 characters or more."), render_kw=PASSWORD
    )
    repeat = PasswordField(_("Password again"), render_kw=PASSWORD)


class LoginForm(Form):
    login_id = StringField(
        _("ID"),
        render_kw={
            "autocomplete": "username",
            "autocapitalize": "none",
            "required": True,
            "maxlength": "64",
        },
    )
    password = PasswordField(
        _("Password"),
        render_kw={"autocomplete": "current-password", "required": True, "maxlength": "200"},
    )
    next = HiddenField()


class CodeForm(Form):
    code = StringField(
        _("Code"),
        description=_("The six digits your authenticator app shows."),
        render_kw={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "maxlength": "8",
            "required": True,
        },
    )


class ForgotForm(Form):
    who = StringField(
        _("ID or e-mail"),
        render_kw={"autocomplete": "username", "maxlength": "254", "required": True},
    )


class NewPasswordForm(Form):
    password = PasswordField(
        _("New password"), description=_("10 characters or more."), render_kw=PASSWORD
    )
    repeat = PasswordField(_("New password again"), render_kw=PASSWORD)


class PasswordForm(Form):
    current = PasswordField(
        _("Current password"), render_kw={"autocomplete": "current-password", "maxlength": "200"}
    )


class NewFactorForm(CodeForm, PasswordForm):
    """The code of a second factor that takes the place of another one."""


class ChangePasswordForm(NewPasswordForm, PasswordForm):
    """The current password and a new one."""


class InviteForm(Form):
    name = Text(_("Name"), limit=50)
    login_id = Text(
        _("ID"),
        limit=32,
        description=_(
            "Signs in with it: 2 to 32 letters, digits, dots or hyphens. Cannot be changed later."
        ),
        render_kw={"autocapitalize": "none"},
    )
    email = Email(_("E-mail"))
    phone = Phone(_("Phone number"), required=False)


class MemberForm(VersionedForm):
    name = Text(_("Name"), limit=50)
    email = Email(_("E-mail"))
    phone = Phone(_("Phone number"), required=False)


class AgentForm(VersionedForm):
    member_id = SelectField(_("Member"), coerce=str, validate_choice=False, validators=[])
    groups = SelectMultipleField(_("Groups"), coerce=int, validate_choice=False)
    new_group = Text(_("New group"), limit=50, required=False)
    role = RadioField(_("Role"), default=AgentRole.AGENT.value)
    ticket = BooleanField(_("Tickets"), default=True)
    chat = BooleanField(_("Chat"))
    phone = BooleanField(_("Phone"), description=_("Phone includes tickets."))
    transfer = BooleanField(
        _("May reassign tickets"), description=_("Passes a ticket on to another agent or group.")
    )
    assign_callbacks = BooleanField(
        _("May assign callbacks"), description=_("For phone agents; managers have it.")
    )
    view_logs = BooleanField(
        _("May see the login history"),
        description=_("For managers: of all agents of the organization."),
    )
    ticket_assignment = BooleanField(
        _("Ticket assignment"),
        default=True,
        description=_("Off: cannot be chosen for tickets, nor take them."),
    )
    chat_assignment = BooleanField(
        _("Chat assignment"), default=True, description=_("Off: gets no chats.")
    )
    self_control = BooleanField(
        _("Self-control"), default=True, description=_("The agent may switch the two assignments.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [
            (AgentRole.AGENT.value, _("Agent")),
            (AgentRole.MANAGER.value, _("Manager")),
        ]

    def rights(self) -> AgentRights:
        return AgentRights(
            AgentRole(self.role.data), **{name: bool(self[name].data) for name in FLAGS}
        )


class GroupForm(VersionedForm):
    name = Text(_("Group name"), limit=50)
    agents = SelectMultipleField(_("Agents"), coerce=int, validate_choice=False)


class ProfileForm(VersionedForm):
    nickname = Text(
        _("Nickname"),
        limit=50,
        required=False,
        description=_("What customers see in chat and mail."),
    )
    locale = SelectField(_("Language of the console"), choices=list(LOCALES.items()))
    time_zone = TimeZone(_("Time zone"), description=_("Times are shown in it."))
    theme = SelectField(
        _("Theme"),
        choices=[
            (Theme.SYSTEM.value, _("As the device")),
            (Theme.LIGHT.value, _("Light")),
            (Theme.DARK.value, _("Dark")),
        ],
    )
    density = SelectField(
        _("Density"),
        choices=[
            (Density.COMFORTABLE.value, _("Comfortable")),
            (Density.COMPACT.value, _("Compact")),
        ],
    )
    shortcuts = BooleanField(_("Keyboard shortcuts"))
    notices = BooleanField(_("Show notifications"))


class AccessForm(Form):
    ranges = TextAreaField(
        _("Allowed addresses"),
        render_kw={"rows": "8", "spellcheck": "false", "maxlength": "20000"},
        description=_("One address or CIDR range a line, a note after a blank. Empty: no limit."),
    )
