"""A feature is added as docs/develop.md says it, in a copy of the house: memos of a service."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from occ.config import ROOT

pytestmark = [pytest.mark.full, pytest.mark.live]

FILES = {
    "occ/memos/__init__.py": "",
    "occ/memos/rules.py": '''
"""What a memo may say."""

from occ.core.errors import Refused
from occ.core.i18n import gettext as _

LIMIT = 80


def checked(text: str) -> str:
    """The text without blanks around it. Refuses one that says nothing."""
    if not text.strip():
        raise Refused(_("A memo says something."), "text")
    return text.strip()[:LIMIT]
''',
    "occ/memos/models.py": '''
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base
from occ.memos.rules import LIMIT


class Memo(Base):
    """What an agent leaves for the others of a service."""

    __tablename__ = "memo"
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(sa.String(LIMIT))
    made_at: Mapped[datetime]
''',
    "occ/memos/queries.py": '''
from collections.abc import Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.memos.models import Memo


def newest(service_id: int) -> Sequence[Memo]:
    """The last 20 of a service."""
    found = sa.select(Memo).where(Memo.service_id == service_id).order_by(Memo.id.desc())
    return db.session.scalars(found.limit(20)).all()
''',
    "occ/memos/service.py": '''
from occ.core import clock
from occ.core.db import db
from occ.memos import rules
from occ.memos.models import Memo
from occ.organization.models import Service


def leave(service: Service, text: str) -> None:
    """Leaves a memo; refuses one that says nothing."""
    memo = Memo(service_id=service.id, text=rules.checked(text), made_at=clock.now())
    db.session.add(memo)
''',
    "occ/memos/handlers.py": """
import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.memos.models import Memo
from occ.organization.events import ServiceErased


@on(ServiceErased)
def forget(event: ServiceErased) -> None:
    db.session.execute(sa.delete(Memo).where(Memo.service_id == event.service.id))
""",
    "occ/memos/permissions.py": """
from occ.core.access import MANAGERS, Permission, is_manager
from occ.core.i18n import lazy_gettext as _

MEMOS = Permission("memos", _("Memos"), MANAGERS, is_manager, while_suspended=False)
""",
    "occ/memos/forms.py": """
from occ.core.forms import Form, Text
from occ.core.i18n import lazy_gettext as _
from occ.memos.rules import LIMIT


class MemoForm(Form):
    text = Text(_("Memo"), limit=LIMIT, required=False)
""",
    "occ/memos/views.py": '''
"""The memos of a service."""

from flask import Blueprint, Response, request

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.memos import queries, service
from occ.memos.forms import MemoForm
from occ.memos.permissions import MEMOS
from occ.organization.views.address import current_service

bp = Blueprint("memos", __name__, url_prefix="/c/s/<slug>/memos")


@bp.route("", methods=["GET", "POST"])
@requires(MEMOS)
def index() -> Response:
    form, mine = MemoForm(), current_service()
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                service.leave(mine, form.text.data or "")
            return ui.done(_("The memo is there."))
    rows = queries.newest(mine.id)
    return ui.render("memos/index", status=form.status, form=form, service=mine, rows=rows)
''',
    "templates/memos/index.html": """
{% extends "layouts/page.html" %}
{% from "macros/forms.html" import field, submit, summary %}
{% block heading %}{{ _('Memos') }}{% endblock %}
{% block content %}
<form method="post" action="{{ url_for('memos.index', slug=service.slug) }}">
  {{ form.csrf_token }}
  {{ summary(form) }}
  {{ field(form.text) }}
  {{ submit(_('Leave the memo')) }}
</form>
<div id="list" hx-get="" hx-trigger="occ:refresh from:body">{% include "memos/_index.html" %}</div>
{% endblock %}
""",
    "templates/memos/_index.html": """
<ul>
  {% for memo in rows %}
  <li>{{ memo.text }}</li>
  {% endfor %}
</ul>
""",
    "tests/memos/__init__.py": "",
    "tests/memos/test_memos.py": """
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.identity.models import Member
from occ.memos import rules
from tests.factories import world
from tests.support.browser import Browser


@given(st.text())
def test_a_memo_is_short_and_says_something(text: str) -> None:
    try:
        assert 0 < len(rules.checked(text)) <= rules.LIMIT
    except Refused:
        assert not text.strip()


