"""Forms of FAQ, notices and what they stand in: a text a language, `title-<code>` and
`body-<code>`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import request
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField

from occ.core import richtext
from occ.core.errors import Refused
from occ.core.forms import Text, VersionedForm, clean
from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import lazy_pgettext as pgettext
from occ.core.values import ident as ident_of
from occ.help_center.documents import labels, rules
from occ.help_center.documents.rules import TITLE_MAX, DocumentKind, Readers
from occ.help_center.documents.service import Draft
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.ticket_settings.rules import NAME_MAX


class Written(VersionedForm):
    """Texts in the languages of a service, as its editor writes them."""

    codes: Sequence[str] = ()

    def loaded(self, texts: Mapping[str, rules.Text], editor: Editor) -> None:
        """Puts texts in, as the service's editor loads them."""
        for code in self.codes:
            text = texts.get(code, rules.Text("", ""))
            keeps = editor is Editor.HTML
            self[f"title-{code}"].data = text.title
            self[f"body-{code}"].data = (
                text.html or richtext.html_of(text.body) if keeps else text.body
            )

    def texts(self, of: Service) -> dict[str, rules.Text]:
        """What was written, sanitized; raises Refused for what no editor writes.

        Pictures are files of the service.
        """
        own = f"/{of.slug}/files/"

        def picture(source: str) -> str | None:
            return "" if source.startswith(own) else None  # nobody has described it

        found = {}
        for code in self.codes:
            try:
                said = richtext.received(
                    clean(self[f"body-{code}"].data),
                    drawn=request.form.get("formatted") == "1",
                    keeps=of.editor is Editor.HTML,
                    picture=picture,
                )
            except Refused as error:
                raise Refused(error.message, f"body-{code}") from error
            found[code] = rules.Text(clean(self[f"title-{code}"].data), said.text, said.html)
        return found

    @property
    def tags(self) -> list[int]:
        """The tags that were ticked."""
        found = map(ident_of, request.form.getlist("tag"))
        return [one for one in found if one is not None]


class FaqForm(Written):
    topic = SelectField(_("Category"), coerce=int)
    readers = SelectField(
        _("Readers"),
        choices=[(one.value, label.text) for one, label in labels.READERS.items()],
        description=_("What is for agents only stands beside tickets and is never public."),
    )
    pinned_home = BooleanField(
        _("Pin on the home page"),
        description=_("The home page shows five; pinned ones come first, the last changed on top."),
    )
    pinned = BooleanField(
        _("Pin in its category"),
        description=_("What is pinned on the home page is pinned here, too."),
    )

    def draft(self, of: Service) -> Draft:
        """What was written; raises Refused."""
        return Draft(
            texts=self.texts(of),
            topic_id=self.topic.data or None,
            readers=Readers(self.readers.data),
            pinned_home=bool(self.pinned_home.data),
            pinned=bool(self.pinned.data),
        )


class NoticeForm(Written):
    topic = SelectField(pgettext("notice", "Heading"), coerce=int)
    starts_at = StringField(
        _("Start"), render_kw={"type": "datetime-local", "max": "9998-12-31T23:59"}
    )
    ends_at = StringField(
        _("End"),
        description=_("Without an end it stays."),
        render_kw={"type": "datetime-local", "max": "9998-12-31T23:59"},
    )
    shown_on = StringField(
        _("Shown day"),
        description=_("The day that customers see; without one the day of the start."),
        render_kw={"type": "date", "max": "9998-12-31"},
    )
    pinned = BooleanField(_("Pin on top of all notices"))

    def draft(self, of: Service) -> Draft:
        """What was written; raises Refused."""
        return Draft(
            texts=self.texts(of),
            topic_id=self.topic.data or None,
            pinned=bool(self.pinned.data),
            tags=self.tags,
            starts_at=self._instant("starts_at", of.time_zone),
            ends_at=self._instant("ends_at", of.time_zone, last=True),
            shown_on=self._day(),
        )

    def _instant(self, name: str, zone: str, *, last: bool = False) -> datetime | None:
        typed = clean(self[name].data)
        return rules.instant(typed, zone, name, last=last) if typed else None

    def _day(self) -> date | None:
        typed = clean(self.shown_on.data)
        return rules.day(typed, "shown_on") if typed else None


class NoticeTemplateForm(Written):
    name = Text(_("Template name"), limit=100)
    topic = SelectField(pgettext("notice", "Heading"), coerce=int)


FORMS: dict[DocumentKind, type[FaqForm | NoticeForm]] = {
    DocumentKind.FAQ: FaqForm,
    DocumentKind.NOTICE: NoticeForm,
}


def written(base: type[Written], languages: Sequence[str]) -> type[Any]:
    """A form with a title and a text in each of some languages."""
    made = type(base.__name__, (base,), {"codes": tuple(languages)})
    for code in languages:
        language = all_languages()[code]
        about = {"lang": language.tag, "dir": "auto", "autocomplete": "off"}
        setattr(
            made,
            f"title-{code}",
            StringField(
                _said(_("Title"), language.native, len(languages)),
                render_kw={"maxlength": str(TITLE_MAX), **about},
            ),
        )
        setattr(
            made,
            f"body-{code}",
            TextAreaField(_said(_("Content"), language.native, len(languages)), render_kw=about),
        )
    return made


def topic_form(languages: Sequence[str]) -> type[Any]:
    """The names of a category, heading or tag, `name-<code>`."""

    class TopicForm(VersionedForm):
        icon = RadioField(
            _("Icon on the home page"),
            choices=[(one.value, label.text) for one, label in labels.ICONS.items()],
            default=rules.TopicIcon.FOLDER.value,
        )

        @property
        def names(self) -> dict[str, str]:
            return {code: clean(self[f"name-{code}"].data) for code in languages}

        def refuse(self, error: Refused) -> None:
            """A refused name is marked in the first language, which is the one that must be."""
            field = f"name-{languages[0]}" if error.field else None
            super().refuse(Refused(error.message, field))

    for code in languages:
        language = all_languages()[code]
        setattr(
            TopicForm,
            f"name-{code}",
            StringField(
                _said(_("Name"), language.native, len(languages)),
                render_kw={
                    "maxlength": str(NAME_MAX),
                    "lang": language.tag,
                    "dir": "auto",
                    "autocomplete": "off",
                },
            ),
        )
    return TopicForm


def _said(label: Any, native: str, count: int) -> Any:
    return _("%(label)s (%(language)s)", label=label, language=native) if count > 1 else label
