"""The import contracts of pyproject.toml: each breaks when somebody builds through its wall."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from occ.config import ROOT
from tests.tools import floors

# (contract, file, what is added to it, what the report must say)
PLANTS = (
    ("features", "stray/__init__.py", "", "- occ.stray"),
    ("features", "audit/queries.py", "from occ.customers import models", "audit.queries -> occ"),
    ("files of a feature", "fields/gadgets.py", "", "- occ.fields.gadgets"),
    (
        "files of a feature",
        "billing/service.py",
        "from occ.billing.views import rates",
        "occ.billing.service -> occ.billing.views.rates",
    ),
    (
        "files of a feature",
        "tenant/models.py",
        "from occ.tenant import service",
        "tenant.models ->",
    ),
    ("files of a feature", "tickets/bulk/gadgets.py", "", "- occ.tickets.bulk.gadgets"),
    (
        "files of a feature",
        "tickets/values/queries.py",
        "from occ.tickets.values import service",
        "occ.tickets.values.queries -> occ.tickets.values.service",
    ),
    (
        "files of a feature",
        "tickets/values/service.py",
        "from occ.tickets import service",
        "occ.tickets.values.service -> occ.tickets.service",
    ),
    (
        "files of a feature",
        "tickets/search/index.py",
        "from occ.tickets.search import finding",
        "occ.tickets.search.index -> occ.tickets.search.finding",
    ),
    (
        "files of a feature",
        "help_center/documents/gadgets.py",
        "",
        "- occ.help_center.documents.gadgets",
    ),
    ("pure rules", "tickets/bulk/rules.py", "import flask", "occ.tickets.bulk.rules -> flask"),
    ("tables without the web", "tickets/bulk/models.py", "import flask", "bulk.models -> flask"),
    ("pages without SQL", "tickets/values/labels.py", "import sqlalchemy", "labels -> sqlalchemy"),
    ("pure rules", "wallboard/rules.py", "import flask", "occ.wallboard.rules -> flask"),
    ("pure rules", "ars/rules/flow.py", "import sqlalchemy", "occ.ars.rules.flow -> sqlalchemy"),
    ("pure rules", "audit/rules.py", "from occ.core import db", "occ.audit.rules -> occ.core.db"),
    ("pure rules", "fields/rules.py", "from occ.identity import queries", "occ.identity.queries"),
    ("tables without the web", "audit/models.py", "import flask", "occ.audit.models -> flask"),
    (
        "tables without the web",
        "fields/models.py",
        "from occ.audit import service",
        "audit.service",
    ),
    ("only edges know the web", "tickets/service.py", "import flask", "tickets.service -> flask"),
    ("only edges know the web", "tickets/handover.py", "import werkzeug", "handover -> werkzeug"),
    (
        "only edges know the web",
        "customers/service.py",
        "from occ.core.access import me",
        "occ.customers.service -> occ.core.access",
    ),
    ("pages without SQL", "tickets/views/board.py", "import sqlalchemy", "board -> sqlalchemy"),
    (
        "nobody calls an edge",
        "automation/messages.py",
        "from occ.audit.views import actor",
        "occ.automation.messages -> occ.audit.views",
    ),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What lint-imports says of a house with all of them planted, by contract."""
    house = tmp_path_factory.mktemp("house")
    ignored = shutil.ignore_patterns("__pycache__", "translations")
    shutil.copytree(ROOT / "occ", house / "occ", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", house)
    for _contract, place, line, _words in PLANTS:
        path = house / "occ" / place
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    made = subprocess.run(
        [linter, "--no-cache"], cwd=house, capture_output=True, text=True, check=False
    )
    assert made.returncode == 1, made.stdout + made.stderr
    _summary, _title, broken = made.stdout.partition("Broken contracts\n")
    parts = re.split(r"^(.+)\n-+\n", broken, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("contract", "place", "line", "words"), PLANTS)
def test_a_wall_breaks(
    report: dict[str, str], contract: str, place: str, line: str, words: str
) -> None:
    assert words in report.get(contract, ""), f"{place} may say {line!r}"


def test_every_contract_is_tried() -> None:
    known = {one["name"] for one in floors.contracts().values()}
    assert known == {contract for contract, *_plant in PLANTS}


def test_the_files_of_every_feature_and_room_stand_on_floors() -> None:
    """The linter cannot say "every feature but core" of containers."""
    containers = floors.contracts()["files"]["containers"]
    assert sorted(containers) == sorted(
        f"occ.{name}" for name in (*floors.features(), *floors.rooms())
    )


def test_the_diagram_of_the_guide_is_up_to_date() -> None:
    assert not floors.update_guide(), (
        "the floors in docs/develop.md were stale; they are updated now, commit them"
    )
