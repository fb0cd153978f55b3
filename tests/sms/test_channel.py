"""The channel of text messages is set up, by those who may (SMS-1)."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import crypto
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.sms import queries
from occ.sms.gateways.base import NoAnswer, NotReached
from occ.sms.gateways.nhn import Nhn
from occ.sms.models import SmsChannel
from occ.sms.rules.kinds import GatewayKind
from tests.factories import sms, world
from tests.factories.sms import library, template
from tests.support import nhn_sms
from tests.support.browser import Browser
from tests.support.nhn_sms import NhnSms
from tests.support.settings import change

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

PAGE = "/c/s/mall/sms"
CHANNEL = f"{PAGE}/channel"
Make = Callable[..., Browser]


@pytest.mark.spec("SMS-1")
def test_without_a_channel_the_composer_says_what_is_missing(
    shop: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    with db.write() as session:
        session.execute(sa.update(SmsChannel).values(active=False))
    world.agent(boss, shop, world.member("kim"), ticket=True)
    admin.get(PAGE)
    assert "Texts cannot be sent yet" in admin.text()
    assert "Set up the channel" in admin.links()
    agent = browser("kim")
    agent.get(PAGE)
    assert "Set up the channel" not in agent.links()


@pytest.mark.spec("SMS-1")
def test_a_key_is_tried_before_it_is_saved_and_never_shown(
    boss: Member, admin: Browser, gateway: NhnSms, app: Flask
) -> None:
    shop = world.contracted(boss, features=sms.FEATURES)
    world.agent(boss, shop, boss, manager=True, ticket=True)
    admin.get(CHANNEL)
    values: dict[str, Any] = {"gateway": "nhn", "active": "y", "version": "0"}
    for keys, words in (
        ({}, "Enter the app key"),
        ({"app_key": nhn_sms.APP_KEY}, "Enter the secret key"),
        ({"app_key": "wrong", "secret_key": nhn_sms.SECRET}, "refuses these keys"),
        ({"app_key": nhn_sms.APP_KEY, "secret_key": "wrong"}, "refuses these keys"),
        ({"app_key": nhn_sms.APP_KEY, "secret_key": "ㅁㄴㅇ"}, "cannot be a key"),
        ({"app_key": nhn_sms.APP_KEY, "secret_key": "a\nb"}, "cannot be a key"),
        ({"app_key": "a b", "secret_key": nhn_sms.SECRET}, "cannot be a key"),
    ):
        assert admin.post(f"{CHANNEL}/gateway", {**values, **keys}).status_code == 422
        assert words in admin.errors()
        assert admin.field("app_key") == keys.get("app_key", "")
        assert admin.field("secret_key") == ""
    assert queries.channel(shop.id) is None
    right = {**values, "app_key": nhn_sms.APP_KEY, "secret_key": nhn_sms.SECRET}
    url = gateway.url
    change(app, sms_nhn_url="http://127.0.0.1:9")
    assert admin.post(f"{CHANNEL}/gateway", right).status_code == 422
    assert "cannot be reached" in admin.errors()
    change(app, sms_nhn_url=url)
    assert admin.post(f"{CHANNEL}/gateway", right).status_code == 303
    db.session.rollback()
    row = queries.channel(shop.id)
    assert row is not None
    assert nhn_sms.SECRET not in row.secret_key
    assert crypto.ring().decrypt(row.secret_key) == nhn_sms.SECRET
    for path in (CHANNEL, f"{CHANNEL}/senders", PAGE):
        page = admin.get(path).text
        assert nhn_sms.SECRET not in page
        assert nhn_sms.APP_KEY not in page
    admin.get(CHANNEL)
    assert nhn_sms.APP_KEY[-4:] in admin.find("//input[@name='app_key']")[0].get("placeholder")

    # the numbers that the gateway lists, and no others
    admin.get(f"{CHANNEL}/senders")
    assert "1544-6859" in admin.text()
    version = admin.field("version")
    data = {"numbers": [nhn_sms.SENDERS[1], "0311112222"], "version": version}
    assert admin.post(f"{CHANNEL}/senders", data, htmx=True).status_code == 204
    db.session.rollback()
    row = queries.channel(shop.id)
    assert row is not None
    assert [one.number for one in row.senders] == [nhn_sms.SENDERS[1]]
    # keys that stay are not typed again; somebody else was faster
    kept = {**values, "version": str(row.version)}
    assert admin.post(f"{CHANNEL}/gateway", kept).status_code == 303
    assert admin.post(f"{CHANNEL}/gateway", kept).status_code == 409
    db.session.rollback()
    row = queries.channel(shop.id)
    assert row is not None
    assert crypto.ring().decrypt(row.app_key) == nhn_sms.APP_KEY


@pytest.mark.spec("SMS-1")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotReached("certificate"), "certificate does not fit its address"),
        (NotReached("host"), "cannot be reached"),
        (NoAnswer("slow"), "does not answer"),
    ],
)
def test_a_gateway_that_cannot_be_asked_is_said_beside_the_key(
    boss: Member,
    admin: Browser,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    words: str,
) -> None:
    shop = sms.texting(boss)

    def fail(_self: Nhn) -> list[str]:
        raise error

    monkeypatch.setattr(Nhn, "senders", fail)
    admin.get(CHANNEL)
    values = {"gateway": "nhn", "version": "1", "app_key": "typed", "secret_key": "hidden"}
    assert admin.post(f"{CHANNEL}/gateway", values).status_code == 422
    assert words in admin.errors()
    assert admin.field("app_key") == "typed"
    assert admin.get(f"{CHANNEL}/senders").status_code == 200
    assert words in admin.errors()
    assert admin.post(f"{CHANNEL}/senders", {"version": "1"}, htmx=True).status_code == 422
    db.session.rollback()
    row = queries.channel(shop.id)
    assert row is not None
    assert crypto.ring().decrypt(row.app_key) == nhn_sms.APP_KEY
    assert [one.number for one in row.senders] == [sms.SENDER]


@pytest.mark.spec("SMS-1")
def test_the_local_outbox_sends_from_typed_numbers(shop: Service, admin: Browser) -> None:
    admin.get(f"{CHANNEL}/senders")
    version = admin.field("version")
    for wrong in ("123", "+1 212 555 0100", "hello"):
        data = {"numbers": f"1588-1234\n{wrong}", "version": version}
        assert admin.post(f"{CHANNEL}/senders", data, htmx=True).status_code == 422
        assert wrong in admin.errors()
    data = {"numbers": "1588-1234, 02-123-4567\n010 1234 5678\n1588-1234", "version": version}
    assert admin.post(f"{CHANNEL}/senders", data, htmx=True).status_code == 204
    db.session.rollback()
    row = queries.channel(shop.id)
    assert row is not None
    assert [one.number for one in row.senders] == ["15881234", "021234567", "01012345678"]
    admin.get(CHANNEL)
    assert "1588-1234" in admin.text()


@pytest.mark.spec("SMS-1")
def test_what_the_service_sends_by_itself_is_chosen(shop: Service, admin: Browser) -> None:
    _top, under = library(shop)
    row = template(shop, under)
    admin.get(CHANNEL)
    values = {
        "version": admin.find("//input[@id='own-version']")[0].get("value"),
        "refusal_number": "080-888-0327",
        "callback_received": str(row.id),
        "call_abandoned": "0",
        "after_hours": "0",
    }
    for wrong, words in (
        ({"refusal_number": "02-123-4567"}, "begins with 080"),
        ({"call_abandoned": "999"}, "Choose one of those"),
    ):
        assert admin.post(f"{CHANNEL}/texts", {**values, **wrong}).status_code == 422
        assert words in admin.errors()
    assert admin.post(f"{CHANNEL}/texts", values).status_code == 303, admin.errors()
    db.session.rollback()
    channel = queries.channel(shop.id)
    assert channel is not None
    assert (channel.refusal_number, channel.by_itself) == (
        "0808880327",
        {"callback_received": row.id},
    )
    # a template that goes takes its text along
    admin.post(f"{PAGE}/templates/{row.id}/delete")
    db.session.rollback()
    channel = queries.channel(shop.id)
    assert channel is not None
    assert channel.by_itself == {}


@pytest.mark.spec("SMS-1")
def test_setting_up_text_messages_is_a_step_of_a_new_service(boss: Member, admin: Browser) -> None:
    shop = world.contracted(boss, features=sms.FEATURES)
    world.agent(boss, shop, boss, manager=True, ticket=True)
    world.agent(boss, shop, world.member("kim"), ticket=True)
    left = "//section[@aria-labelledby='h-next']//ol//a/@href"
    admin.get("/c/s/mall/")
    assert admin.find(left) == [CHANNEL]
    sms.channel(shop, GatewayKind.LOCAL)
    admin.get("/c/s/mall/")
    assert admin.find(left) == []
