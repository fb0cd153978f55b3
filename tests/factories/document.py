"""A service with documents of its help center, made through the services."""

from collections.abc import Mapping
from typing import Any

from occ.core.db import db
from occ.help_center.documents import counting, service, vocabulary
from occ.help_center.documents.models import Document, Topic
from occ.help_center.documents.rules import DocumentKind, Text, TopicKind
from occ.help_center.documents.service import Draft, Writer
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import world


def mall(boss: Member, **changes: Any) -> Service:
    """A service with a help center in Korean and English that the owner manages."""
    made = world.contracted(boss, **changes)
    world.agent(boss, made, boss, manager=True)
    return made


def manager(boss: Member) -> Writer:
    return Writer(world.actor(boss), publishes=True)


def topic(
    of: Service, kind: TopicKind, name: str, above: Topic | None = None, **names: str
) -> Topic:
    """A category, heading or tag with its name in the first language."""
    first = of.shown_languages[0].code
    with db.write():
        return vocabulary.add_topic(
            of, kind, {first: name, **names}, parent_id=above.id if above else None
        )


def texts(title: str, body: str = "", **others: tuple[str, str]) -> Mapping[str, Text]:
    """A text in Korean, and others by language."""
    said = {"ko": Text(title, body or f"{title} 안내")}
    return said | {code: Text(*text) for code, text in others.items()}


def faq(
    of: Service,
    by: Member,
    title: str,
    body: str = "",
    *,
    publish: bool = True,
    others: Mapping[str, tuple[str, str]] | None = None,
    **draft: Any,
) -> Document:
    with db.write():
        return service.save(
            of,
            DocumentKind.FAQ,
            None,
            Draft(texts=texts(title, body, **(others or {})), **draft),
            publish=publish,
            by=manager(by),
        )


def notice(
    of: Service,
    by: Member,
    title: str,
    body: str = "",
    *,
    publish: bool = True,
    heading: Topic | None = None,
    others: Mapping[str, tuple[str, str]] | None = None,
    **draft: Any,
) -> Document:
    """A notice; under a heading of its own where none is given."""
    under = heading or topic(of, TopicKind.HEADING, f"말머리 {title}"[:50])
    with db.write():
        return service.save(
            of,
            DocumentKind.NOTICE,
            None,
            Draft(texts=texts(title, body, **(others or {})), topic_id=under.id, **draft),
            publish=publish,
            by=manager(by),
        )


def furnished(of: Service, by: Member) -> None:
    """One row of everything of a help center's documents that has an address."""
    topic(of, TopicKind.CATEGORY, "환불")
    faq(of, by, "환불 기간")
    notice(of, by, "점검 안내")
    with db.write():
        vocabulary.save_template(
            of,
            None,
            name="정기 점검",
            texts=texts("점검 안내"),
            heading_id=None,
            tags=[],
            by=world.actor(by),
        )
    counting.note_missed(of.id, "ko", "교환")
    counting.flush()
