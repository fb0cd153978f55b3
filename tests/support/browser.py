"""A test client that behaves like a browser: cookies, CSRF tokens, htmx headers; it checks every page it gets."""

import contextvars
import re
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from lxml import html
from werkzeug.test import TestResponse

from occ.core.db import db
from tests.support import pages

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|X-CSRFToken": "([^"]+)"')


def said(element: html.HtmlElement) -> str:
    """What an element says, with single spaces."""
    return " ".join(element.text_content().split())


class Browser:
    """One person at one browser; `time` is the clock the server sees (tests of telephony control it)."""

    time: Callable[[], AbstractContextManager[None]] = staticmethod(nullcontext)

    def __init__(self, app: Flask, ip: str = "127.0.0.1") -> None:
        self.client = app.test_client()
        self.ip = ip
        self.token = ""
        self.last: TestResponse | None = None

    def _send(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        db.session.commit()  # what the test did is seen by the request, and the other way round
        headers = {"Accept-Language": "en", **(kwargs.pop("headers", None) or {})}
        # An empty context: the request gets an application context of its own, as it would from a server.
        response = contextvars.Context().run(
            self._open, path, method=method, headers=headers, **kwargs
        )
        response.get_data()
        response.close()
        response.request.environ[
            "wsgi.input"
        ].close()  # Werkzeug's client keeps a large body in a file that it does not close
        self._check(path, response)
        self.last = response
        return response

    def _open(self, path: str, **kwargs: Any) -> TestResponse:
        with self.time():
            return self.client.open(path, environ_base={"REMOTE_ADDR": self.ip}, **kwargs)

    def _check(self, path: str, response: TestResponse) -> None:
        if (
            response.mimetype != "text/html"
            or not response.data
            or response.status_code in (301, 302, 303, 308)
            # a mail as its reader sees it, in a frame
            or "sandbox" in response.headers.get("Content-Security-Policy", "")
        ):
            return
        found = TOKEN.search(response.text)
        if found:
            self.token = found[1] or found[2]
        wrong = pages.problems(response.text, fragment="<html" not in response.text[:200])
        assert not wrong, f"{path}: {wrong}"

    def get(self, path: str, *, htmx: bool = False, **kwargs: Any) -> TestResponse:
        return self._send("GET", path, headers={"HX-Request": "true"} if htmx else None, **kwargs)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, htmx: bool = False, **kwargs: Any
    ) -> TestResponse:
        """Sends a form with the token of the last page."""
        values = {"csrf_token": self.token, **(data or {})}
        return self._send(
            "POST", path, data=values, headers={"HX-Request": "true"} if htmx else None, **kwargs
        )

    def poll(self, path: str, etag: str) -> TestResponse:
        """A poll of a live part with the ETag it has."""
        return self._send("GET", path, headers={"HX-Request": "true", "If-None-Match": etag})

    def follow(self, response: TestResponse) -> TestResponse:
        return self.get(response.headers.get("Location") or response.headers["HX-Redirect"])

    def field(self, name: str) -> str:
        """The value of a named field on the last page."""
        assert self.last is not None
        found = html.fromstring(self.last.text).xpath(f"//*[@name='{name}']")
        assert found, f"no field {name}"
        element = found[0]
        if element.tag == "select":
            return str(
                next(iter(element.xpath("option[@selected]/@value | option[@selected]/text()")), "")
            )
        return (
            str(element.text or "")
            if element.tag == "textarea"
            else str(element.get("value") or "")
        )

    def errors(self) -> str:
        """The words of the error summary on the last page."""
        assert self.last is not None
        return " ".join(
            " ".join(
                html.fromstring(self.last.text).xpath(
                    "//*[@data-errors]//text() | //*[contains(@class,'o-err')]//text()"
                )
            ).split()
        )

    def find(self, path: str) -> list[html.HtmlElement]:
        """The elements of the last page that an XPath names, in order."""
        assert self.last is not None
        return list(html.fromstring(self.last.text).xpath(path)) if self.last.text.strip() else []

    def texts(self, path: str) -> list[str]:
        """What the elements of the last page say that an XPath names, in order."""
        return [said(element) for element in self.find(path)]

    def rows(self) -> list[list[str]]:
        """What the cells say of each table row of the last page."""
        return [[said(cell) for cell in row.xpath("th | td")] for row in self.find("//tr")]

    def links(self) -> dict[str, str]:
        """Where the links of the last page lead, by what they say."""
        return {said(link): str(link.get("href")) for link in self.find("//a[@href]")}

    def text(self) -> str:
        """What the last page says."""
        assert self.last is not None
        if not self.last.text.strip():
            return ""
        return " ".join(
            " ".join(
                html.fromstring(self.last.text).xpath("//body//text()") or [self.last.text]
            ).split()
        )

    def login(self, login_id: str, password: str) -> TestResponse:
        """Signs in without looking at a page before or after."""
        self._take_token()
        answer = self.post("/login", {"login_id": login_id, "password": password})
        if answer.status_code == 303:
            self._take_token()
        return answer

    def _take_token(self) -> None:
        """The token that a page of this session would hold (Flask-WTF)."""
        with self.client.session_transaction() as session:
            seed = session.setdefault("csrf_token", secrets.token_hex(20))
        key = self.client.application.secret_key
        self.token = URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(seed)
