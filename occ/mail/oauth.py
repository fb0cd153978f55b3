"""Access tokens of OAuth 2 for mailboxes: Gmail and Microsoft 365 give a refresh token, which a
token server exchanges for access of an hour, and may replace.
"""

from dataclasses import replace

from occ.core import oauth
from occ.core.oauth import Client, Granted, Place, Unanswered
from occ.core.settings import configured
from occ.mail.models import MailAccount
from occ.mail.rules import Failed, Secret, Trouble, said
from occ.mail.secrets import opened, sealed


def ask(secret: Secret) -> Granted:
    """Asks the token server, outside of any transaction. Raises Failed."""
    try:
        return oauth.ask(_client(secret))
    except Unanswered as error:
        raise _failed(error) from error


def access_of(ident: int) -> str:
    """An access token for an account, the stored one while it holds.

    Raises Failed; no transaction may be open.
    """
    try:
        return oauth.access_of(place(ident))
    except Unanswered as error:
        raise _failed(error) from error
    except LookupError as error:
        raise Failed(Trouble.TOKEN) from error


def forget(ident: int) -> None:
    """A token that was refused is not used again."""
    oauth.forget(place(ident))


def place(ident: int) -> Place:
    """Where the tokens of an account are kept."""
    return Place(
        MailAccount,
        ident,
        "sealed",
        lambda text: _client(opened(text)),
        lambda text, fresh: sealed(replace(opened(text), refresh_token=fresh)),
    )


def _client(secret: Secret) -> Client:
    return Client(
        endpoint=secret.endpoint,
        client_id=secret.client_id,
        client_secret=secret.client_secret,
        refresh_token=secret.refresh_token,
        guarded=not configured().outgoing_private,
    )


def _failed(error: Unanswered) -> Failed:
    return Failed(Trouble.BLOCKED) if error.is_blocked else Failed(Trouble.TOKEN, said(error))
