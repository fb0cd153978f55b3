"""Access tokens for the mail server (OAuth 2, RFC 6749 section 6): asked for with a refresh token,
which the answer may replace. What came is stored before it is used: a kill loses no rotated token.
"""

import hashlib
import json
from datetime import timedelta
from urllib.parse import urlencode

from occ.core import clock, crypto
from occ.core.db import db
from occ.core.settings import configured
from occ.delivery.models import MailLogin

SECONDS = 20.0  # for the token service's answer
ANSWER_MAX = 100_000  # bytes of it
EARLY = timedelta(minutes=2)  # before its end a token is not used any more
SHORTEST = 60  # seconds, where the service says nothing or nonsense


class Unanswered(Exception):
    """The token service gave no token; in its words."""


def is_set() -> bool:
    """Whether the console signs in to the mail server by OAuth 2."""
    return bool(configured().smtp_token_url)


def access_token() -> str:
    """A token that is good for now, asked for where none is at hand.

    Outside of a transaction. Raises Unanswered.
    """
    given = _given()
    row = db.session.get(MailLogin, given)
    known = crypto.ring().decrypt(row.refresh) if row else configured().smtp_refresh_token
    if row is not None and row.access and row.expires_at > clock.now() + EARLY:
        token = crypto.ring().decrypt(row.access)
        db.session.rollback()
        return token
    db.session.rollback()
    access, refresh, seconds = _asked(known)
    with db.write() as session:
        row = session.get(MailLogin, given) or MailLogin(given=given)
        row.access = crypto.ring().encrypt(access)
        row.refresh = crypto.ring().encrypt(refresh or known)
        row.expires_at = clock.now() + timedelta(seconds=seconds)
        session.add(row)
    return access


def forget_access() -> None:
    """The mail server did not take the token: the next mail asks for another one."""
    with db.write() as session:
        row = session.get(MailLogin, _given())
        if row is not None:
            row.access = ""


def _given() -> str:
    """What tells one set of settings from another: a new refresh token replaces a rotated one."""
    chosen = configured()
    parts = (chosen.smtp_token_url, chosen.smtp_client_id, chosen.smtp_refresh_token)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _asked(refresh: str) -> tuple[str, str, int]:
    """The token service's answer: access token, new refresh token or '', seconds."""
    from occ.core import calls

    chosen = configured()
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": chosen.smtp_client_id,
        "client_secret": chosen.smtp_client_secret,
    }
    try:
        answer = calls.post(
            chosen.smtp_token_url,
            urlencode({name: value for name, value in form.items() if value}).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            seconds=SECONDS,
            guarded=False,  # the operator named it
            most=ANSWER_MAX,
        )
        said = json.loads(answer.content)
    except Exception as error:  # the answer of another's server is whatever it is
        raise Unanswered(f"the token service: {type(error).__name__}") from error
    if not isinstance(said, dict) or not isinstance(said.get("access_token"), str):
        why = said.get("error", "") if isinstance(said, dict) else ""
        raise Unanswered(f"the token service: {answer.status} {str(why)[:100]}".rstrip())
    if not said["access_token"].isascii():
        raise Unanswered("the token service: a token that no mail server takes")
    lasts, new = said.get("expires_in"), said.get("refresh_token")
    seconds = int(lasts) if isinstance(lasts, int | float) and 0 < lasts < 10**8 else SHORTEST
    return said["access_token"], new if isinstance(new, str) else "", seconds
