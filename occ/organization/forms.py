from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
)

from occ.core import phones
from occ.core.errors import Refused
from occ.core.forms import Form, Text, TimeZone, VersionedForm
from occ.core.i18n import gettext, locale
from occ.core.i18n import lazy_gettext as _
from occ.core.money import CURRENCIES, MICROS
from occ.organization import labels
from occ.organization.rules import (
    NAME_MAX,
    PRICE_MAX,
    SEATS_MAX,
    VOLUME_MAX,
    Editor,
    Feature,
    Item,
    ServiceType,
    Terms,
    with_needed,
)

GREETING_MAX = 200


class BasicForm(VersionedForm):
    """Step 1 of the wizard (ORG-2); greetings come as `greeting-<code>`."""

    type = RadioField(
        _("Type"),
        choices=[(t.value, label) for t, label in labels.TYPES.items()],
        default=ServiceType.CONSULTATION.value,
    )
    name = Text(_("Service name"), limit=NAME_MAX)
    slug = Text(
        _("Service ID"),
        limit=60,
        description=_("Part of the address, letters only. Cannot be changed later."),
    )
    languages = SelectMultipleField(_("Help-center languages"), validate_choice=False)
    time_zone = TimeZone(
        _("Time zone"), description=_("Follows the first language until you choose one.")
    )
    time_zone_touched = HiddenField(default="")
    country = SelectField(
        _("Country of phone numbers"),
        description=_("Numbers typed without + belong to it."),
        default="",
    )
    editor = RadioField(
        _("Editor"),
        choices=[(e.value, label) for e, label in labels.EDITORS.items()],
        default=Editor.HTML.value,
        description=_("Every editor of this service works this way."),
    )
    banner = FileField(
        _("Banner"),
        description=_("PNG, JPEG or WebP, at most 2 MB. Shown as the service's tab and in chats."),
        render_kw={"accept": "image/png,image/jpeg,image/webp"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = [
            ("", gettext("That of the time zone")),
            *phones.countries(str(locale())),
        ]


class TermsForm(VersionedForm):
    """Step 2 of the wizard (ORG-3)."""

    version_of = "contract_id"
    features = SelectMultipleField(_("Features"), validate_choice=False)
    seats = IntegerField(_("Seats"), default=1)
    sms = IntegerField(_("SMS a month"), default=0)
    mms = IntegerField(_("MMS a month"), default=0)

    def shown(self) -> Terms:
        """What is chosen as far as it can be shown: numbers that cannot be read or
        are too large count as the least.
        """
        known = {feature.value: feature for feature in Feature}
        seats, sms, mms = (field.data or 0 for field in (self.seats, self.sms, self.mms))
        volumes = {Item.SMS_MESSAGE: sms, Item.MMS_MESSAGE: mms}
        return Terms(
            with_needed(known[code] for code in self.features.data or [] if code in known),
            seats if 1 <= seats <= SEATS_MAX else 1,
            {item: volume for item, volume in volumes.items() if 0 <= volume <= VOLUME_MAX},
        )

    def terms(self) -> Terms:
        """What is chosen; a feature whose condition is off counts as off.

        Raises Refused on text where a number belongs.
        """
        for name, field in (("seats", self.seats), ("sms", self.sms), ("mms", self.mms)):
            if field.data is None or field.process_errors:
                raise Refused(gettext("Enter a whole number."), name)
        known = {feature.value: feature for feature in Feature}
        chosen = with_needed(known[code] for code in self.features.data or [] if code in known)
        return Terms(
            chosen,
            self.seats.data,
            {Item.SMS_MESSAGE: self.sms.data, Item.MMS_MESSAGE: self.mms.data},
        )


class OrganizationForm(VersionedForm):
    name = Text(_("Organization name"), limit=100)
    domain = Text(_("Domain"), limit=200, description=_("The console's address follows it."))
    time_zone = TimeZone(
        _("Time zone"), description=_("Another zone counts from the next midnight.")
    )


class PriceForm(Form):
    """Prices from a day on (ORG-8); unit prices come as `price-<item>`."""

    effective_from = DateField(_("From"))
    currency = SelectField(_("Currency"), choices=[(c, c) for c in CURRENCIES])
    vat = DecimalField(_("VAT rate in percent"), places=2, default=Decimal(0))

    def day(self) -> date:
        if self.effective_from.data is None:
            raise Refused(gettext("Choose a day."), "effective_from")
        return self.effective_from.data  # type: ignore[no-any-return]

    def vat_percent(self) -> Decimal:
        if self.vat.data is None or not 0 <= self.vat.data <= 100:
            raise Refused(gettext("Enter a percentage from 0 to 100."), "vat")
        return Decimal(self.vat.data)


def price_of(text: str, item: Item) -> Decimal:
    """A typed unit price; raises Refused with the item's name."""
    try:
        price = Decimal(text.replace(",", "").strip() or "x")
    except InvalidOperation as error:
        raise Refused(
            gettext("%(item)s: enter a price.", item=str(labels.ITEMS[item].text)),
            f"price-{item.value}",
        ) from error
    if not price.is_finite() or not 0 <= price <= PRICE_MAX or (price * MICROS) % 1:
        raise Refused(
            gettext(
                "%(item)s: enter a price from 0 to 10,000,000.", item=str(labels.ITEMS[item].text)
            ),
            f"price-{item.value}",
        )
    return price
