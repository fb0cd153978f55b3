"""What a new service still needs before its first call, and on which page each of it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from occ.ars.permissions import ARS
from occ.core.access import Permission, may
from occ.help_center.permissions import PUBLISH
from occ.identity.permissions import PEOPLE
from occ.identity.rules import AgentRole
from occ.mail.permissions import MAIL_SETTINGS
from occ.organization.models import Service
from occ.sms.permissions import TEXT_SETTINGS
from occ.statistics.labels import STEPS
from occ.statistics.queries import own as queries
from occ.statistics.rules.steps import Step
from occ.telephony.permissions import SIMULATOR

# where each step is done, who may do it, and what its page is asked for
PLACES: Mapping[Step, tuple[str, Permission, Mapping[str, Any]]] = {
    Step.MANAGER: ("agents.new", PEOPLE, {"role": AgentRole.MANAGER.value, "back": "steps"}),
    Step.AGENTS: ("agents.new", PEOPLE, {"back": "steps"}),
    Step.MAILBOX: ("mail_accounts.index", MAIL_SETTINGS, {}),
    Step.QUEUE: ("ars.queues", ARS, {}),
    Step.MENU: ("voice_menu.index", ARS, {}),
    Step.PUBLISH: ("voice_menu.index", ARS, {}),
    Step.CALL: ("caller.index", SIMULATOR, {}),
    Step.TEXTS: ("sms_channel.index", TEXT_SETTINGS, {}),
    Step.FAQ: ("faq.new", PUBLISH, {}),
}


@dataclass(frozen=True)
class NextStep:
    """One step of a new service; without `url` somebody else does it."""

    label: str
    hint: str
    done: bool
    url: str


def next_steps(service: Service) -> Sequence[NextStep]:
    """The steps of a service with those that are done; none once all are, or for who may not set
    it up.
    """
    if not may(PEOPLE, service):
        return ()
    done = queries.steps(service)
    if all(done.values()):
        return ()
    found = []
    for step, is_done in done.items():
        (label, hint), (place, permission, asked) = STEPS[step], PLACES[step]
        url = url_for(place, slug=service.slug, **asked) if may(permission, service) else ""
        found.append(NextStep(str(label), str(hint), is_done, url))
    return found
