"""Forms of signing in: a visitor's, an entry of the organization, a service's choice."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from occ.core.forms import Email, Form, Text, VersionedForm
from occ.core.i18n import gettext
from occ.core.i18n import lazy_gettext as _
from occ.core.values import ident
from occ.help_center.members.labels import CARRIERS, METHODS, PARAMETERS, TYPES
from occ.help_center.members.models import SsoEntry
from occ.help_center.members.rules import (
    ENTRY_NAME_MAX,
    Carrier,
    EntryTerms,
    EntryType,
    Method,
    Parameter,
)

ADDRESS = {
    "type": "url",
    "maxlength": "500",
    "placeholder": "https://",
    "autocomplete": "off",
    "spellcheck": "false",
}


class LinkForm(Form):
    """Where a link to sign in is mailed to."""

    email = Email()
    next = HiddenField()


def _told(parameter: Parameter) -> SelectField:
    choices = [("", _("Not told")), *((one.value, CARRIERS[one]) for one in Carrier)]
    return SelectField(
        PARAMETERS[parameter], choices=choices, default="", coerce=lambda value: str(value or "")
    )


class EntryForm(VersionedForm):
    """A customer site whose members sign in."""

    name = Text(_("Name"), limit=ENTRY_NAME_MAX)
    type = RadioField(
        _("Type"),
        choices=[(one.value, TYPES[one]) for one in EntryType],
        default=EntryType.POST.value,
    )
    login_url = StringField(
        _("Remote login URL"),
        description=_("The site's login page. It is told where to return to as returnUrl."),
        render_kw=ADDRESS,
    )
    status_url = StringField(
        _("Login-state URL"),
        description=_("The customer's browser asks there whether somebody is signed in."),
        render_kw=ADDRESS,
    )
    check_url = StringField(
        _("Token-check URL"),
        description=_("This console asks there whether a token is right, before anybody comes in."),
        render_kw=ADDRESS,
    )
    usercode = _told(Parameter.USERCODE)
    username = _told(Parameter.USERNAME)
    email = _told(Parameter.EMAIL)
    phone = _told(Parameter.PHONE)
    memberno = _told(Parameter.MEMBERNO)

    def show(self, row: SsoEntry) -> None:
        """Fills in an entry as it is stored."""
        self.type.data = row.type.value
        for parameter, carrier in row.parameters.items():
            self[parameter.value].data = carrier.value

    @property
    def told(self) -> list[Any]:
        """The fields of what the login-state URL is told."""
        return [self[parameter.value] for parameter in Parameter]

    @property
    def terms(self) -> EntryTerms:
        """What was typed, without what the chosen type does not use."""
        kind = EntryType(self.type.data)
        is_post = kind is EntryType.POST
        return EntryTerms(
            name=self.name.data or "",
            type=kind,
            login_url=(self.login_url.data or "").strip(),
            status_url=(self.status_url.data or "").strip() if is_post else "",
            check_url="" if is_post else (self.check_url.data or "").strip(),
            parameters={
                parameter: Carrier(self[parameter.value].data)
                for parameter in Parameter
                if is_post and self[parameter.value].data
            },
        )


class ChoiceForm(VersionedForm):
    """How visitors of a service's help center say who they are."""

    method = RadioField(
        _("Sign-in"),
        choices=[(one.value, METHODS[one]) for one in Method],
        default=Method.NONE.value,
    )
    # a page on which there is no entry to choose sends none
    entry = SelectField(_("SSO entry"), default=0, coerce=lambda value: ident(str(value)) or 0)
    guests = BooleanField(
        _("Guests may send inquiries"),
        description=_("Off: only who has signed in may."),
    )
    return_addresses = TextAreaField(
        _("Allowed return addresses"),
        description=_(
            "One a line. Customers may be led back there after signing in, and the help center may "
            "stand in a frame of these sites. The help center's own addresses are always allowed."
        ),
        render_kw={"rows": "4", "spellcheck": "false", "maxlength": "12000"},
    )

    def __init__(self, entries: Sequence[SsoEntry], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        none = gettext("Choose an entry")
        self.entry.choices = [(0, none), *((one.id, one.name) for one in entries)]
