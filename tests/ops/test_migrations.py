"""OPS-1, OPS-4: migrations up, down and up again on filled tables, without drift, on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.cli.migrations import downgrade, include, upgrade
from occ.cli.start import prepare
from occ.core.db import db
from occ.factory import create_app
from tests.conftest import ENGINES, QUIET
from tests.factories import phone, world


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[str, str], str]) -> Flask:
    url = database_url(request.param, "migrate")
    return create_app({**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": url})


@pytest.mark.live
@pytest.mark.spec("OPS-1", "OPS-4")
def test_up_down_up_on_filled_tables_without_drift(empty: Flask) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    prepare(empty)
    with empty.app_context():
        boss = world.owner()
        world.agent(boss, world.contracted(boss), world.member("one"))
        db.session.remove()
        db.engine.dispose()
        downgrade(revision="base")
        assert sa.inspect(db.engine).get_table_names() in ([], ["alembic_version"])
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": include})
            assert compare_metadata(context, db.metadata) == []
        assert db.session.execute(sa.text("SELECT count, mac FROM audit_head")).one() == (0, "0" * 64)
        world.owner()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.live
@pytest.mark.spec("OPS-4", "ARS-1")
def test_services_with_phone_from_before_telephony_get_a_number_and_their_agents_cti_data(empty: Flask) -> None:
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
