"""What goes over the wire: how much, compressed how, and kept for how long."""

import contextvars
import gzip

import pytest
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from occ.core.db import db
from occ.identity.models import Member
from tests.factories import phone
from tests.factories import ticket as tickets
from tests.support.browser import Browser

LIST = "/c/s/mall/tickets?box=all"
CHROMIUM = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def get(browser: Browser, path: str, **headers: str) -> TestResponse:
    """As Chromium asks, in a context of its own; what is compressed has no tags to check."""
    db.session.commit()
    sent = {"Accept-Language": "en", **CHROMIUM, **headers}
    answer = contextvars.Context().run(browser.client.get, path, headers=sent)
    answer.get_data()
    answer.close()
    return answer


def asked(page: str) -> list[str]:
    """What a browser asks for by itself when it shows a page of the console: files, and at once
    the phone's card, live figures and news.
    """
    tree = html.fromstring(page)
    body = tree.find("body")
    addresses = [
        *tree.xpath("//link/@href | //script/@src | //img/@src"),
        *tree.xpath("//@data-phone | //*[@data-now]/@data-live"),
        *(one.partition("#")[0] for one in tree.xpath("//use/@href")),
        body.get("data-poller"),
        body.get("data-changes"),
    ]
    return list(dict.fromkeys(addresses))


def test_the_ticket_list_takes_few_requests_and_few_bytes(
    boss: Member, admin: Browser, app: Flask
) -> None:
    mall = phone.furnished(boss)
    for number in range(25):
        tickets.ticket(mall, boss, f"Where is my order {number}?", email=f"c{number}@shop.example")
    page = get(admin, LIST)
    text = page.text
    assert text.count('class="t-item') >= 20 and "data-phone" in text
    sent = {path: get(admin, path) for path in asked(text)}
    assert all(answer.status_code == 200 for answer in sent.values())
    assert len(sent) + 1 <= 14, list(sent)
    sizes = {path: len(answer.data) for path, answer in sent.items()}
    assert len(page.data) + sum(sizes.values()) <= 170_000, sizes
    assert not [path for path in sent if "trix" in path], "nobody writes in a list"
    again = [path for path in sent if "immutable" not in sent[path].headers["Cache-Control"]]
    assert len(again) == 4  # the phone, two rows of figures, news


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", ""),
        ("", ""),
    ],
)
def test_files_go_as_set_up_compressed_them(app: Flask, accepted: str, coding: str) -> None:
    path = f"/static/{app.config['STATIC_DIGEST']}/dist/console.js"
    plain, answer = (
        get(Browser(app), path, **{"Accept-Encoding": asked}) for asked in ("", accepted)
    )
    assert answer.headers.get("Content-Encoding", "") == coding
    assert (len(answer.data) < len(plain.data) / 3) is bool(coding)
    assert (answer.mimetype, answer.headers["Vary"]) == (plain.mimetype, "Accept-Encoding")
    assert "immutable" in answer.headers["Cache-Control"]
    assert (answer.headers["ETag"] == plain.headers["ETag"]) is not bool(coding)
    if coding == "gzip":
        assert gzip.decompress(answer.data) == plain.data
