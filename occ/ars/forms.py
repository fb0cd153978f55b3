from collections.abc import Sequence
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms import Form as BaseForm
from wtforms.widgets import TextArea

from occ.ars.labels import AFTER_CALL, AFTER_LOGIN, DAYS, HOLIDAY_KINDS, KEY_KINDS, LANGUAGES
from occ.ars.rules.hours import (
    HOLIDAY_NAME_MAX,
    Days,
    Holiday,
    HolidayKind,
    Range,
    Row,
    clock,
    minutes,
)
from occ.ars.rules.menu import DELAYS, KEY_NAME_MAX, TEXT_MAX, KeyKind, Language
from occ.ars.rules.phone import ATTEMPTS_MAX, NAME_MAX, PROMISE_MAX
from occ.core.forms import Count, Form, Phone, Text, VersionedForm, graphemes
from occ.core.i18n import gettext
from occ.core.i18n import lazy_gettext as _
from occ.core.values import ident


class Idents(SelectMultipleField):
    """Row ids; the service checks whose they are."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(
            label,
            coerce=lambda v: (
                int(v) if str(v).isascii() and str(v).isdigit() and len(str(v)) < 10 else 0
            ),
            **kwargs,
        )

    def pre_validate(self, form: Any) -> None:
        """Any id is taken here."""


class QueueForm(VersionedForm):
    name = Text(_("Name"), limit=NAME_MAX)
    callback = BooleanField(
        _("Takes callbacks"), description=_("Callers who will not wait can leave one.")
    )
    after_hours = BooleanField(
        _("Also out of hours"), description=_("Who calls while nobody is there is asked, too.")
    )
    promise_hours = Count(_("Call back within (hours)"), 1, PROMISE_MAX)
    intake = SelectField(
        _("Intake type"),
        validate_choice=False,
        description=_("Tickets of its calls begin with it."),
    )
    agents = Idents(_("Assigned agents"))


class DispositionForm(VersionedForm):
    name = Text(_("Name"), limit=NAME_MAX)


class WorkForm(VersionedForm):
    after_login = RadioField(
        _("State after the CTI login"), choices=[(k.value, v) for k, v in AFTER_LOGIN.items()]
    )
    after_call = RadioField(
        _("State after a call"), choices=[(k.value, v) for k, v in AFTER_CALL.items()]
    )
    as_caller_id = BooleanField(
        _("Use the main number as caller ID"), description=_("It comes first where agents dial.")
    )
    callback_attempts = Count(
        _("Calls until a callback is marked “not reached”"),
        1,
        ATTEMPTS_MAX,
        description=_("It can be called again all the same."),
    )
    popup_url = Text(
        _("Address of the popup for incoming calls"),
        limit=500,
        required=False,
        description=_(
            "Opens your own system when it rings. {caller}, {called}, {queue} and "
            "{call} are filled in."
        ),
    )


class CallerIdForm(VersionedForm):
    name = Text(_("Name"), limit=NAME_MAX)
    number = Phone(_("Number"))
    proof = FileField(_("Proof document"), description=_("PDF, PNG or JPEG, at most 3 MB."))


class DecisionForm(Form):
    reason = Text(_("Reason"), limit=200, required=False)


class Spoken(Text):
    """An announcement to be spoken, counted as a person counts: an emoji or a
    composed syllable is one (ARS-2).
    """

    widget = TextArea()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, limit=TEXT_MAX, required=False, **kwargs)
        self.render_kw = {"rows": "3", "data-graphemes": str(TEXT_MAX)}

    def pre_validate(self, form: Any) -> None:
        count = graphemes(self.data or "")
        if count > self.limit:
            raise ValidationError(
                gettext(
                    "Use at most %(limit)s characters; this has %(count)s.",
                    limit=self.limit,
                    count=count,
                )
            )


class Minutes(StringField):
    """A time of day as minutes, 24:00 included; empty is None."""

    def _value(self) -> str:
        return clock(self.data) if isinstance(self.data, int) else (self.raw_data or [""])[0]

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = (valuelist or [""])[0].strip()
        self.data = minutes(text) if text else None
        if text and self.data is None:
            raise ValueError(gettext("Enter a time like 09:30."))


class VoiceForm(BaseForm):
    """An announcement in one language: a text or an uploaded sound."""

    source = RadioField(
        choices=[("text", _("Text to speech")), ("file", _("Audio file"))], default="text"
    )
    text = Spoken(_("Text"))
    sound = HiddenField()


class Stored(NamedTuple):
    """A part of the voice menu as it is stored: its rows in words, and its seal."""

    rows: list[tuple[Any, Any]]
    seal: str


class SealedForm(Form):
    """A form on a part of the voice menu: carries the part's seal, so that a
    save over somebody else's is seen.
    """

    seen = HiddenField()

    def conflict(self, stored: Stored) -> None:
        self.stored, self.seen.data = stored

    @property
    def all_errors(self) -> list[tuple[Field | None, Any]]:
        found: list[tuple[Field | None, Any]] = [(None, e) for e in self.form_errors]
        for field in self:
            inner = field.form if isinstance(field, FormField) else None
            for part in inner or [field]:
                found += [(part, error) for error in part.errors if part.name != "csrf_token"]
        return found


class RangeForm(BaseForm):
    start = Minutes(_("Starts"))
    end = Minutes(_("Ends"))
    reachable = SelectField(choices=[("1", _("Reachable")), ("", _("Not reachable"))], default="1")

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if good and (self.start.data is None) != (self.end.data is None):
            (self.start if self.start.data is None else self.end).errors = [
                gettext("Enter both times.")
            ]
            return False
        return bool(good)


class Lines(FieldList):
    """Lines of a form by their number, written in ASCII digits."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Any:
        return super()._extract_indices(prefix, [name for name in formdata if name.isascii()])


