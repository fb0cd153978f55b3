"""What a process keeps of services' settings: keyed by all it depends on, bounded, and emptied with
an erasure (OPS-2).
"""

import ast
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.automation import handlers
from occ.automation import queries as triggers
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.config import ROOT
from occ.core import kept
from occ.core.db import db
from occ.core.i18n import force_locale
from occ.core.kept import Kept
from occ.core.live import LiveVersion
from occ.fields import queries as fields
from occ.fields import service as field_service
from occ.fields.models import Field
from occ.fields.rules import FieldKind, System
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service, ServiceLanguage
from occ.organization.rules import ServiceState
from occ.ticket_settings import queries as settings
from occ.ticket_settings import service as setting_service
from occ.ticket_settings.rules import CategoryKind
from tests.factories import field as of_field
from tests.factories import ticket as tickets
from tests.factories import trigger as of_trigger
from tests.support.statements import Counter

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Of:
    id: int = 1
    created_at: datetime = NOON
    settings_n: int = 0
    erasures_n: int = 0


KEYS = (
    Of(),
    Of(id=2),
    Of(created_at=NOON + timedelta(seconds=1)),
    Of(settings_n=1),
    Of(erasures_n=1),
)


@pytest.mark.parametrize("other", KEYS[1:])
def test_a_value_is_that_of_its_service_and_version(app: Flask, other: Of) -> None:
    held: Kept[str] = Kept(5)
    assert held.of(KEYS[0], lambda: "first") == "first"
    assert held.of(KEYS[0], lambda: "again") == "first"
    assert held.of(other, lambda: "other") == "other"
    assert held.of(other, lambda: "again") == "other"


def test_a_value_is_that_of_what_else_it_depends_on(app: Flask) -> None:
    held: Kept[str] = Kept(5)
    said = {also: held.of(Of(), lambda also=also: also, also) for also in ("ko", "en", "ja")}  # type: ignore[misc]
    assert said == {also: also for also in said}
    assert held.of(Of(), lambda: "again", "en") == "en"


def test_only_the_newest_version_and_a_bounded_number_of_services_stay(app: Flask) -> None:
    held: Kept[int] = Kept(3)
    for version in range(10):
        held.of(Of(settings_n=version), lambda: 0)
    assert len(held) == 1
    for ident in range(1, 6):
        held.of(Of(id=ident), lambda: 0)
        held.of(Of(id=1), lambda: 0)
    assert len(held) == 3
    assert [held.of(Of(id=ident), lambda: 1) for ident in (1, 5, 2)] == [0, 0, 1]


def test_an_erasure_seen_by_another_process_leaves_nothing(app: Flask) -> None:
    held: Kept[int] = Kept(9)
    for ident in range(1, 6):
        held.of(Of(id=ident), lambda: 0)
    held.of(Of(id=9, erasures_n=1), lambda: 0)
    assert len(held) == 1


@pytest.fixture
def other(boss: Member) -> Service:
    return tickets.desk(boss, "other")


def said(of: Service) -> list[object]:
    """All that is kept of a service."""
    db.session.rollback()
    return [
        settings.languages(of),
        [one.name for one in fields.definitions(of, FieldKind.CUSTOMER)],
        settings.has_any(of, CategoryKind.INTAKE),
        settings.has_any(of, CategoryKind.RESOLUTION),
        list(settings.words(of.id)),
        [rule.title for rule in triggers.active(of.id)],
    ]


def change_everything(of: Service, word: str) -> None:
    of_field.field(of, word.lower())
    with db.write():
        setting_service.save_word(of, None, word)
        setting_service.add_category(
            of, CategoryKind.INTAKE, parent_id=None, names={"ko": word, "en": word}
        )
    looks = of_trigger.when(Subject.TITLE, Comparison.CONTAINS, word)
    of_trigger.trigger(of, word, [looks], Result(ResultKind.PRIORITY, "urgent"))


@pytest.mark.spec("OPS-2")
def test_services_and_languages_do_not_mix_and_nothing_is_read_twice(
    app: Flask, mall: Service, other: Service
) -> None:
    change_everything(mall, "Alpha")
    change_everything(other, "Beta")
    for of, word in ((mall, "Alpha"), (other, "Beta"), (mall, "Alpha")):
        texts = said(of)
        assert texts[2:] == [True, False, [word], [word]] and word in str(texts[1])
        assert ({"Alpha", "Beta"} - {word}).pop() not in str(texts[1])
    with Counter() as counter:
        said(mall)
    assert len(counter.statements) == 1, "the service with its version"
    words = {}
    for code in ("en", "ko", "ja", "en"):
        with force_locale(code):
            words[code] = said(mall)[1]
    assert len({str(text) for text in words.values()}) == 3, "each in its own language"


