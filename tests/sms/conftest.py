"""A gateway of a test, and a service that texts through it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from occ.identity.models import Member
from occ.organization.models import Service
from occ.sms.rules.kinds import GatewayKind
from tests.factories import sms
from tests.support.nhn_sms import NhnSms, nhn_sms
from tests.support.settings import change


@pytest.fixture
def gateway(app: Flask) -> Iterator[NhnSms]:
    with nhn_sms() as account:
        change(app, sms_nhn_url=account.url)
        yield account


@pytest.fixture
def mall(boss: Member, gateway: NhnSms) -> Service:
    return sms.texting(boss)


@pytest.fixture
def shop(boss: Member) -> Service:
    """A service that texts into the local outbox."""
    return sms.texting(boss, kind=GatewayKind.LOCAL)
