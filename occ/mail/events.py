"""Facts that the features above react to."""

from collections.abc import Sequence
from dataclasses import dataclass

from occ.core.uploads import Upload
from occ.customers.models import Customer
from occ.mail.models import MailAccount, ReceivedMail
from occ.mail.reading import Letter
from occ.organization.models import Service


@dataclass
class MailReceived:
    """A mail was read; announced in the transaction that notes so, once a mail.

    Who makes something of it says what, as `ticket/5`, in `about`; who holds it back says `held`
    (HC-5), and lets it in by `service.let_in`. Whoever raises puts the mail into quarantine, and
    what they wrote is taken back. With `mail.older` neither triggers run nor mails leave. `account`
    is None where it was removed meanwhile. `files` are those of the letter, in its order, stored
    before the transaction; None for what only the original holds.
    """

    service: Service
    account: MailAccount | None
    mail: ReceivedMail
    letter: Letter
    files: Sequence[Upload | None] = ()
    about: str = ""
    held: bool = False


@dataclass(frozen=True)
class SenderErased:
    """Whoever sent these mails to a service is erased (FLD-4): what they say goes wherever it
    stands, and so does the address where mails of others name it.
    """

    customer: Customer
    service_id: int
    mail_ids: Sequence[int]


@dataclass(frozen=True)
class AccountRemoved:
    """A service's account goes; its mails stay."""

    account: MailAccount
