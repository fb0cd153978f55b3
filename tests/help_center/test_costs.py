"""What a public page costs where it is drawn: no more with more rows, whatever is asked of it (HC-1)."""

import pytest
from flask import Flask

from occ.identity.models import Member
from tests.factories import document, help_center
from tests.help_center.test_sharing import fresh
from tests.support.statements import Counter

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

# Statements of a page that is drawn. Who makes one cheaper writes the lower figure here.
STATEMENTS = {
    "/mall/hc/ko": 14,
    "/mall/hc/ko/faq": 9,
    "/mall/hc/ko/faq/{orders}": 9,
    "/mall/hc/ko/faq/a/{refund}": 13,
    "/mall/hc/ko/notices": 12,
    "/mall/hc/ko/notices/{check}": 12,
    "/mall/hc/ko/notices/feed.atom": 5,
    "/mall/hc/ko/search?q=환불": 6,
    "/mall/hc/ko/search?q=우주선": 8,
    "/mall/hc/ko/suggest?q=환불": 4,
    "/mall/hc/ko/company": 5,
    "/mall/hc/sitemap.xml": 4,
    "/mall/hc/sitemap-0.xml": 9,
}
ABSURD = (
    "after=rubbish",
    "before=W10",
    "q=%00%ED%A0%80",
    "q=" + "%F0%9F%98%80" * 300,
    "heading=-1&tag=99999999999999999999",
    "helped=2&lang=x&page=1e9",
)


def addresses(center: help_center.Center) -> dict[str, int]:
    """What each page of this center may cost."""
    idents = {name: getattr(center, name).id for name in ("orders", "refund", "check")}
    return {path.format(**idents): count for path, count in STATEMENTS.items()}


def cost(app: Flask, path: str) -> int:
    with Counter() as counter:
        assert fresh(app, path).status_code == 200, path
    return len(counter.statements)


@pytest.mark.spec("HC-1")
def test_no_page_costs_more_with_more_rows(app: Flask, boss: Member) -> None:
    center = help_center.furnished(boss)
    limits, few = addresses(center), {}
    for path in limits:
        cost(app, path)  # what is kept of the set-up is read once
        few[path] = cost(app, path)
    dear = {path: count for path, count in few.items() if count > limits[path]}
    assert not dear
    for number in range(30):
        document.faq(center.service, boss, f"환불 질문 {number}", topic_id=center.orders.id)
    many = {path: cost(app, path) for path in limits}
    assert {path: count for path, count in many.items() if count > limits[path]} == {}


@pytest.mark.spec("HC-1")
def test_the_address_without_a_language_draws_nothing(app: Flask, boss: Member) -> None:
    help_center.furnished(boss)
    fresh(app, "/mall/hc")  # what is kept of the set-up is read once
    with Counter() as counter:
        assert fresh(app, "/mall/hc").status_code == 302
    assert len(counter.statements) <= 4


@pytest.mark.spec("HC-1")
def test_absurd_addresses_are_answered(app: Flask, boss: Member) -> None:
    for path in addresses(help_center.furnished(boss)):
        for query in ABSURD:
            address = f"{path.partition('?')[0]}?{query}"
            assert fresh(app, address).status_code in (200, 400, 404), address
    for path in (
        "ko/faq/a/99999999999",
        "ko/faq/a/x",
        "ko/notices/-1",
        "xx/faq",
        "ko/" + "x" * 3000,
    ):
        assert fresh(app, f"/mall/hc/{path}").status_code == 404
