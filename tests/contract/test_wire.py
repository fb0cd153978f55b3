"""What goes over the wire: how much, compressed how, and kept for how long."""

import contextvars
import gzip
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask, Response
from lxml import html
from werkzeug.test import TestResponse

from occ.core import clock, wire
from occ.core.db import db
from occ.identity.models import Member
from tests.factories import phone
from tests.factories import ticket as tickets
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

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
        *tree.xpath("//link[@rel!='expect']/@href | //script/@src | //img/@src"),
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
    text = gzip.decompress(page.data).decode()
    assert text.count('class="t-item') >= 20 and "data-phone" in text
    sent = {path: get(admin, path) for path in asked(text)}
    assert all(answer.status_code == 200 for answer in sent.values())
    assert len(sent) + 1 <= 14, list(sent)
    sizes = {path: len(answer.data) for path, answer in sent.items()}
    assert len(page.data) + sum(sizes.values()) <= 160_000, sizes
    assert not [path for path in sent if "trix" in path], "nobody writes in a list"
    again = [path for path in sent if "immutable" not in sent[path].headers["Cache-Control"]]
    assert len(again) == 4  # the phone, two rows of figures, news
    assert len(page.data) + sum(sizes[path] for path in again) <= 10_000, sizes


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


def test_pages_are_compressed_for_who_reads_gzip(boss: Member, admin: Browser) -> None:
    plain = admin.get("/c/org/members")
    packed = get(admin, "/c/org/members")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_length == len(packed.data) < len(plain.data) / 3
    shape = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")  # of the token, which differs
    read = gzip.decompress(packed.data).decode()
    assert shape.sub("", read) == shape.sub("", plain.text)
    assert all("Accept-Encoding" in one.headers["Vary"] for one in (plain, packed))
    refused = get(admin, "/c/org/members/999999/edit")
    assert (refused.status_code, refused.headers["Content-Encoding"]) == (404, "gzip")


def test_pages_are_sent_without_the_indentation_of_their_templates(
    boss: Member, admin: Browser
) -> None:
    text = admin.get("/c/org/members").text
    assert "\n <" in text and "\n    " not in text  # a blank of each template that is around


def test_a_page_is_painted_once_all_of_it_is_there(boss: Member, admin: Browser) -> None:
    """What stands at its right moves when the rest arrives: layout shift, which `make bench` sees."""
    phone.furnished(boss)
    tree = html.fromstring(gzip.decompress(get(admin, LIST).data).decode())
    (awaited,) = tree.xpath("//head/link[@rel='expect'][@blocking='render']/@href")
    assert tree.xpath(f"//main/following-sibling::*[@id='{awaited.removeprefix('#')}']")


def test_what_is_small_streamed_or_packed_already_goes_as_it_is(app: Flask) -> None:
    long = "a" * 5000
    with app.test_request_context(headers=CHROMIUM):
        for answer in (
            Response("a" * (wire.LEAST - 1)),
            Response((part for part in (long, long)), mimetype="text/html"),
            Response(long, mimetype="application/vnd.ms-excel"),
            Response(long, mimetype="text/html", headers={"Content-Encoding": "br"}),
            Response(long, mimetype="text/html", direct_passthrough=True),
        ):
            before = answer.headers.get("Content-Encoding")
            assert wire._compress(answer).headers.get("Content-Encoding") == before
        assert wire._compress(Response(long)).headers["Content-Encoding"] == "gzip"


def test_a_poll_that_reads_gzip_has_an_etag_of_its_own(boss: Member, admin: Browser) -> None:
    tickets.ticket(tickets.desk(boss), boss)
    path = "/c/s/mall/tickets/list?box=all"
    packed = get(admin, path, **{"HX-Request": "true"})
    tag = packed.headers["ETag"]
    assert packed.headers["Content-Encoding"] == "gzip"
    same = get(admin, path, **{"HX-Request": "true", "If-None-Match": tag})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert "Content-Encoding" not in same.headers and "Set-Cookie" not in same.headers
    assert set(same.vary) == set(packed.vary), "as the answer that it repeats"
    plain = admin.poll(path, tag)  # who cannot read what the tag names gets it anew
    assert (plain.status_code, "Content-Encoding" in plain.headers) == (200, False)
    assert plain.headers["ETag"] != tag


def test_the_csrf_token_is_signed_anew_each_second(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    """So that nobody finds out a token letter by letter from the length of compressed pages."""
    one = browser()
    tokens = []
    with time_machine.travel(clock.now(), tick=False) as moving:
        for _second in range(3):
            one.get("/login")
            tokens.append(one.token.split("."))
            moving.shift(timedelta(seconds=1))
    assert all(len(token) == 3 for token in tokens)
    assert len({token[0] for token in tokens}) == 1  # what is signed: of no use by itself
    assert len({token[2] for token in tokens}) == len(tokens)
