from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from occ.core.db import db
from occ.factory import create_app
from tests.conftest import ENGINES, QUIET
from tests.support.migrated import prepare


@pytest.fixture(params=ENGINES)
def console(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]
) -> Any:
    """An application with a database of its own, whose commits are real."""
    application = create_app(
        {**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": database_url(request.param, "ops")}
    )
    prepare(application)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()
