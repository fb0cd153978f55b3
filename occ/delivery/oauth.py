"""Access tokens for the mail server (OAuth 2), by what the settings say and what came since."""

import hashlib

from occ.core import crypto, oauth
from occ.core.db import db
from occ.core.oauth import Client, Place
from occ.core.settings import configured
from occ.delivery.models import MailLogin


def is_set() -> bool:
    """Whether the console signs in to the mail server by OAuth 2."""
    return bool(configured().smtp_token_url)


def access_token() -> str:
    """A token that is good for now, asked for where none is at hand.

    Outside of a transaction. Raises Unanswered.
    """
    place = _place()
    if db.session.get(MailLogin, place.ident) is None:
        db.session.rollback()
        first = crypto.ring().encrypt(configured().smtp_refresh_token)
        with db.write():
            db.insert_missing(MailLogin, given=place.ident, refresh=first, access="")
    return oauth.access_of(place)


def forget_access() -> None:
    """The mail server did not take the token: the next mail asks for another one."""
    oauth.forget(_place())


def _place() -> Place:
    chosen = configured()

    def client(refresh: str) -> Client:
        return Client(
            endpoint=chosen.smtp_token_url,
            client_id=chosen.smtp_client_id,
            client_secret=chosen.smtp_client_secret,
            refresh_token=crypto.ring().decrypt(refresh),
            guarded=False,  # the operator named it
        )

    # what tells one set of settings from another: a new refresh token replaces a rotated one
    parts = (chosen.smtp_token_url, chosen.smtp_client_id, chosen.smtp_refresh_token)
    given = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Place(MailLogin, given, "refresh", client, lambda _old, new: crypto.ring().encrypt(new))
