"""What belongs to a service is destroyed with it, whichever feature holds it (ORG-5)."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core.db import Base, db
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.rules import ServiceState
from tests.factories import phone

# tables with rows of a service that stay, and why
STAY = {
    "agent": "removed; what the organization keeps of its members' work names them",
    "agent_interval": "the working time of members",
    "authority_entry": "the audit log",
    "call_leg": "goes with its call",
    "charge": "what was charged",
    "contract": "what was charged for",
    "cti_session": "the working time of members",
    "erasure": "certificates of what was destroyed, without data",
    "phone_service": "its number still tells callers that the service has ended",
    "queue": "retired; the audit log names it",
    "task": "removed after some days, whatever it was about",
    "ticket_mail": "goes with its ticket",
    "usage": "what was charged for",
    "work_entry": "the audit log",
}


@pytest.mark.spec("ORG-5")
def test_every_table_with_rows_of_a_service_is_emptied_or_stays_for_a_reason(
    app: Flask, boss: Member
) -> None:
    mall = phone.service(boss)
    of_services = {
        table.name for table in Base.metadata.tables.values() if "service_id" in table.columns
    }
    emptied: set[str] = set()

    def note(_connection: Any, statement: Any, *_rest: Any) -> None:
        if isinstance(statement, sa.Delete):
            emptied.add(statement.table.name)

    sa.event.listen(sa.Engine, "before_execute", note)
    try:
        with db.write():
            mall.state = ServiceState.TERMINATED
            organization.erase(mall.id)
    finally:
        sa.event.remove(sa.Engine, "before_execute", note)
    assert of_services - emptied == set(STAY), (
        "a table of a service reacts to ServiceErased (or, where it grows, to ServiceEmptied), or "
        "stands here with the reason why its rows stay"
    )
