from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import Optional

from occ.core.forms import Text, VersionedForm, clean
from occ.core.i18n import lazy_gettext as _
from occ.core.values import ident
from occ.fields import labels
from occ.fields.rules import CODE_MAX, DAYS_MAX, HINT_MAX, NAME_MAX, FieldType
from occ.fields.service import Definition
from occ.organization.languages import all_languages


def field_form(languages: list[str]) -> type[VersionedForm]:
    """The form of a field with a name and a hint a language: `name-<code>`, `hint-<code>`."""

    class FieldForm(VersionedForm):
        type = SelectField(
            _("Type"),
            choices=[(t.value, text) for t, text in labels.TYPES.items()],
            default=FieldType.TEXT.value,
        )
        code = Text(
            _("Field code"),
            limit=CODE_MAX,
            required=False,
            description=_("Small letters, digits and _. It is never used again."),
        )
        required = BooleanField(_("Required"))
        managers_only = BooleanField(_("Only managers see it"))
        encrypted = BooleanField(
            _("Encrypt values"), description=_("They are stored encrypted and cannot be searched.")
        )
        open_anew = BooleanField(_("Yes, keep the values readable from now on"))
        purge = SelectField(
            _("Destroy values"),
            choices=[
                ("", _("Never")),
                *labels.PURGES.items(),
                ("days", _("After a number of days")),
            ],
            default="",
            description=_(
                "Counted from when a value was last stored; a job destroys it everywhere."
            ),
        )
        days = IntegerField(
            _("Number of days"),
            [Optional()],
            render_kw={"min": "1", "max": str(DAYS_MAX), "inputmode": "numeric"},
        )

        @property
        def names(self) -> Mapping[str, Mapping[str, str]]:
            return {
                c: {key: clean(self[f"{key}-{c}"].data) for key in ("name", "hint")}
                for c in languages
            }

        @property
        def definition(self) -> Definition:
            return Definition(
                code=self.code.data or "",
                type=FieldType(self.type.data),
                names=self.names,
                choices=choices(languages),
                required=self.required.data,
                managers_only=self.managers_only.data,
                encrypted=self.encrypted.data,
                purge=self.purge.data or "",
                days=self.days.data,
                open_anew=self.open_anew.data,
            )

        def show(self, names: Mapping[str, Mapping[str, str]]) -> None:
            """Fills the texts in."""
            for code in languages:
                for key in ("name", "hint"):
                    self[f"{key}-{code}"].data = names.get(code, {}).get(key, "")

    for code in languages:
        language = all_languages()[code]
        for key, label, limit in (("name", _("Name"), NAME_MAX), ("hint", _("Hint"), HINT_MAX)):
            about = {
                "maxlength": str(limit),
                "lang": language.tag,
                "dir": "auto",
                "autocomplete": "off",
            }
            setattr(
                FieldForm,
                f"{key}-{code}",
                StringField(
                    _language_label(label, language.native, len(languages)), render_kw=about
                ),
            )
    return FieldForm


def _language_label(label: Any, native: str, count: int) -> Any:
    return _("%(label)s (%(language)s)", label=label, language=native) if count > 1 else label


def choices(languages: list[str]) -> list[tuple[str, dict[str, str]]]:
    """The choices as they were typed: (key, names by language) a row."""
    keys = request.form.getlist("choice-key")
    texts = {code: request.form.getlist(f"choice-{code}") for code in languages}
    return [
        (
            str(ident(key) or ""),
            {code: clean(texts[code][n]) if n < len(texts[code]) else "" for code in languages},
        )
        for n, key in enumerate(keys[:200])
    ]
