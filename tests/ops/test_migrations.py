"""OPS-1, OPS-4: migrations up, down and up again on filled tables, without drift, on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.ars.models import PhoneService
from occ.cli.demo import fill
from occ.cli.migrations import downgrade, include, upgrade
from occ.cli.start import prepare
from occ.config import ROOT
from occ.core import clock, crypto
from occ.core.db import db
from occ.delivery import hooks
from occ.delivery import service as delivery
from occ.factory import create_app
from occ.fields.rules import FieldType
from occ.telephony import service as telephony
from occ.tickets.models import TicketEntry, TriggerRun
from tests.conftest import ENGINES, QUIET
from tests.factories import field as fields
from tests.factories import phone, world
from tests.factories import ticket as tickets

OUTBOXES = ("outgoing", "web_call")


@pytest.fixture(params=ENGINES)
def empty(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]
) -> Flask:
    url = database_url(request.param, "migrate", is_empty=True)
    return create_app({**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": url})


@pytest.mark.live
@pytest.mark.spec("OPS-1", "OPS-4")
def test_up_down_up_on_filled_tables_without_drift(empty: Flask) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    prepare(empty)
    with empty.app_context():
        boss = world.owner()
        desk = tickets.desk(boss)
        world.agent(boss, desk, world.member("one"))
        tickets.ticket(desk, boss, email="lee@example.com")  # of a customer without a number
        for code, type in (("scan", FieldType.FILE), ("amount", FieldType.NUMBER)):
            fields.field(desk, code, type=type)
        db.session.remove()
        db.engine.dispose()
        downgrade(revision="0020")
        types = sa.text("SELECT code, type FROM field WHERE code IN ('scan', 'amount')")
        with db.engine.connect() as connection:
            assert dict(connection.execute(types).tuples().all()) == {
                "scan": "text",  # the version before knows no files
                "amount": "number",
            }
        downgrade(revision="base")
        assert sa.inspect(db.engine).get_table_names() in ([], ["alembic_version"])
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "include_object": include}
            )
            assert compare_metadata(context, db.metadata) == []
        assert db.session.execute(sa.text("SELECT count, mac FROM audit_head")).one() == (
            0,
            "0" * 64,
        )
        world.owner()
        db.session.remove()
        db.engine.dispose()


REVISIONS = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
# What goes by its nature where a revision is undone, beside its own tables and columns: rows that the
# revision before cannot hold.
LOSES = {
    "0005": {"charge": "fees of the tenant, which belong to no service"},
    "0012": {
        "ticket_entry": "questions to and answers of issue services",
        "ticket_event": "of hand-over",
    },
}


def somebody_calls() -> None:
    """The demo's own calls begin when the engine runs."""
    main = db.session.scalars(sa.select(PhoneService).order_by(PhoneService.service_id)).first()
    assert main is not None
    with db.write():
        telephony.arrive("calling", "+821055556666", main.main_number)


RENAMED = {"export": "task"}  # by 0017


def rows() -> dict[str, int]:
    """How many rows each table has, by its newest name; the parts of SQLite's search index are its own affair."""
    found = {}
    with db.engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name != "alembic_version" and not name.startswith(("ticket_fts_", "document_fts_")):
                count = sa.select(sa.func.count()).select_from(sa.table(name))
                found[RENAMED.get(name, name)] = connection.execute(count).scalar_one()
        if connection.dialect.name == "sqlite":  # PostgreSQL checks them itself
            assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    return found


@pytest.mark.full
@pytest.mark.live
@pytest.mark.spec("OPS-1", "OPS-4")
def test_every_revision_goes_down_and_up_again_with_the_demo_in_it(empty: Flask) -> None:
    """Each is undone, done again and undone: what the tables on both sides hold stays."""
    prepare(empty)
    with empty.app_context():
        fill(days=7)
        somebody_calls()
        db.session.remove()
        db.engine.dispose()
        before = rows()
        assert min(before[name] for name in ("call", "callback", "charge", "ticket")) > 0
        for number, revision in reversed(list(enumerate(REVISIONS))):
            below = REVISIONS[number - 1] if number else "base"
            downgrade(revision=below)
            after = rows()
            kept = before.keys() & after.keys()
            lost = {name for name in kept if after[name] < before[name]}
            assert lost == LOSES.get(revision, {}).keys(), f"undoing {revision}"
            assert all(after[name] <= before[name] for name in kept), f"undoing {revision}"
            if below == "base":
                break
            upgrade(revision=revision)
            again = rows()
            assert again.keys() == before.keys(), f"{revision} again"
            assert {name: again[name] for name in after} == after, f"{revision} again"
            downgrade(revision=below)
            before = rows()
            assert before == after, f"undoing {revision} twice"
        assert after == {}
        upgrade()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.live
