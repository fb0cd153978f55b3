"""What signs in at a mailbox, at rest: sealed with the keys of the instance."""

import json
from dataclasses import asdict

from occ.core import crypto
from occ.mail.models import MailAccount
from occ.mail.rules import Secret


def sealed(secret: Secret) -> str:
    return crypto.ring().encrypt(json.dumps(asdict(secret)))


def opened(text: str) -> Secret:
    return Secret(**json.loads(crypto.ring().decrypt(text)))


def secret_of(account: MailAccount) -> Secret:
    return opened(account.sealed)
