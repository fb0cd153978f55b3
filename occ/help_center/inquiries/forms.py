from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import TextAreaField

from occ.core.forms import VersionedForm, clean
from occ.core.i18n import lazy_gettext as _
from occ.help_center.inquiries.rules import CONSENT_MAX
from occ.organization.languages import all_languages


def consent_form(languages: Sequence[str]) -> type[VersionedForm]:
    """The form of a consent text, an input a language: `text-<code>`."""

    class ConsentForm(VersionedForm):
        version_of = "number"

        @property
        def texts(self) -> dict[str, str]:
            return {code: clean(self[f"text-{code}"].data) for code in languages}

        def show(self, texts: Mapping[str, Any]) -> None:
            """Fills the texts in."""
            for code in languages:
                self[f"text-{code}"].data = texts.get(code, "")

    for code in languages:
        language = all_languages()[code]
        about = {"rows": "8", "maxlength": str(CONSENT_MAX), "lang": language.tag, "dir": "auto"}
        label = _("Text (%(language)s)", language=language.native)
        setattr(ConsentForm, f"text-{code}", TextAreaField(label, render_kw=about))
    return ConsentForm
