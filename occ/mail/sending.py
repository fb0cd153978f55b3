"""Who a service's mails are from, and how their answers find their ticket (MAIL-1)."""

from dataclasses import dataclass

from occ.core.i18n import gettext as _
from occ.core.kept import Kept
from occ.core.richtext import Writing
from occ.core.settings import configured
from occ.delivery import service as delivery
from occ.delivery.service import Sender
from occ.mail import queries, tokens
from occ.mail.rules import AccountKind
from occ.organization.models import Service

SERVICES = 200


@dataclass(frozen=True)
class Account:
    """The account that a service's mails are from, as far as they show it."""

    name: str
    address: str
    is_ours: bool  # the console receives its mail itself, with tokens in the address


_ACCOUNT: Kept[Account | None] = Kept(SERVICES)


def account(service: Service) -> Account | None:
    """The service's representative account where the console receives mail, else its first external
    one; None where it has neither.
    """
    domain = configured().mail_domain

    def read() -> Account | None:
        for one in queries.accounts(service.id):  # the representative one first
            is_ours = one.kind is AccountKind.REPRESENTATIVE
            if one.on and (domain or not is_ours):
                return Account(one.sender_name, queries.address_of(one), is_ours)
        return None

    return _ACCOUNT.of(service, read, domain)


def sender(service: Service, ticket_id: int | None) -> Sender:
    """Who a mail of a service is from; answers go to where they find the ticket, if it is about
    one.
    """
    found = account(service)
    if found is None:
        return Sender(service.name)
    name = found.name or service.name
    if ticket_id is None or not found.is_ours:
        return Sender(name, found.address)
    local, _at, domain = found.address.rpartition("@")
    return Sender(name, found.address, tokens.address(local, ticket_id, domain))


def subject(service: Service, ticket_id: int, title: str) -> str:
    """The subject of a mail about a ticket, which ends with its number, or its token."""
    said = title or service.name
    marked_one = marked(service, ticket_id, said)
    return marked_one if marked_one != said else f"{said} [#{ticket_id}]"


def marked(service: Service, ticket_id: int, said: str) -> str:
    """A subject with the ticket's token, where only the subject brings it back: answers go to a
    mailbox elsewhere.
    """
    found = account(service)
    is_mailbox = found is not None and not found.is_ours
    return f"{said} {tokens.mark(ticket_id)}" if is_mailbox else said


def test(service: Service, to: str, said: Writing, language: str) -> None:
    """A mail as customers would get it, to whoever asked for it."""
    delivery.send_mail(
        to=to,
        subject=_("[Test] A mail of %(service)s", service=service.name),
        body=said.text,
        html=said.html,
        sender=sender(service, None),
        language=language,
    )
