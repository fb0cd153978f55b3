"""A shop with members of its own, as the product's public guides tell such sites to sign them in at
a help center: by a form through the browser, by its server, or by a signed address.

It is written from the guides' sample alone and shares no code with the console.
"""

import base64
import hashlib
import hmac
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

ORDER = ("service", "usercode", "username", "email", "phone", "memberno", "returnUrl")


def token(values: dict[str, str], key: str) -> str:
    """The guide's getSHA256Token."""
    text = "".join(f"{values[name]}&" for name in ORDER if values.get(name, "").strip())
    made = hmac.new(key.encode(), (text + values["time"]).encode(), hashlib.sha256).digest()
    return base64.b64encode(made).decode()


@dataclass
class Site:
    """`people` are its members by user ID, with password and what it tells of them; `key` is the
    one that the console gave it.
    """

    port: int
    service: str = "mall"
    key: str = ""
    clock: float = 0.0  # seconds that it is fast
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    signed_in: dict[str, str] = field(default_factory=dict)  # user ID by session
    issued: dict[str, str] = field(default_factory=dict)  # user ID by token (GET)
    asked: list[str] = field(default_factory=list)  # paths
    console: str = ""  # where the form of the client side goes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def claim(self, usercode: str, **changes: str) -> dict[str, str]:
        """What it says of a member now, signed; `changes` are part of what is signed."""
        told = {name: value for name, value in self.people[usercode].items() if name != "password"}
        at = str(int((time.time() + self.clock) * 1000))
        values = {"service": self.service, "usercode": usercode, **told, "time": at, **changes}
        return {**values, "token": token(values, self.key)}

    def address(self, base: str, usercode: str, **changes: str) -> str:
        """A page of the help center as its app opens it (GET)."""
        values = self.claim(usercode, **changes)
        del values["service"]
        self.issued[values["token"]] = usercode
        return f"{base}?{urlencode(values)}"

    def who(self, cookies: str) -> str:
        """The user ID of a browser; '' where nobody is signed in."""
        found = SimpleCookie(cookies).get("shop")
        return self.signed_in.get(found.value, "") if found else ""


class _Pages(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, *args: Any) -> None:
        pass

    def _answer(self, body: str, kind: str = "text/html", **headers: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body.encode())

    def _state(self, usercode: str) -> str:
        return json.dumps({"login": str(bool(usercode)).lower(), "usercode": usercode or None})

    def do_GET(self) -> None:
        site, parts = self.site, urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        site.asked.append(self.path)
        who = site.who(self.headers.get("Cookie", ""))
        if parts.path == "/login":
            back = asked.get("returnUrl", "")
            self._answer(self._form(who, back) if who else self._login(back))
        elif parts.path == "/app":
            page = asked.get("page", "")
            self._answer(self._app(who, page) if who else self._login("", self.path))
        elif parts.path == "/state":
            self._answer(
                self._state(who),
                "application/json",
                Access_Control_Allow_Origin=self.headers.get("Origin", "*"),
                Access_Control_Allow_Credentials="true",
            )
        elif parts.path == "/check":
            owner = site.issued.get(asked.get("token", ""), "")
            self._answer(
                self._state(owner if owner == asked.get("usercode") else ""), "application/json"
            )
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        """Its own login: password right, cookie set, back to its login page, which goes on."""
        length = int(self.headers.get("Content-Length", "0"))
        sent = {name: v[0] for name, v in parse_qs(self.rfile.read(length).decode()).items()}
        person = self.site.people.get(sent.get("id", ""))
        if person is None or person["password"] != sent.get("password"):
            self.send_error(403)
            return
        session = secrets.token_hex(8)
        self.site.signed_in[session] = sent["id"]
        self.send_response(303)
        self.send_header("Set-Cookie", f"shop={session}; Path=/; HttpOnly")
        back = f"/login?returnUrl={quote(sent.get('returnUrl', ''))}"
        self.send_header("Location", sent.get("to") or back)
        self.end_headers()

    def _login(self, back: str, to: str = "") -> str:
        return (
            "<!doctype html><title>Shop</title><form method=post action=/login>"
            f'<input type=hidden name=returnUrl value="{html.escape(back)}">'
            f'<input type=hidden name=to value="{html.escape(to)}">'
            "<input name=id><input name=password type=password><button>Sign in</button></form>"
        )

    def _app(self, who: str, page: str) -> str:
        """Its app, which leads to a page of the help center by a signed address (GET)."""
        address = html.escape(self.site.address(self.site.console + page, who))
        return f'<!doctype html><title>Shop</title><a id=help href="{address}">Help</a>'

    def _form(self, who: str, back: str) -> str:
        """The form that sends itself (client side)."""
        values = self.site.claim(who, returnUrl=back)
        fields = "".join(
            f'<input type=hidden name="{name}" value="{html.escape(value)}">'
            for name, value in values.items()
        )
        return (
            "<!doctype html><title>Shop</title>"
            f'<form method=post action="{self.site.console}/v2/enduser/remote.json">{fields}'
            "<button>Go on</button></form><script>document.forms[0].submit()</script>"
        )


@contextmanager
def customer_site(**of: Any) -> Iterator[Site]:
    """The shop on 127.0.0.1 with a member `kim`."""
    pages = type("Pages", (_Pages,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), pages)
    site = Site(int(server.server_address[1]), **of)
    site.people["kim"] = {
        "password": "shop-4071",
        "username": "김 하나",
        "email": "kim@shop.example",
        "phone": "010-1234-5678",
    }
    pages.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
