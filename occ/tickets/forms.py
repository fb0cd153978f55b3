import re
from collections.abc import Iterable

from wtforms import BooleanField, HiddenField, SelectField, TextAreaField

from occ.core.errors import Refused
from occ.core.forms import Email, Form, Phone, Text, VersionedForm, email_address
from occ.core.i18n import lazy_gettext as _
from occ.tickets.labels import PRIORITIES
from occ.tickets.rules import COPIES_MAX, SUBJECT_MAX, Priority


def copied(chosen: Iterable[str], more: str) -> list[str]:
    """Who gets a copy of an answer: those who were chosen, and those who were typed with commas,
    semicolons or lines between them, each once. Raises Refused with those that are no addresses.
    """
    texts = [one.strip() for one in (*chosen, *re.split(r"[,;\n]", more))]
    found: dict[str, str] = {}
    wrong = []
    for text in filter(None, texts):
        try:
            address = email_address(text)
            found.setdefault(address.casefold(), address)
        except ValueError:
            wrong.append(text[:100])
    if wrong:
        raise Refused(_("This is no e-mail address: %(texts)s", texts=", ".join(wrong[:5])), "cc")
    if len(found) > COPIES_MAX:
        raise Refused(_("An answer can have at most %(count)s copies.", count=COPIES_MAX), "cc")
    return list(found.values())


class TicketForm(Form):
    """A ticket written by hand."""

    key = HiddenField()
    subject = Text(_("Title"), limit=SUBJECT_MAX)
    body = TextAreaField(_("Content"))
    name = Text(_("Customer's name"), limit=50, required=False)
    phone = Phone(_("Customer's phone number"), required=False)
    email = Email(_("Customer's e-mail"), required=False)
    intake = HiddenField(_("Intake type"))
    priority = SelectField(
        _("Priority"),
        choices=[(p.value, label.text) for p, label in PRIORITIES.items()],
        default=Priority.NORMAL.value,
    )
    take = BooleanField(_("Take it myself"), default=True)


class CustomerForm(VersionedForm):
    name = Text(_("Name"), limit=50, required=False)
    phone = Phone(_("Phone number"), required=False)
    email = Email(_("E-mail"), required=False)
