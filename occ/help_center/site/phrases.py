"""How a service words the texts of its help center, and texts of its own (HC-3)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.help_center.site import queries, rules
from occ.help_center.site.models import HelpCenterMenu, HelpCenterText, HelpCenterTheme
from occ.help_center.site.service import changed, check_seen
from occ.help_center.site.wordings import WORDINGS, shipped
from occ.organization.models import Service


@dataclass(frozen=True)
class Phrase:
    """A text: as the service words it and as it comes, by language."""

    code: str
    is_own: bool
    texts: Mapping[str, str]
    shipped: Mapping[str, str]
    version: int

    @property
    def is_changed(self) -> bool:
        """Whether the service words it itself somewhere."""
        return not self.is_own and bool(self.texts)

    def lacks(self, language: str) -> bool:
        """Whether customers miss it in a language; a text that comes empty is missed nowhere."""
        is_said = self.is_own or bool(self.shipped.get("en"))
        return is_said and not self.shown(language)

    def shown(self, language: str) -> str:
        """What customers read in a language, '' where nothing is worded in it."""
        return self.texts.get(language) or self.shipped.get(language, "")


def phrase(service: Service, code: str) -> Phrase | None:
    """One text of a help center."""
    return next((one for one in _all(service) if one.code == code), None)


def _all(service: Service) -> Iterator[Phrase]:
    languages = [language.code for language in service.languages]
    own = queries.texts(service.id)
    for code in [*WORDINGS, *sorted(set(own) - set(WORDINGS))]:
        row, is_own = own.get(code), code not in WORDINGS
        comes = {} if is_own else {one: shipped(code, one) for one in (*languages, "en")}
        yield Phrase(code, is_own, dict(row.texts) if row else {}, comes, row.version if row else 0)


def phrases(
    service: Service,
    *,
    asked: str = "",
    only: str = "",
    missing: str = "",
) -> list[Phrase]:
    """The texts of a help center: whose code or words in any language hold what is asked; `only`
    the "changed" or "own" ones; those that are `missing` in a language.
    """
    needle = asked.casefold()
    return [
        one
        for one in _all(service)
        if (only != "changed" or one.is_changed)
        and (only != "own" or one.is_own)
        and (not missing or one.lacks(missing))
        and any(
            needle in text.casefold()
            for text in (one.code, *one.texts.values(), *one.shipped.values())
        )
    ]


def check(code: str, texts: Mapping[str, str]) -> None:
    """Refuses wordings that lose a value, or use one that there is not."""
    comes = shipped(code, "en") if code in WORDINGS else ""
    for language, text in texts.items():
        if text:
            rules.check_wording(comes, text, field=f"text-{language}")


def save(service: Service, code: str, texts: Mapping[str, str], *, version: int) -> None:
    """Words a text in the given languages; an empty one is as it comes."""
    db.lock(Service, service.id)
    row = queries.texts(service.id).get(code)
    if row is not None:
        db.session.refresh(row)
    check_seen(row, version)
    worded = {**(row.texts if row else {}), **texts}
    worded = {language: text for language, text in worded.items() if text}
    if row is None and worded:
        row = HelpCenterText(service_id=service.id, code=code)
        db.session.add(row)
    if row is not None and (worded or code not in WORDINGS):
        row.texts = worded
    elif row is not None:
        db.session.delete(row)
    changed(service.id)


def add(service: Service, code: str, texts: Mapping[str, str]) -> None:
    """A text of the service's own."""
    db.lock(Service, service.id)
    own = queries.texts(service.id)
    if code in WORDINGS or code in own:
        raise Refused(
            _("There is a text “%(code)s” already. Choose another code.", code=code), "code"
        )
    if len(set(own) - set(WORDINGS)) >= rules.OWN_MAX:
        raise Refused(_("Keep at most %(count)s texts of your own.", count=rules.OWN_MAX), "code")
    kept = {language: text for language, text in texts.items() if text}
    if not kept:
        raise Refused(_("Enter a text in one language at least."), f"text-{next(iter(texts))}")
    db.session.add(HelpCenterText(service_id=service.id, code=code, texts=kept))
    changed(service.id)


def uses(service: Service, code: str) -> int:
    """In how many menus and sections of themes a code stands."""
    menus = db.session.scalars(
        sa.select(HelpCenterMenu.names).where(HelpCenterMenu.service_id == service.id)
    )
    themes = db.session.scalars(
        sa.select(HelpCenterTheme.sections).where(HelpCenterTheme.service_id == service.id)
    )
    sections = [section for sections in themes for section in sections]
    return sum(
        any(code in rules.codes(text) for text in texts.values())
        for texts in [*menus, *(section["texts"] for section in sections)]
    )


def delete(service: Service, code: str) -> None:
    """Deletes a text of the service's own; where it stood, nothing stands."""
    db.lock(Service, service.id)
    _gone(service, {code} - set(WORDINGS))


def reset(service: Service, code: str) -> None:
    """A text as it comes, in all languages."""
    db.lock(Service, service.id)
    _gone(service, {code} & set(WORDINGS))


def _gone(service: Service, codes: Collection[str]) -> None:
    db.session.execute(
        sa.delete(HelpCenterText).where(
            HelpCenterText.service_id == service.id, HelpCenterText.code.in_(list(codes))
        )
    )
    changed(service.id)


def offered(service: Service) -> Sequence[Phrase]:
    """The texts of the service's own, to choose from where codes are put in."""
    return [one for one in _all(service) if one.is_own]
