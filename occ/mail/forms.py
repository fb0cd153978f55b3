"""Forms of mail accounts. What signs in is typed, sent and never shown again."""

from collections.abc import Sequence
from typing import Any

from wtforms import IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import Optional

from occ.core.forms import Between, Count, Email, Form, Text, VersionedForm
from occ.core.i18n import gettext
from occ.core.i18n import lazy_gettext as _
from occ.mail.labels import SECURITIES, SIGN_INS
from occ.mail.providers import PORTS, PROVIDERS
from occ.mail.rules import (
    HOST_MAX,
    NAME_MAX,
    OLDER_MAX,
    SECRET_MAX,
    SENDER_MAX,
    SILENCE_MAX,
    USER_MAX,
    Secret,
    Security,
    SignIn,
)

UNSEEN = {"autocomplete": "off", "spellcheck": "false"}
KEEP, DELETE = "keep", "delete"
SILENCE_HOURS = 72  # of a new account: a weekend and a holiday are no silence yet


class Hidden(PasswordField):
    """A secret: its value is never written into a page, not even after a refusal."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        kwargs["render_kw"] = {
            "autocomplete": "new-password",
            "maxlength": str(SECRET_MAX),
            **kwargs.get("render_kw", {}),
        }
        super().__init__(label, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""


class Hours(IntegerField):
    """Hours of the alarm; nothing where nobody is told."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [Optional(), Between(1, SILENCE_MAX)], **kwargs)
        self.render_kw = {"min": "1", "max": str(SILENCE_MAX), "inputmode": "numeric"}

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
        if text and self.data is None:
            self.data = 0  # `Between` says what is wanted


class ServerForm(VersionedForm):
    """Where a mailbox is and how one signs in, which a provider's preset fills."""

    provider = SelectField(_("Provider"), validate_choice=False)
    host = Text(
        _("IMAP server"), limit=HOST_MAX, render_kw={**UNSEEN, "placeholder": "imap.example.com"}
    )
    port = Count(_("Port"), 1, 65_535, default=PORTS[Security.TLS])
    security = SelectField(_("Encryption"), choices=[(s.value, SECURITIES[s]) for s in Security])
    user = Text(
        _("User name"),
        limit=USER_MAX,
        required=False,
        description=_("Empty: the e-mail address."),
        render_kw=UNSEEN,
    )
    sign_in = SelectField(_("Way of signing in"), choices=[(s.value, SIGN_INS[s]) for s in SignIn])
    endpoint = StringField(
        _("Token endpoint"),
        render_kw={**UNSEEN, "type": "url", "maxlength": "500", "placeholder": "https://"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = gettext("Other mail server")
        self.provider.choices = [("", others), *((k, p.name) for k, p in PROVIDERS.items())]


class AccountForm(ServerForm):
    """An external account, as managers add and change it."""

    name = Text(_("Account name"), limit=NAME_MAX)
    address = Email(
        _("E-mail address"), description=_("Mails that customers send here become tickets.")
    )
    password = Hidden(_("App password"))
    client_id = StringField(_("Client ID"), render_kw={**UNSEEN, "maxlength": "500"})
    client_secret = Hidden(_("Client secret"))
    refresh_token = Hidden(_("Refresh token"))
    original = SelectField(
        _("Original in the mailbox"),
        choices=[
            (KEEP, _("Keep it there, marked as read")),
            (DELETE, _("Delete it once it is stored here")),
        ],
        default=KEEP,
    )
    sender_name = Text(
        _("Sender name"),
        limit=SENDER_MAX,
        required=False,
        description=_("What customers see as the sender. Empty: the name of the service."),
    )
    silence_hours = Hours(
        _("Silence alarm (hours)"),
        default=SILENCE_HOURS,
        description=_("Managers are told when no mail comes for so long. Empty: never."),
    )

    def is_for(self, host: str, endpoint: str) -> bool:
        """Whether what is stored for these may stand in for secrets that were left out: it goes
        nowhere else.
        """
        typed = (self.host.data or "").strip().lower(), (self.endpoint.data or "").strip()
        by_token = self.sign_in.data == SignIn.OAUTH.value
        return typed == (host, endpoint) if by_token else typed[0] == host

    def secret(self, stored: Secret | None) -> Secret | None:
        """What was typed; parts left empty are those that are stored. None: nothing changes."""
        chosen = SignIn(self.sign_in.data)
        if chosen is SignIn.PASSWORD:
            return Secret(password=self.password.data) if self.password.data else None
        known = stored or Secret()
        typed = Secret(
            endpoint=(self.endpoint.data or "").strip(),
            client_id=(self.client_id.data or "").strip(),
            client_secret=self.client_secret.data or known.client_secret,
            refresh_token=self.refresh_token.data or known.refresh_token,
        )
        return None if typed == stored else typed


class RepresentativeForm(VersionedForm):
    """What can be chosen of the address that the console receives itself."""

    sender_name = Text(
        _("Sender name"),
        limit=SENDER_MAX,
        required=False,
        description=_("What customers see as the sender. Empty: the name of the service."),
    )
    silence_hours = Hours(
        _("Silence alarm (hours)"),
        description=_("Managers are told when no mail comes for so long. Empty: never."),
    )


class SilenceForm(VersionedForm):
    silence_hours = Hours(
        _("Silence alarm (hours)"),
        description=_("Managers are told when no mail comes for so long. Empty: never."),
    )


class OlderForm(Form):
    days = Count(_("Mail of the last days"), 1, OLDER_MAX, default=7)


class SenderForm(Form):
    """Whose sender the DNS is asked about. The key that a sent mail names in its head is looked
    for where it is given.
    """

    address = SelectField(_("Sender address"))
    selector = Text(
        _("Selector of the DKIM key"),
        limit=63,
        required=False,
        description=_("s= under DKIM-Signature in the head of a mail that was sent."),
        render_kw=UNSEEN,
    )
    signer = Text(
        _("Domain of the signature"),
        limit=HOST_MAX,
        required=False,
        description=_("d= beside it. Empty: the domain of the sender address."),
        render_kw=UNSEEN,
    )

    def __init__(self, addresses: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.address.choices = [(one, one) for one in addresses]
