"""What belongs to a service is destroyed with it, whichever feature holds it (ORG-5)."""

import ast
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ import config
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


# what holds an address of a customer, by the last part of its name
ADDRESSES = {"address", "cc", "email", "mailed_to", "recipient", "reply_to", "sender"}


def _bare(tree: ast.AST) -> list[str]:
    """Addresses that go into a record of the audit log as they are."""
    if isinstance(tree, ast.Call) and getattr(tree.func, "id", "") == "masked_address":
        return []
    if isinstance(tree, ast.Attribute) and tree.attr in ADDRESSES:
        return [tree.attr]
    if isinstance(tree, ast.Name) and tree.id in ADDRESSES:
        return [tree.id]
    return [name for child in ast.iter_child_nodes(tree) for name in _bare(child)]


def _details(path: Path) -> list[ast.expr]:
    """What is recorded as detail in a module; a name stands for what the module says it is."""
    source = path.read_text()
    if "detail=" not in source:
        return []
    tree = ast.parse(source)
    known = {
        target.id: one.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    given = [
        keyword.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "work"
        for keyword in call.keywords
        if keyword.arg == "detail"
    ]
    return [known.get(one.id, one) if isinstance(one, ast.Name) else one for one in given]


@pytest.mark.spec("LOG-3", "FLD-4")
def test_records_of_work_name_customers_by_number() -> None:
    """They stay for years: addresses stand there with most of them hidden."""
    found = {path: _details(path) for path in sorted((config.ROOT / "occ").rglob("*.py"))}
    assert sum(map(len, found.values())) > 10
    told = {
        str(path): [name for one in many for name in _bare(one)] for path, many in found.items()
    }
    assert {path: names for path, names in told.items() if names} == {}
