"""Callbacks by what has come of them (STA-3)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.ars.models import Queue
from occ.callbacks.models import Callback
from occ.callbacks.rules import CallbackState, Result, result
from occ.core.db import db
from occ.identity.models import Agent
from occ.organization.models import Service
from tests.callbacks.screen import HOME, ask
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
HERE = "/c/s/mall/histories/callbacks?period=all"


@pytest.mark.spec("STA-3")
def test_each_callback_has_one_result() -> None:
    for state in CallbackState:
        for failed in (False, True):
            assert result(state, failed=failed, deleted=True) is Result.DELETED
            done = state is CallbackState.COMPLETED
            open_one = Result.FAILED if failed else Result.REQUESTED
            assert result(state, failed=failed, deleted=False) is (
                Result.COMPLETED if done else open_one
            )


@pytest.mark.spec("STA-3")
def test_the_history_tells_results_apart_and_masks_numbers(
    mall: Service,
    orders: Queue,
    team: list[Agent],
    admin: Browser,
    browser: Callable[..., Browser],
) -> None:
    asked, done, gone, failed = ask(mall, orders, *(f"0000000{n}" for n in range(4)))
    admin.get(HOME)
    admin.post(f"{HOME}/{done}/complete", htmx=True)
    admin.get(f"{HOME}/{gone}/delete")
    admin.post(f"{HOME}/{gone}/delete", htmx=True)
    with db.write() as session:
        session.execute(
            sa.update(Callback)
            .where(Callback.id.in_((failed, done)))
            .values(failed_at=Callback.requested_at)
        )
    for name, ident in (
        ("requested", asked),
        ("completed", done),
        ("deleted", gone),
        ("failed", failed),
    ):
        admin.get(f"{HERE}&result={name}")
        assert [row.get("data-row") for row in admin.find("//tbody/tr")] == [f"{ident}"], name
        assert "010-****-" in admin.text() and "010-0000" not in admin.text()
    admin.get(HERE)
    assert len(admin.find("//tbody/tr")) == 4 and "All 4" in admin.text()
    assert "Deleted 1" in admin.text() and "Requested 1" in admin.text()
    admin.get(f"{HERE}&number=01000000001")
    assert [row.get("data-row") for row in admin.find("//tbody/tr")] == [f"{done}"]
    assert browser("kim").get(HERE).status_code == 403