class HoursForm(SealedForm):
    days = SelectField(_("Days"), choices=[(k.value, v) for k, v in DAYS.items()])
    ranges = Lines(FormField(RangeForm), min_entries=1, max_entries=12)

    @property
    def row(self) -> Row:
        filled = [r for r in self.ranges.entries if r.form.start.data is not None]
        return Row(
            Days(self.days.data),
            tuple(
                Range(r.form.start.data, r.form.end.data, bool(r.form.reachable.data))
                for r in filled
            ),
        )

    @property
    def all_errors(self) -> list[tuple[Field | None, Any]]:
        found: list[tuple[Field | None, Any]] = [(None, e) for e in self.form_errors] + [
            (self.days, e) for e in self.days.errors
        ]
        found += [
            (self.ranges.entries[0].form.start, e)
            for e in self.ranges.errors
            if isinstance(e, str | LazyString)
        ]
        return found + [
            (part, e) for entry in self.ranges.entries for part in entry.form for e in part.errors
        ]


class HolidayForm(SealedForm):
    on = DateField(_("Date"))
    name = Text(_("Name"), limit=HOLIDAY_NAME_MAX)
    kind = SelectField(_("Kind"), choices=[(k.value, v) for k, v in HOLIDAY_KINDS.items()])
    yearly = BooleanField(_("Every year"))

    def validate_on(self, field: Any) -> None:
        if field.data is not None and not 2000 <= field.data.year <= 2100:
            raise ValidationError(gettext("Choose a day between 2000 and 2100."))

    @property
    def holiday(self) -> Holiday:
        assert self.on.data is not None
        return Holiday(
            self.on.data, self.name.data or "", HolidayKind(self.kind.data), bool(self.yearly.data)
        )


class KeyForm(SealedForm):
    """A key; names and announcements come per language, so they are added by `for_languages`."""

    key = SelectField(_("Key"))
    kind = RadioField(
        _("What it does"),
        choices=[(k.value, v) for k, v in KEY_KINDS.items()],
        default=KeyKind.QUEUE.value,
    )
    queue = SelectField(_("Queue"), coerce=lambda v: ident(str(v)) or 0)
    callback = BooleanField(_("Offer a callback while they wait"))
    language = SelectField(_("Language"))


class DelaysForm(SealedForm):
    first_delay = Count(_("First after (seconds)"), *DELAYS)
    every_delay = Count(_("Then every (seconds)"), *DELAYS)


def for_languages(
    base: type[SealedForm], languages: Sequence[Language], *, names: bool = False
) -> Any:
    """The form class with one announcement, and one name where asked, for each language."""
    fields: dict[str, Any] = {
        f"voice_{language.value}": FormField(VoiceForm, LANGUAGES[language])
        for language in languages
    }
    if names:
        fields.update(
            {
                f"name_{language.value}": Text(
                    LANGUAGES[language], limit=KEY_NAME_MAX, required=False
                )
                for language in languages
            }
        )
    return type(base.__name__, (base,), fields)