@pytest.mark.spec("OPS-2")
def test_what_another_process_changed_is_read_anew(app: Flask, mall: Service) -> None:
    change_everything(mall, "Alpha")
    before = said(mall)
    row = db.session.scalars(sa.select(Field).where(Field.code == "alpha")).one()
    renamed = {code: {"name": "Renamed"} for code in ("ko", "en")}
    scope = f"settings/{mall.id}"
    with db.write() as session:  # as a process whose memory is another one
        session.execute(sa.update(Field).where(Field.id == row.id).values(names=renamed))
        raised = sa.update(LiveVersion).where(LiveVersion.scope == scope)
        assert db.changed(raised.values(n=LiveVersion.n + 1)) == 1
    after = said(mall)
    assert "Renamed" in str(after) and "Renamed" not in str(before)


@pytest.mark.spec("OPS-2")
def test_every_kind_of_change_is_seen_at_once(app: Flask, mall: Service) -> None:
    change_everything(mall, "Alpha")
    seen = [str(said(mall))]

    def differs() -> bool:
        seen.append(str(said(mall)))
        return seen[-1] != seen[-2]

    with db.write():
        field_service.change_system(
            mall, System.TITLE, {"ko": {"name": "Matter"}}, required=False, version=0
        )
    assert differs()
    with db.write():
        field_service.reset(mall, System.TITLE)
    assert differs()
    with db.write():
        setting_service.delete_word(
            setting_service.queries.word_list(mall.id, "", after="", before="", size=1).rows[0]
        )
    assert differs()
    with db.write():
        found = settings.find(mall, CategoryKind.INTAKE, "")
        row = settings.category(mall.id, found[0][0])
        assert row is not None
        setting_service.delete_category(mall, row)
    assert differs()
    with db.write():
        mall.languages.append(ServiceLanguage(code="ja", position=5))
    assert differs()
    with db.write():
        mall.languages[-1].hidden = True
    assert differs()


def add_japanese(of: Service) -> None:
    of.languages.append(ServiceLanguage(code="ja", position=5))
    db.session.flush()
    assert "ja" in settings.languages(of), "who changes it sees it"
    raise ZeroDivisionError


@pytest.mark.spec("OPS-2")
def test_a_change_that_is_taken_back_is_not_remembered(app: Flask, mall: Service) -> None:
    before = said(mall)
    with pytest.raises(ZeroDivisionError), db.write():
        add_japanese(mall)
    assert said(mall) == before


@pytest.mark.spec("ORG-5")
def test_destroying_a_service_leaves_nothing_in_memory(
    app: Flask, mall: Service, other: Service
) -> None:
    change_everything(mall, "Alpha")
    said(mall), said(other)
    with db.write():
        mall.state = ServiceState.TERMINATED
    said(mall)
    holding = [one for one in kept._all if len(one)]
    assert len(holding) >= 5
    with db.write():
        organization.erase(mall.id)
    assert not any(len(one) for one in holding)


@pytest.mark.spec("ORG-5")
def test_what_was_read_before_an_erasure_is_not_kept_after_it(app: Flask, mall: Service) -> None:
    texts: Kept[str] = Kept(5)

    def make() -> str:
        texts.empty()  # meanwhile the service is destroyed
        return "of the erased"

    assert texts.of(mall, make) == "of the erased"
    assert len(texts) == 0
    assert texts.of(mall, lambda: "anew") == "anew" and len(texts) == 1


def _changes_settings(node: ast.AST) -> bool:
    """Whether this is a statement that writes rows of which processes keep something."""
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("sa.update", "sa.delete", "sa.insert")
        and ast.unparse(node.args[0]) in {model.__name__ for model in handlers.SETTINGS}
    )


def test_whoever_changes_settings_by_a_statement_says_so() -> None:
    silent = {
        f"{path.relative_to(ROOT / 'occ').as_posix()}: {function.name}"
        for path in (ROOT / "occ").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(_changes_settings(node) for node in ast.walk(function))
        and "kept.changed(" not in ast.unparse(function)
    }
    assert silent == {
        # a service that is destroyed empties all
        "ars/handlers.py: forget_phone",
        "automation/handlers.py: forget_triggers",
        "fields/handlers.py: forget_fields",
        "mail/handlers.py: forget_accounts",
        "ticket_settings/handlers.py: forget_settings",
        # what a search index still has to do is nothing that is kept
        "fields/service.py: indexed",
        # nor is what reading a mailbox finds out
        "mail/writes.py: failed",
        "mail/writes.py: looked",
        "mail/writes.py: progressed",
    }
