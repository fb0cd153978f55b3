"""Forms: typed values kept on refusal, words beside the field, a
version against silent overwrites.
"""

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget, Select, html_params

from occ.core.errors import Conflict, Refused
from occ.core.i18n import country, phone, zones
from occ.core.i18n import gettext as _
from occ.core.text import writable
from occ.core.values import ident, phone_number


def clean(text: str | None) -> str:
    """What was typed, NFC, its lines ended by \\n, without surrounding
    blanks or signs that nobody types.
    """
    normal = unicodedata.normalize("NFC", writable(text or "")).replace("\r\n", "\n")
    return normal.translate(dict.fromkeys(map(ord, "\r\u2028\u2029"))).strip()


def graphemes(text: str) -> int:
    """How many characters a person sees: an emoji of several code points is one, so
    is a syllable of combining jamo.
    """
    import regex

    return len(regex.findall(r"\X", text))


class Form(FlaskForm):
    """Every form of the console: what a rule refuses is said beside its field, and what was typed
    is kept.

    `refused` is what a rule said last; `stored` is what somebody else saved meanwhile.
    """

    refused: Refused | None = None
    stored: Any = None

    def saving(self, *, stored: Callable[[], Any] | None = None) -> "Saving":
        """Around a save: a refusal inside goes to the form, and the view goes on after it.

        `stored` reads, after a Conflict, what is stored by then; None where the row is gone.
        """
        return Saving(self, stored)

    @property
    def status(self) -> int:
        """The status of the page that shows the form."""
        if self.stored is not None:
            return Conflict.status
        return Refused.status if self.all_errors else 200

    def conflict(self, stored: Any) -> None:
        """Takes what is stored now, so that saving once more overwrites it knowingly."""
        self.stored = stored

    def refuse(self, error: Refused) -> None:
        """Puts a rule's words beside its field, or above all fields."""
        self.refused = error
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = [*field.errors, error.message]

    def holds(self, *rules: Callable[[], object]) -> bool:
        """Whether what was typed is valid and no rule refuses it; all faults are put on the form,
        those of rules only on fields that have none.
        """
        valid = self.validate()
        for rule in rules:
            try:
                rule()
            except Refused as error:
                if not (error.field and self[error.field].errors):
                    self.refuse(error)
        return valid and not self.all_errors

    @property
    def all_errors(self) -> list[tuple[Field | None, Any]]:
        """Every error with its field, for the summary on top."""
        found: list[tuple[Field | None, Any]] = [(None, e) for e in self.form_errors]
        return found + [
            (f, e)
            for f in self
            if f.name != "csrf_token"
            for e in f.errors
            if isinstance(e, str) or e
        ]


class Saving:
    """Inside, a refusal is put on the form, with what is stored where somebody else saved first.

    What was written in `db.write()` is rolled back by then, so that `stored` reads anew.
    """

    def __init__(self, form: Form, stored: Callable[[], Any] | None) -> None:
        self.form, self.stored = form, stored

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: Any
    ) -> bool:
        if not isinstance(error, Refused):
            return False
        self.form.refuse(error)
        if isinstance(error, Conflict) and self.stored is not None:
            self.form.conflict(self.stored())
        return True


class VersionedForm(Form):
    """A form on a stored row: saving over somebody else's change is
    refused with both texts shown.

    `version_of` names what of the row is its version.
    """

    version_of = "version"
    version = HiddenField()

    def conflict(self, stored: Any) -> None:
        super().conflict(stored)
        self.version.data = str(getattr(stored, self.version_of, None) or 0)

    @property
    def seen_version(self) -> int:
        """The row's version when the form was opened, as it was sent; 0,
        which no row has, when it was not.
        """
        sent = self.version.raw_data
        return (ident(sent[0]) or 0) if sent else 0


class Text(StringField):
    """A one-line text of bounded length, cleaned."""

    def __init__(
        self, label: Any = None, *, limit: int, required: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.limit, self.required = limit, required
        self.render_kw: dict[str, Any] = {
            "maxlength": str(limit),
            **(kwargs.get("render_kw") or {}),
        }

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = clean(valuelist[0]).replace("\n", " ")

    def pre_validate(self, form: Any) -> None:
        if self.required and not self.data:
            raise ValidationError(_("Fill this in."))
        if len(self.data or "") > self.limit:
            raise ValidationError(
                _(
                    "Use at most %(limit)s characters; this has %(count)s.",
                    limit=self.limit,
                    count=len(self.data or ""),
                )
            )


def email_address(text: str) -> str:
    """An e-mail address as it is stored; the domain is not asked. Raises ValueError."""
    return validate_email(
        text, check_deliverability=False, test_environment=True
    ).normalized.lower()


class Email(Text):
    """An e-mail address, normalized; the domain is not asked."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, limit=254, **kwargs)
        self.render_kw = {"type": "email", "autocomplete": "off", **(self.render_kw or {})}

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data:
            try:
                self.data = email_address(self.data)
            except EmailNotValidError as error:
                raise ValidationError(
                    _("Enter an e-mail address such as name@example.com.")
                ) from error


class Phone(Text):
    """A phone number of the page's country, or with + and its country code; stored as E.164.

    What is stored already stays where nobody changes it: a phone system may have reported it so.
    """

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, limit=32, **kwargs)
        self.render_kw = {"type": "tel", "autocomplete": "off", **(self.render_kw or {})}

    def _value(self) -> str:
        return phone(self.data or "")

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        stored = self.object_data or ""
        if not self.data or self.data in (stored, phone(stored)):
            self.data = self.data and stored
            return
        try:
            self.data = phone_number(self.data, country())
        except Refused as error:
            raise ValidationError(error.message) from error


class Between(NumberRange):
    """A whole number in a range, refused in words."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)

    def __call__(self, form: Any, field: Any) -> None:
        if field.data is None or not self.min <= field.data <= self.max:
            raise ValidationError(
                _("Enter a whole number from %(least)s to %(most)s.", least=self.min, most=self.max)
            )


class Count(IntegerField):
    """A whole number from `least` to `most`."""

    def __init__(self, label: Any, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(label, [Between(least, most)], **kwargs)
        self.render_kw = {"min": str(least), "max": str(most), "inputmode": "numeric"}

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata([v if len(v) < 10 else "x" for v in valuelist])
        except ValueError:
            self.data = None  # `Between` says what is wanted


class Checks(SelectMultipleField):
    """Several of a few, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


@cache
def _zone_options() -> Markup:
    return Markup("").join(Markup('<option value="{0}">{0}</option>').format(z) for z in zones())


class ZoneSelect(Select):  # type: ignore[misc]
    """A select of all zones. There are five hundred: they are written once, and the chosen one is
    marked among them, for WTForms takes longer to write them than all else of the page takes.
    """

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        attributes = html_params(name=field.name, **{"id": field.id, **kwargs})
        options = str(_zone_options())
        if field.data in zones():
            value = f'value="{field.data}"'
            options = options.replace(value, f"selected {value}", 1)
        return Markup(f"<select {attributes}>{options}</select>")  # noqa: S704 - escaped above


class TimeZone(SelectField):
    """One of all time zones."""

    widget = ZoneSelect()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.choices = [(zone, zone) for zone in zones()]
