from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from occ.core.forms import Text, VersionedForm
from occ.core.i18n import lazy_gettext as _
from occ.core.text import writable
from occ.core.values import ident
from occ.sms.rules.kinds import GatewayKind, TextKind
from occ.sms.rules.library import DESCRIPTION_MAX, NAME_MAX
from occ.sms.rules.text import lines

KEY_MAX = 100


class Line(StringField):
    """A title as it was typed: `clean()` would compose what gateways take uncomposed (SMS-4)."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = lines(writable(valuelist[0])).replace("\n", " ")


class Words(TextAreaField):
    """A text as it was typed, with line ends of one character."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = lines(writable(valuelist[0]))


class Choice(SelectField):
    """One of what the page offers, by its number; 0 for none."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=lambda value: ident(str(value)) or 0, **kwargs)

    def pre_validate(self, form: Any) -> None:
        if self.validate_choice and self.data not in {
            value for value, *_rest in self.iter_choices()
        }:
            raise ValidationError(_("Choose one of those that are offered."))


class MessageForm(VersionedForm):
    """What every text has: its kind, sender, title and body."""

    kind = RadioField(
        _("Kind"),
        choices=[(TextKind.SMS.value, "SMS"), (TextKind.MMS.value, "MMS")],
        default=TextKind.SMS.value,
    )
    sender = SelectField(_("Sender number"), validate_choice=False)
    title = Line(_("Title"))
    body = Words(_("Content"))

    @property
    def chosen(self) -> TextKind:
        """The kind; an SMS where none was sent."""
        return TextKind.MMS if self.kind.data == TextKind.MMS.value else TextKind.SMS


class TemplateForm(MessageForm):
    """A template (SMS-3)."""

    category = Choice(_("Category"))
    name = Text(_("Template name"), limit=NAME_MAX)
    description = Text(_("Description"), limit=DESCRIPTION_MAX, required=False)
    active = BooleanField(
        _("In use"), description=_("Only templates in use are offered when sending.")
    )
    editable = BooleanField(
        _("Editable"), description=_("Title and content can be changed when sending.")
    )


class ComposeForm(MessageForm):
    """A text to send (SMS-5); its version is that of the template that filled it.

    `about` names whom it was opened for, `beside` where it was opened, also where no number is
    known there, and `entry` the answer there that it is.
    """

    NOW, LATER = "now", "later"

    template = Choice(_("Template"), validate_choice=False)
    recipients = Words(
        _("Recipients"),
        description=_("Numbers of 10 to 13 digits, between commas or on lines of their own."),
    )
    advertising = BooleanField(
        _("This is advertising"),
        description=_(
            "Begins with (광고), ends with how to refuse it, and is not sent from 21:00 to 08:00 "
            "in Korea."
        ),
    )
    when = RadioField(
        _("When it is sent"),
        choices=[(NOW, _("Now")), (LATER, _("At a reserved time"))],
        default=NOW,
    )
    due_at = StringField(_("Reserved time"))
    submit_key = HiddenField()
    about = HiddenField()
    beside = HiddenField()
    entry = HiddenField()

    @property
    def reserved(self) -> bool:
        return bool(self.when.data == self.LATER)


class CategoryForm(VersionedForm):
    """A category of templates (SMS-2)."""

    parent = Choice(_("Under"))
    name = Text(_("Category name"), limit=NAME_MAX)
    active = BooleanField(
        _("In use"),
        description=_("Templates of a category not in use are not offered, whatever they say."),
    )


class GatewayForm(VersionedForm):
    """Who carries the texts (SMS-1); keys that are stored are never shown again."""

    gateway = RadioField(
        _("Gateway"),
        choices=[
            (GatewayKind.LOCAL.value, _("Local outbox")),
            (GatewayKind.NHN.value, "NHN Cloud Notification SMS"),
        ],
        default=GatewayKind.LOCAL.value,
    )
    app_key = Text(_("App key"), limit=KEY_MAX, required=False)
    secret_key = PasswordField(_("Secret key"))
    active = BooleanField(
        _("Send texts"), description=_("Off, nothing leaves and nothing can be sent.")
    )

    @property
    def chosen(self) -> GatewayKind:
        return GatewayKind.NHN if self.gateway.data == GatewayKind.NHN.value else GatewayKind.LOCAL


class SendersForm(VersionedForm):
    """The numbers to send from: chosen from the gateway's list, or typed."""

    numbers = Words(_("Sender numbers"), description=_("Between commas or on lines of their own."))


class OwnTextsForm(VersionedForm):
    """What a service sends by itself (SMS-1), and how people refuse advertising."""

    refusal_number = Text(
        _("Number to refuse advertising"),
        limit=20,
        required=False,
        description=_("An 080 number of yours. It ends each advertising text."),
    )
    callback_received = Choice(_("A callback was received"))
    call_abandoned = Choice(_("A caller hung up while waiting"))
    after_hours = Choice(_("Somebody called out of hours"))
