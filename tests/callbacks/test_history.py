"""Callbacks by what has come of them (STA-3)."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from occ.ars.models import Queue
from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.callbacks.models import Callback
from occ.callbacks.queries import Filters
from occ.callbacks.rules import CallbackState, Result, result
from occ.callbacks.sheets import from_params, to_params
from occ.core.db import db
from occ.identity.models import Agent
from occ.organization.models import Service
from tests.callbacks.screen import HOME, ask
from tests.support.browser import Browser
from tests.support.sheets import sheet

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


@pytest.mark.spec("STA-3", "LOG-3")
def test_excel_of_the_history_holds_every_result_with_masked_numbers_and_is_recorded(
    mall: Service,
    orders: Queue,
    team: list[Agent],
    admin: Browser,
    browser: Callable[..., Browser],
) -> None:
    _asked, gone = ask(mall, orders, "00000001", "00000002")
    admin.post(f"{HOME}/{gone}/delete", htmx=True)
    file = HERE.replace("?", "/callbacks.xlsx?")
    head, *rows = sheet(admin.get(file).data)
    found = {row[head.index("Result")]: row for row in rows}
    assert set(found) == {"Deleted", "Requested"} and len(rows) == 2
    assert {row[head.index("Phone number")] for row in rows} == {"010-****-0001", "010-****-0002"}
    assert found["Deleted"][head.index("Ended by")] == "Boss Kim"
    assert isinstance(found["Deleted"][head.index("Ended at (Asia/Seoul)")], datetime)
    assert found["Requested"][head.index("Ended by")] is None
    assert len(sheet(admin.get(f"{file}&result=deleted").data)) == 2, "what was searched alone"
    assert len(sheet(admin.get(f"{file}&number=0001").data)) == 1, "no number is guessed"
    assert browser("kim").get(file).status_code == 403
    entries = db.session.scalars(sa.select(WorkEntry).order_by(WorkEntry.id)).all()
    assert [(one.work, one.detail) for one in entries] == [
        (Work.EXCEL_CALLBACK_RESULTS, {"rows": count}) for count in (2, 1, 0)
    ]
    params = to_params(Filters(mall.id, all_results=True, result=Result.DELETED))
    assert from_params(json.loads(json.dumps(params))).result is Result.DELETED
