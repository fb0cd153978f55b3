"""What agents type about their calls (CTI-4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from occ.ars import service as ars
from occ.ars.queries import phone_service
from occ.ars.rules.phone import AfterCall
from occ.core.db import db
from occ.identity.models import Agent
from occ.organization.models import Service
from occ.telephony import queries
from occ.telephony.rules.calls import AgentState, Command
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


@pytest.mark.spec("CTI-4")
@pytest.mark.parametrize("after", [AfterCall.READY, AfterCall.WRAP_UP])
def test_what_is_typed_about_a_call_is_kept_before_it_is_filed(
    floor: Floor, mall: Service, kim: Agent, browser: Callable[..., Browser], after: AfterCall
) -> None:
    with db.write():
        refund = ars.save_disposition(mall, None, name="Refund").id
        of_mall = phone_service(mall.id)
        assert of_mall is not None
        of_mall.after_call = after
    his = browser("kim")
    floor.login(kim)
    call = floor.call(floor.place(mall)).id
    his.get("/c/me")

    def kept(notes: str, **values: Any) -> tuple[str, int | None]:
        sent = {"notes": notes, **values}
        assert his.post(f"/c/phone/calls/{call}/notes", sent, htmx=True).status_code == 204
        db.session.rollback()
        leg = queries.own_leg(call, kim.member_id)
        assert leg is not None
        return leg.notes, leg.disposition_id

    floor.do(kim, Command.ANSWER)
    drawn = his.get("/c/phone", htmx=True).headers["ETag"]
    news = his.get("/c/news", htmx=True).headers["ETag"]
    assert kept("Asks for\r\nthe money ", disposition=refund) == ("Asks for\nthe money", refund)
    assert kept("x" * 1025) == ("x" * 1024, None), "as much as can be filed"
    assert kept("Asks", disposition=10**6) == ("Asks", None)
    assert his.poll("/c/news", news).status_code == 304, "nothing is drawn anew under who types"
    assert his.poll("/c/phone", drawn).status_code == 200, "a page that is opened shows it"
    assert "Asks</textarea>" in his.get("/c/phone", htmx=True).text
    floor.do(kim, Command.HANG_UP)
    assert kept("Asks twice") == ("Asks twice", None), "typed as the customer hung up"
    if floor.state(kim) is AgentState.WRAP_UP:
        filed = {"call": call, "notes": "Filed", "state": "ready"}
        assert his.post("/c/phone/wrap_up", filed, htmx=True).status_code == 200
        assert kept("Asks twice")[0] == "Filed", "another tab sends what is older"
        return
    floor.now += timedelta(minutes=2)
    assert kept("Late")[0] == "Asks twice"
