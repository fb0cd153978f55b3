"""From a web request to the process that owns telephony: a command row,
then a short wait for its answer.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.telephony.models import PhoneCommand
from occ.telephony.rules.asking import Asked, to_row

EXPIRES = timedelta(seconds=5)
PATIENCE = 0.3  # seconds a request waits for the answer
woken = threading.Event()
wake: Callable[[], None] = woken.set


def ask(asked: Asked, member_id: int, *, key: str) -> bool:
    """Asks the engine; True when it is done, False while it is pending.

    Raises Refused with the engine's words.

    `key` is unique to the click: the same one again only reads the first one's answer.
    """
    with db.write() as session:
        row = session.query(PhoneCommand).filter_by(key=key).one_or_none()
        if row is None:
            now = clock.now()
            command, args = to_row(asked)
            row = PhoneCommand(
                key=key,
                member_id=member_id,
                command=command,
                args=args,
                created_at=now,
                expires_at=now + EXPIRES,
            )
            session.add(row)
            session.flush()
        elif row.member_id != member_id:
            raise Refused(
                _("Somebody else used this button first. Load the page again, then repeat it.")
            )
        ident = row.id
    wake()
    until = time.monotonic() + PATIENCE
    while True:
        db.session.rollback()
        found = db.session.get_one(PhoneCommand, ident, populate_existing=True)
        if found.done_at is not None:
            if found.refusal == "expired":
                raise Refused(_("The phone system did not answer in time. Try again."))
            if found.refusal == "?":
                raise Refused(_("The phone system could not do this. Try again."))
            if found.refusal:
                raise Refused(found.refusal)
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
