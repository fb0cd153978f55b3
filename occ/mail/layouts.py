"""Layouts of mails (MAIL-2): a service's own ones, else those that are shipped, and what a mail
says in one. Writes run inside the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from occ.core import clock, crypto, kept, richtext
from occ.core.db import db
from occ.core.errors import Conflict, check_version
from occ.core.i18n import LOCALES, force_locale
from occ.core.i18n import gettext as _
from occ.core.kept import Kept
from occ.core.richtext import Writing
from occ.mail import rules, shipped
from occ.mail.models import MailLayout
from occ.mail.rules import CONTENT, INQUIRY, LAYOUT_PLACES, LINK, SERVICE, LayoutKind
from occ.organization.languages import Language
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import Placeholder, filled, filled_html

SERVICES = 200
_OWN: Kept[dict[tuple[LayoutKind, str], Writing]] = Kept(SERVICES)


@dataclass(frozen=True)
class Answer:
    """What an answer's layout fills in beside the placeholders of its ticket."""

    said: Writing
    inquiry: str
    link: str = ""


def own(service: Service) -> Mapping[tuple[LayoutKind, str], Writing]:
    """A service's own layouts by kind and language."""

    def read() -> dict[tuple[LayoutKind, str], Writing]:
        rows = db.session.scalars(sa.select(MailLayout).where(MailLayout.service_id == service.id))
        return {(row.kind, row.language): Writing(row.body, row.html) for row in rows}

    return _OWN.of(service, read)


def layout(service: Service, kind: LayoutKind, language: str) -> Writing:
    """What a service's mails of a kind look like in a language."""
    return own(service).get((kind, language)) or shipped.layout(kind, language)


def row(service: Service, kind: LayoutKind, language: str) -> MailLayout | None:
    """A service's own layout as it is stored."""
    return db.session.scalar(
        sa.select(MailLayout).where(
            MailLayout.service_id == service.id,
            MailLayout.kind == kind,
            MailLayout.language == language,
        )
    )


def places(service: Service) -> dict[str, str]:
    """The placeholders of layouts, by what stands between the braces, with their names."""
    own_places = {name: str(text) for name, text in LAYOUT_PLACES.items()}
    return {**own_places, **settings.placeholders(service)}


def check(service: Service, said: Writing) -> None:
    """Raises Refused, in words, for what a layout must not be."""
    rules.check_layout(said, places(service), settings.words(service.id))


def save(
    service: Service, kind: LayoutKind, language: str, said: Writing, *, version: int
) -> MailLayout:
    """Adds or changes a service's own layout; `version` is 0 where there was none.

    Raises Conflict when somebody else saved first.
    """
    db.lock(Service, service.id)
    check(service, said)
    found = row(service, kind, language)
    if found is not None and not version:
        raise Conflict(_("Somebody wrote this layout meanwhile. Compare it with yours."))
    if found is None and version:
        raise Conflict(_("Somebody went back to the shipped layout meanwhile."))
    if found is None:
        found = MailLayout(service_id=service.id, kind=kind, language=language)
        db.session.add(found)
    else:
        db.session.refresh(found)
        check_version(found, version)
    found.body, found.html, found.changed_at = said.text, said.html, clock.now()
    db.session.flush()
    return found


def reset(service: Service, kind: LayoutKind, language: str) -> None:
    """Back to the shipped layout."""
    db.lock(Service, service.id)
    gone = sa.delete(MailLayout).where(
        MailLayout.service_id == service.id,
        MailLayout.kind == kind,
        MailLayout.language == language,
    )
    db.session.execute(gone)
    kept.changed(service.id)
    db.session.expire_all()


def composed(service: Service, look: Writing, answer: Answer, values: Mapping[str, str]) -> Writing:
    """What a mail says: its layout with all that it fills in; with HTML where the service's editor
    keeps formats.

    The answer is HTML already, so that a mark which nobody writes holds its place.
    """
    known = {**values, SERVICE: service.name, INQUIRY: answer.inquiry, LINK: answer.link}
    if not answer.link:
        look = _without_line(look)
    text = filled(look.text, {**known, CONTENT: answer.said.text}).text
    if service.editor is not Editor.HTML:
        return Writing(text)
    mark = f"\ue000{crypto.token()}\ue000"
    there = filled_html(look.html or richtext.html_of(look.text), {**known, CONTENT: mark}).text
    html = answer.said.html or richtext.html_of(answer.said.text)
    return Writing(text, there.replace(mark, html))


def _without_line(look: Writing) -> Writing:
    """A layout for a ticket that no page shows to its customer: a line that would hold the link
    alone is left out.
    """
    place = f"#{{{LINK}}}"
    return Writing(
        look.text.replace(f"\n{place}\n", "\n"), look.html.replace(f"<br>{place}<br>", "<br>")
    )


def sample(service: Service, look: Writing, language: Language, agent: str) -> Writing:
    """What a mail in a layout looks like: an answer that nobody asked for, in its language where
    the console has one; fields by their names.
    """
    with force_locale(language.code if language.code in LOCALES else "en"):
        values = {name: f"[{text}]" for name, text in settings.placeholders(service).items()}
        values |= {
            Placeholder.NUMBER.value: "#1234",
            Placeholder.TITLE.value: _("When does my order arrive?"),
            Placeholder.AGENT.value: agent,
        }
        said = _("Your order has left our warehouse today.\nIt arrives tomorrow by noon.")
        asked = _("I ordered on Monday. When does my order arrive?")
    link = f"https://example.com/{service.slug}/hc/{language.code}/i/1234"
    return composed(service, look, Answer(Writing(said), asked, link), values)
