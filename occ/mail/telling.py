"""Who is told that mail does not come (MAIL-1)."""

from occ.core import clock
from occ.identity import queries as people
from occ.identity.rules import AgentRole
from occ.mail import queries, rules, writes
from occ.mail.models import MailAccount
from occ.notifications import service as notifications
from occ.notifications.rules import Notice
from occ.organization.models import Service


def tell() -> int:
    """Tells managers of mailboxes that cannot be read and of accounts that are silent, once each.

    Returns how many accounts there was something to tell of.
    """
    now, told = clock.now(), 0
    for account, service in queries.watched():
        if rules.must_tell(account.trouble, account.failing_since, account.told_failing_at, now):
            _notify(service, account, Notice.MAIL_FAILS)
            writes.progressed(account.id, mail=False, told_failing_at=now)
            told += 1
        last = max(account.mail_at or account.created_at, account.created_at)
        if rules.is_silent(account.silence_hours, last, account.told_silent_at, now):
            _notify(service, account, Notice.MAIL_SILENT)
            writes.progressed(account.id, mail=False, told_silent_at=now)
            told += 1
    return told


def _notify(service: Service, account: MailAccount, notice: Notice) -> None:
    managers = [
        agent.member_id
        for agent in people.all_agents(service.id)
        if agent.role is AgentRole.MANAGER
    ]
    notifications.notify(
        managers,
        notice,
        {"service": service.name, "slug": service.slug, "account": account.name},
    )