@pytest.mark.spec("OPS-4", "ARS-1")
def test_services_with_phone_from_before_telephony_get_a_number_and_their_agents_cti_data(
    empty: Flask,
) -> None:
    prepare(empty)
    with empty.app_context():
        boss = world.owner()
        mall = phone.service(boss)
        phone.agent(boss, mall, "kim")
        facts = (
            "SELECT main_number FROM phone_service",
            "SELECT cti_id, number FROM cti_agent",
            "SELECT recall_seconds FROM cti_settings",
            "SELECT tenant_id, lines FROM tenant_licence",
        )
        before = [db.session.execute(sa.text(fact)).all() for fact in facts]
        db.session.remove()
        db.engine.dispose()
        downgrade(revision="0001")
        upgrade()
        assert [db.session.execute(sa.text(fact)).all() for fact in facts] == before
        assert before[1] == [("kim", "2001")]
        db.session.remove()
        db.engine.dispose()


@pytest.mark.live
@pytest.mark.spec("OPS-4", "FLD-4")
def test_old_mails_and_calls_learn_which_ticket_they_belong_to(empty: Flask) -> None:
    prepare(empty)
    with empty.app_context():
        boss = world.owner()
        one = tickets.ticket(tickets.desk(boss), boss)
        with db.write() as session:
            entry, run = (
                session.scalars(sa.select(TicketEntry.id)).one(),
                TriggerRun(ticket_id=one.id, at=clock.now(), fact="", report=[]),
            )
            session.add(run)
            session.flush()
            forwarded, linked = (
                f"A title [#{one.id}]",
                {"ticket": {"url": f"https://occ.example/c/s/mall/tickets/{one.id}"}},
            )
            for key, subject in (
                (f"ticket-entry-{entry}-aaaa", "Answer"),
                (f"trigger-{run.id}-1-0-0", "Mail"),
                ("trigger-999-1-0", forwarded),
                ("trigger-999-1-0-0", forwarded),
                (crypto.token(), forwarded),
            ):
                delivery.send_mail(to="a@example.com", subject=subject, body="B", key=key)
            for key, content in (
                (f"trigger-{run.id}-1-1", {}),
                ("trigger-999-1-1", linked),
                ("trigger-999-1-2", {"url": 5}),
            ):
                hooks.call(one.service_id, "https://crm.example/", content, key=key)
            about = one.about
        db.session.remove()
        db.engine.dispose()
        downgrade(revision="0021")
        upgrade()
        filled = [
            [
                row[0]
                for row in db.session.execute(sa.text(f"SELECT about FROM {table} ORDER BY id"))
            ]
            for table in OUTBOXES
        ]
        assert filled == [[about, about, about, None, None], [about, about, None]], (
            "where it can be told"
        )
        db.session.remove()
        db.engine.dispose()


@pytest.mark.live
@pytest.mark.spec("OPS-1")
def test_readers_cannot_write_and_one_write_is_open_at_a_time(empty: Flask) -> None:
    prepare(empty)
    with empty.app_context():
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(sa.text("UPDATE audit_head SET count = 9"))
        db.session.rollback()
        with pytest.raises(RuntimeError, match="already open"), db.write(), db.write():
            pass
        with pytest.raises(ZeroDivisionError), db.write() as session:
            assert 1 / (session.execute(sa.text("UPDATE audit_head SET count = 9")).rowcount - 1)  # type: ignore[attr-defined]
        assert db.session.scalar(sa.text("SELECT count FROM audit_head")) == 0
        db.session.remove()
        db.engine.dispose()
