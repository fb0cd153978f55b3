"""The session's cookie."""

import time
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

SESSION_ALONE = frozenset({"token", "csrf_token", "_permanent"})
COOKIES_MOST = 1_000


class CookieSession(SecureCookieSessionInterface):
    """Secure cookies wherever the page came by https; files know no session.

    Flask-Login looks into it after every request, for which Flask adds `Vary: Cookie`: browsers
    would fetch every file again after each sign-in. What reads the cookie is made once a console;
    Flask makes it for each request. A poll that brings nothing new has nothing to save.

    A browser sends one cookie with all its polls: what one says that names a session and nothing
    else is kept for the rest of a minute, so that its signature is not worked out each time.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        said = request.cookies.get(self.get_cookie_name(app), "")
        key = (said, int(time.time() // 60))
        kept: dict[tuple[str, int], dict[str, Any]] = app.extensions["occ_cookies"]
        if seen := kept.get(key):
            return self.session_class(seen)
        found = super().open_session(app, request)
        if found and found.keys() <= SESSION_ALONE:
            if len(kept) >= COOKIES_MOST:
                kept.clear()
            kept[key] = dict(found)
        return found

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        made: URLSafeTimedSerializer | None = app.extensions.get("occ_signer")
        if made is None:
            made = app.extensions["occ_signer"] = super().get_signing_serializer(app)
        return made

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        is_nobodys = request.endpoint == "static" or "shared_page" in g
        if not is_nobodys and not g.get("live_unchanged"):
            super().save_session(app, session, response)
