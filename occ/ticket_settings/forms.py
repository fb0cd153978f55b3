from typing import Any

from wtforms import BooleanField, StringField, TextAreaField

from occ.core.errors import Refused
from occ.core.forms import Text, VersionedForm, clean
from occ.core.i18n import lazy_gettext as _
from occ.organization.languages import all_languages
from occ.ticket_settings.rules import CODE_MAX, NAME_MAX, TITLE_MAX, WORD_MAX


class WordForm(VersionedForm):
    word = Text(_("Word"), limit=WORD_MAX)


class TemplateForm(VersionedForm):
    title = Text(_("Template title"), limit=TITLE_MAX)
    body = TextAreaField(_("Content"))
    code = Text(
        _("Search code"),
        limit=CODE_MAX,
        required=False,
        description=_("Letters and digits. Typed as ::code it inserts the template."),
    )
    shared = BooleanField(
        _("Share with all services"),
        description=_("They see it and link it to their own resolution types; you change it."),
    )


def names_form(languages: list[str]) -> type[VersionedForm]:
    """A form with one name a language; the fields are called name-<code>."""

    class NamesForm(VersionedForm):
        @property
        def names(self) -> dict[str, str]:
            return {code: clean(self[f"name-{code}"].data) for code in languages}

        def refuse(self, error: Refused) -> None:
            """A refused name is marked in the first language, which is the one that must be."""
            field = f"name-{languages[0]}" if error.field else None
            super().refuse(Refused(error.message, field))

    for code in languages:
        setattr(NamesForm, f"name-{code}", _name(code))
    return NamesForm


def _name(code: str) -> Any:
    language = all_languages()[code]
    return StringField(
        language.native,
        render_kw={
            "maxlength": str(NAME_MAX),
            "lang": language.tag,
            "dir": "auto",
            "autocomplete": "off",
        },
    )
