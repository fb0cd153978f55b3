"""Works on a database in a process that kills itself before or after the n-th commit, or before the
n-th statement.

`python -m tests.support.crash_child` loads the console once. For each line on stdin (instance,
database, work, kind and n, with tabs between them) a fork of it does the work; how that ended
(0, or minus a signal's number) is a line on stdout.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from occ.billing import jobs as billing_jobs
from occ.billing import queries as billing_queries
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Mode
from occ.core import clock, tasks
from occ.core.db import db
from occ.core.settings import configured
from occ.delivery import oauth
from occ.factory import create_app
from occ.identity import queries, service
from occ.mail import jobs as mail_jobs
from occ.mail.boxes import Box
from occ.mail.models import MailAccount
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import Feature, Terms
from occ.sms import running as sms
from occ.tickets import jobs as ticket_jobs
from occ.tickets import service as tickets
from occ.tickets.models import Ticket
from occ.tickets.rules import Priority
from tests.factories import world
from tests.support.settings import change


def _sign() -> None:
    boss = queries.member_by_login("boss")
    made = db.session.scalars(sa.select(Service).where(Service.slug == "draft")).one()
    assert boss is not None
    with db.write():
        organization.sign(made, Terms(frozenset({Feature.TICKET}), 3), actor=world.actor(boss))


def _change() -> None:
    boss = queries.member_by_login("boss")
    made = db.session.scalars(sa.select(Service).where(Service.slug == "mall")).one()
    assert boss is not None
    with db.write():
        organization.change_contract(
            made, Terms(frozenset({Feature.TICKET}), 9), actor=world.actor(boss)
        )


def _invite() -> None:
    boss = queries.member_by_login("boss")
    assert boss is not None
    with db.write():
        service.invite(
            name="A",
            login_id="invited",
            email="invited@example.com",
            phone="",
            actor=world.actor(boss),
        )


def _accrue() -> None:
    """Charges four days: as if the console had been down since the first contract."""
    first = billing_queries.first_contract_day()
    assert first is not None
    with clock.at(datetime(first.year, first.month, first.day, 12, tzinfo=UTC) + timedelta(days=4)):
        billing_jobs.accrue()


def _assign() -> None:
    """Gives the only callback to the only agent, unless that was done."""
    boss = queries.member_by_login("boss")
    row = db.session.scalars(sa.select(Callback)).one()
    made = db.session.get_one(Service, row.service_id)
    agent = next(a.member_id for a in queries.all_agents(made.id) if a.phone)
    assert boss is not None
    ident = row.id
    with db.write():
        callbacks.assign(made, [ident], [agent], Mode.EVEN, actor=world.actor(boss))


def _urgent() -> None:
    """Makes the only ticket urgent: a trigger mails, calls out and hands it to the group in turn."""
    boss = queries.member_by_login("boss")
    assert boss is not None
    with db.write():
        tickets.prioritize(
            db.session.scalars(sa.select(Ticket)).one(), Priority.URGENT, actor=world.actor(boss)
        )


def _bulk() -> None:
    """Goes on with the only task."""
    tasks.run(db.session.scalars(sa.select(tasks.Task.id)).one())


def _newest() -> None:
    """Goes on with the newest task."""
    tasks.run(db.session.scalar(sa.select(sa.func.max(tasks.Task.id))) or 0)


def _purge() -> None:
    """A night ten days from now."""
    with clock.at(clock.now() + timedelta(days=10)):
        ticket_jobs.keep_values()


def _texts() -> None:
    """Sends what is due and asks what became of it, at a time and through a gateway that files name."""
    folder = configured().instance
    change(current_app, sms_nhn_url=(folder / "gateway").read_text())
    with clock.at(datetime.fromisoformat((folder / "time").read_text())):
        sms.deliver()
        sms.fetch_results()


def _mail() -> None:
    """Fetches what is new in the only mailbox, and reads it."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    change(app, outgoing_private=True)
    os.environ["SSL_CERT_FILE"] = str(app.extensions["occ_settings"].instance / "trusted.pem")
    external = sa.select(MailAccount.id).where(MailAccount.host != "")
    ident = db.session.scalars(external).one()
    db.session.rollback()
    Box(app, ident, 1).read(forever=False)
    mail_jobs.read_mails()


def _sign_in() -> None:
    """Gets access to the mail server by a token service that a file names, at a time in another."""
    folder = configured().instance
    url = (folder / "tokens").read_text()
    change(current_app, smtp_token_url=url, smtp_client_secret="s3cret", smtp_refresh_token="first")
    with clock.at(datetime.fromisoformat((folder / "time").read_text())):
        oauth.access_token()


WORKS: dict[str, Callable[[], None]] = {
    "sign": _sign,
    "change": _change,
    "invite": _invite,
    "accrue": _accrue,
    "assign": _assign,
    "urgent": _urgent,
    "bulk": _bulk,
    "newest": _newest,
    "purge": _purge,
    "texts": _texts,
    "mail": _mail,
    "sign in": _sign_in,
}


def main(instance: str, url: str, work: str, kind: str, count: str) -> None:
    application = create_app(
        {"OCC_INSTANCE": Path(instance), "DATABASE_URL": url, "SMTP_URL": "", "RATE_LIMITS": False}
    )
    left = int(count)

    def strike(*args: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with application.app_context():
        if kind == "after":
            sa.event.listen(sa.orm.Session, "after_commit", strike)
        else:
            sa.event.listen(
                db.engine, {"commit": "commit", "statement": "before_cursor_execute"}[kind], strike
            )
        WORKS[work]()


def forked(arguments: list[str]) -> int:
    """How a fork that does the work ended: its exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            main(*arguments)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        print(forked(line.rstrip("\n").split("\t")), flush=True)