@pytest.mark.spec("MEMO-1")
def test_managers_leave_memos_and_agents_see_no_page(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    mall = world.contracted(boss)
    world.agent(boss, mall, boss, manager=True)
    world.agent(boss, mall, world.member("kim"))
    manager, agent = browser("boss"), browser("kim")
    assert "Leave the memo" in manager.get("/c/s/mall/memos").text
    assert manager.post("/c/s/mall/memos", {"text": " "}).status_code == 422
    assert manager.post("/c/s/mall/memos", {"text": "Back at five"}).status_code == 303
    page = manager.get("/c/s/mall/memos").text
    assert "<li>Back at five</li>" in page and page.count('href="/c/s/mall/memos"') == 1
    assert agent.get("/c/s/mall/memos").status_code == 403
    assert "/c/s/mall/memos" not in agent.get("/c/s/mall/home").text
""",
}
WORDS = {
    "ko": {
        "Memos": "메모",
        "Memo": "메모",
        "A memo says something.": "메모 내용을 입력해 주세요.",
        "Leave the memo": "메모 남기기",
        "The memo is there.": "메모를 남겼어요.",
    },
    "ja": {
        "Memos": "メモ",
        "Memo": "メモ",
        "A memo says something.": "メモの内容を入力してください。",
        "Leave the memo": "メモを残す",
        "The memo is there.": "メモを残しました。",
    },
}
# (file, a line that stands there, what is put before it)
LINES = (
    ("pyproject.toml", '  "callbacks",\n', '  "memos",\n'),
    ("pyproject.toml", '  "occ.callbacks",\n', '  "occ.memos",\n'),
    (
        "occ/factory.py",
        "from occ.menu import page as menu\n",
        "from occ.memos import handlers as memo_handlers\nfrom occ.memos import views as memos\n",
    ),
    ("occ/factory.py", "    auth.bp, home.bp,", "    memos.bp,\n"),
    ("occ/factory.py", "    wallboard_handlers,\n", "    memo_handlers,\n"),
    (
        "occ/menu/entries.py",
        "from occ.organization.permissions",
        "from occ.memos.permissions import MEMOS\n",
    ),
    (
        "occ/menu/entries.py",
        '                Entry("caller.index",',
        '                Entry("memos.index", _("Memos"), "notes", MEMOS),\n',
    ),
    ("occ/menu/entries.py", '            "callback_dealing",\n', '            "memos",\n'),
    ("occ/menu/entries.py", '    "exports": "me.index",\n', '    "memos": "memos.index",\n'),
    ("occ/menu/entries.py", "    ARS,\n)", "    MEMOS,\n"),
    ("tests/contract/test_rights.py", '    "monitor": (', '    "memos": ("manager",),\n'),
    ("docs/features.tsv", "CUS-1\t", "MEMO-1\tMemos of a service\n"),
)
# tests that look at every route, menu, list and word, and so at those of the memos
CONTRACTS = (
    "test_contract.py::test_every_route_declares_its_permission_and_only_these_are_public",
    "test_contract.py::test_pages_of_a_service_stand_in_one_of_its_menus",
    "test_rights.py::test_each_right_is_had_by_those_who_need_it_alone",
    "test_rights.py::test_an_agent_without_rights_is_refused_with_the_right_that_is_missing",
    "test_contract.py::test_ids_that_do_not_exist_or_are_absurd_are_404",
    "test_contract.py::test_every_message_has_a_korean_and_a_japanese_text_with_the_same_placeholders",
    "test_contract.py::test_the_readme_table_is_up_to_date",
)


class House:
    """A copy of the house in which commands run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        kept = shutil.ignore_patterns(
            ".*", "__pycache__", "node_modules", "build", "shots", "instance"
        )
        shutil.copytree(ROOT, root, ignore=kept)

    def run(self, *command: str) -> str:
        """What it says, on both streams. It must succeed."""
        made = subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env={**os.environ, "OCC_INSTANCE": str(self.root / "instance"), "DATABASE_URL": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, f"{command}\n{made.stdout[-4000:]}\n{made.stderr[-4000:]}"
        return made.stdout + made.stderr

    def write(self, place: str, text: str) -> None:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), "utf-8")

    def put(self, place: str, before: str, line: str) -> None:
        path = self.root / place
        text = path.read_text("utf-8")
        assert text.count(before) == 1, f"{place} has {text.count(before)} of {before!r}"
        path.write_text(text.replace(before, line + before), "utf-8")

    def translate(self, locale: str, words: dict[str, str]) -> None:
        path = self.root / "occ" / "translations" / locale / "LC_MESSAGES" / "messages.po"
        text = path.read_text("utf-8")
        for word, translated in words.items():
            empty = f'msgid "{word}"\nmsgstr ""\n'
            assert f'msgid "{word}"\n' in text, f"make messages left out {word!r}"
            text = text.replace(empty, f'msgid "{word}"\nmsgstr "{translated}"\n')
        path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The copy with the feature in it: each step of the guide was taken."""
    made = House(tmp_path_factory.mktemp("copy") / "house")
    made.run("-m", "occ", "db", "upgrade")
    for place, text in FILES.items():
        made.write(place, text)
    for place, before, line in LINES:
        made.put(place, before, line)
    made.run("-m", "occ", "db", "revise", "9000", "memos")
    made.run("-m", "tests.tools.messages")
    for locale, words in WORDS.items():
        made.translate(locale, words)
    made.run("-m", "babel.messages.frontend", "-q", "compile", "-d", "occ/translations")
    made.run("-c", "from tests.tools import floors; floors.update_guide()")
    made.run("-c", "from occ.cli import features; features.update_readme()")
    return made


def test_it_stands_within_the_walls(house: House) -> None:
    house.run("-m", "ruff", "check", "occ/memos", "tests/memos")
    assert "0 broken" in house.run(
        str(Path(sys.executable).with_name("lint-imports")), "--no-cache"
    )


def test_its_revision_makes_its_table_and_nothing_else(house: House) -> None:
    (path,) = (house.root / "migrations" / "versions").glob("9000_*.py")
    assert set(re.findall(r"_table\(\s*['\"](\w+)", path.read_text("utf-8"))) == {"memo"}


def test_its_own_tests_pass_and_those_that_look_at_every_feature(house: House) -> None:
    house.run(
        "-m",
        "pytest",
        "--basetemp",
        "tmp",
        "-k",
        "not postgres",
        "tests/memos",
        *(f"tests/contract/{name}" for name in CONTRACTS),
        "tests/contract/test_walls.py::test_the_files_of_every_feature_and_room_stand_on_floors",
        "tests/ops/test_migrations.py::test_up_down_up_on_filled_tables_without_drift",
    )
