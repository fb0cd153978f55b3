"""The demo's help center and its triggers together."""

from collections.abc import Callable

import pytest

from occ.cli import demo_settings
from occ.identity.models import Member
from tests.factories import world
from tests.factories.letters import arrives, letter
from tests.help_center import asking
from tests.help_center.asking import kind, links, mails, send, tickets
from tests.support.browser import Browser


@pytest.mark.heavy
@pytest.mark.spec("HC-1", "TRG-3")
def test_a_customer_of_the_demo_is_told_once_that_an_inquiry_came_in(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    """By the help center, with the link, or by a trigger, for what came by mail."""
    of = world.contracted(
        boss, "neulbommall", features=asking.FEATURES, languages=["ko", "en", "ja"]
    )
    world.agent(boss, of, boss, manager=True, ticket=True)
    refund = kind(of, "환불")
    demo_settings.furnish("neulbommall")
    sent = send(
        browser(),
        form=f"/neulbommall/hc/ko/inquiry?intake={refund.id}",
        intake=str(refund.id),
        content="환불해 주세요.",
        **{"f-order_no": "4071"},
    )
    assert sent.status_code == 303 and tickets()[0].assignee_id == boss.id
    (mail,) = mails()
    assert links(mail)
    arrives(of, letter(sender="lee@example.com", text="환불해 주세요."))
    (mail,) = mails("lee@example.com")
    assert "접수했습니다" in mail
