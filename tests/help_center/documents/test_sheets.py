"""FAQ and notices out to Excel, and FAQ in from it (HC-2)."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import xlsx
from occ.core.db import db
from occ.help_center.documents import history
from occ.help_center.documents.models import Document
from occ.help_center.documents.rules import DocumentState, Readers, TopicKind
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Editor
from tests.factories import document as documents
from tests.factories import world
from tests.support.browser import Browser
from tests.support.sheets import sheet

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
AS_EXCEL_KEEPS_IT = datetime(2026, 3, 9, 23, 59, 59, 999_000)  # noqa: DTZ001 - cells have no zone
FAQ, NOTICES = "/c/s/mall/faq", "/c/s/mall/announcements"
Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    return documents.mall(boss)


def file(*rows: list[Any]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def upload(admin: Browser, content: bytes, where: str = FAQ) -> Any:
    return admin.post(f"{where}/import", {"file": (io.BytesIO(content), "some.xlsx")})


def stored() -> list[Document]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Document).order_by(Document.id)))


@pytest.mark.spec("HC-2", "LOG-3")
def test_documents_go_out_with_all_that_they_say(
    boss: Member, mall: Service, admin: Browser
) -> None:
    pay = documents.topic(mall, TopicKind.CATEGORY, "결제")
    refund = documents.topic(mall, TopicKind.CATEGORY, "환불", pay)
    documents.faq(
        mall, boss, "=환불", "3일", topic_id=refund.id, pinned_home=True, others={"en": ("R", "3")}
    )
    documents.notice(mall, boss, "점검", publish=False)
    rows = sheet(admin.get(f"{FAQ}/excel").data)
    assert rows[0][:10] == [
        "ID",
        "State",
        "Category",
        "Readers",
        "Pin on the home page",
        "Pin in its category",
        "Title (한국어)",
        "Content (한국어)",
        "Title (English)",
        "Content (English)",
    ]
    assert rows[1][1:10] == [
        "Published", "결제 › 환불", "Customers", "Yes", "Yes", "=환불", "3일", "R", "3",
    ]  # fmt: skip
    (entry,) = db.session.scalars(
        sa.select(WorkEntry).where(WorkEntry.work == Work.EXCEL_DOCUMENTS)
    )
    assert entry.detail == {"rows": 1}
    notices = sheet(admin.get(f"{NOTICES}/excel").data)
    assert notices[1][1:3] == ["Draft", "말머리 점검"] and len(notices) == 2


@pytest.mark.spec("HC-2")
def test_a_file_that_went_out_changes_what_it_says_and_adds_what_is_new(
    boss: Member, mall: Service, admin: Browser
) -> None:
    documents.topic(mall, TopicKind.CATEGORY, "배송")
    kept = documents.faq(mall, boss, "환불", "3일", others={"en": ("Refund", "3 days")})
    rows = sheet(admin.get(f"{FAQ}/excel").data)
    rows[1][7] = "5일"
    rows[1][1] = "Draft"
    new = [None, "Published", "배송", "Agents only", "", "Yes", "지연", "늦어요", "", ""]
    answer = upload(admin, file(*rows, new))
    assert answer.status_code == 303, answer.text[:300]
    first, second = stored()
    assert first.id == kept.id and first.state is DocumentState.DRAFT
    assert history.texts_of(first)["ko"].body == "5일"
    assert history.texts_of(first)["en"].title == "Refund"
    assert second.state is DocumentState.PUBLISHED and second.readers is Readers.AGENTS
    assert second.pinned and not second.pinned_home and second.topic_id is not None
    korean = file(["상태", "제목 (한국어)", "내용 (한국어)"], ["배포", "교환", 2026.0])
    upload(admin, korean)
    assert history.texts_of(stored()[-1])["ko"].body == "2026"
    assert stored()[-1].state is DocumentState.PUBLISHED


@pytest.mark.spec("HC-2")
def test_refused_rows_come_back_coloured_with_the_reason_and_the_others_are_saved(
    boss: Member, mall: Service, admin: Browser
) -> None:
    head = ["ID", "State", "Category", "Readers", "Title (한국어)", "Content (한국어)"]
    answer = upload(
        admin,
        file(
            head,
            ["", "Draft", "", "", "좋아요", "내용"],
            ["", "Gone", "", "", "상태", "내용"],
            ["", "", "없는 것", "", "카테고리", "내용"],
            [99999, "", "", "", "번호", "내용"],
            ["", "Published", "", "", "내용 없음", ""],
            ["", "", "", "Nobody", "=1+1", "내용"],
            [None, None, None, None, None, None],
        ),
    )
    assert answer.status_code == 200 and answer.headers["Content-Type"] == xlsx.MIMETYPE
    assert [history.texts_of(one)["ko"].title for one in stored()] == ["좋아요"]
    active = load_workbook(io.BytesIO(answer.data)).active
    assert active is not None and active.max_row == 6
    for words, said in zip(
        (
            "State: “Gone” is none of",
            "There is no category “없는 것”.",
            "There is no FAQ with the ID 99999.",
            "Enter the content.",
            "Readers: “Nobody” is none of",
        ),
        noted(answer),
        strict=True,
    ):
        assert words in said
    assert active.cell(2, 5).value == "상태"
    assert active.cell(6, 5).value is None, "what a formula says is not known"
    assert all(active.cell(2, n).fill.fgColor.rgb == "FFFDD5D1" for n in range(1, 7))


def noted(answer: Any) -> list[str]:
    """The reasons of the rows that came back."""
    active = load_workbook(io.BytesIO(answer.data)).active
    assert active is not None
    return [active.cell(row, 1).comment.text for row in range(2, active.max_row + 1)]


@pytest.mark.spec("HC-2")
def test_notices_that_went_out_come_in_with_heading_tags_and_period(
    boss: Member, mall: Service, admin: Browser
) -> None:
    check = documents.topic(mall, TopicKind.HEADING, "점검")
    app, odd = (documents.topic(mall, TopicKind.TAG, name) for name in ("앱", "앱, 웹"))
    begun = datetime(2026, 3, 1, 1, 2, 33, tzinfo=UTC)  # 10:02 in Seoul
    kept = documents.notice(
        mall,
        boss,
        "정기 점검",
        heading=check,
        starts_at=begun,
        tags=[odd.id, app.id],
        shown_on=date(2026, 2, 28),
        pinned=True,
    )
    rows = sheet(admin.get(f"{NOTICES}/excel").data)
    assert rows[1][3:6] == ["앱, 앱, 웹", "2026-03-01 10:02", None]
    rows[1][rows[0].index("Title (한국어)")] = "긴급 점검"
    rows[1][rows[0].index("End")] = AS_EXCEL_KEEPS_IT
    fresh: list[Any] = [None] * len(rows[0])
    fresh[1:5] = ["Published", "점검", "앱, 웹,앱", "2099-01-02 03:04"]
    fresh[rows[0].index("Title (한국어)")], fresh[rows[0].index("Content (한국어)")] = (
        "개편",
        "내용",
    )
    answer = upload(admin, file(*rows, fresh), NOTICES)
    assert answer.status_code == 303, answer.text[:300]
    first, second = stored()
    assert first.id == kept.id and history.texts_of(first)["ko"].title == "긴급 점검"
    assert first.starts_at == begun, "a minute that says what is stored keeps its seconds"
    assert first.ends_at == datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
    assert {one.id for one in first.tags} == {app.id, odd.id} == {one.id for one in second.tags}
    assert (first.shown_on, first.pinned, first.topic_id) == (date(2026, 2, 28), True, check.id)
    assert second.starts_at == datetime(2099, 1, 1, 18, 4, tzinfo=UTC) and second.ends_at is None
    assert (second.state, second.shown_on) == (DocumentState.PUBLISHED, date(2099, 1, 2))
    short = file(["ID", "제목 (한국어)"], [kept.id, "이름만"])
    assert upload(admin, short, NOTICES).status_code == 303
    first = stored()[0]
    assert first.ends_at is not None and first.pinned and len(first.tags) == 2


@pytest.mark.spec("HC-2")
def test_refused_rows_of_notices_come_back_with_their_reasons(
    boss: Member, mall: Service, admin: Browser
) -> None:
    faq = documents.faq(mall, boss, "환불")
    documents.topic(mall, TopicKind.HEADING, "점검")
    head = ["ID", "Headings", "Tags", "Start", "End", "Shown day", "State", "Title (한국어)"]
    refused: list[list[Any]] = [
        [faq.id, "", "", "", "", "", "", "남의 것"],
        ["", "없음", "", "", "", "", "", "말머리"],
        ["", "", "없음, 둘", "", "", "", "", "태그"],
        ["", "", "", "내일", "", "", "", "시작"],
        ["", "점검", "", "2026-02-01 10:00", "2026-02-01 10:00", "", "", "기간"],
        ["", "", "", "", "", "2026-02-30", "", "표시일"],
        ["", "", "", "", "", "", "Published", "말머리 없음"],
    ]
    good = ["", "점검", "", "", "", "2026-02-28", "", "좋아요"]
    answer = upload(admin, file(head, *refused, good), NOTICES)
    for words, said in zip(
        (
            f"There is no notice with the ID {faq.id}.",
            "There is no heading “없음”.",
            "There is no tag “없음”.",
            "Start: Choose a day and a time.",
            "The end has to be after the start.",
            "Shown day: Choose a day.",
            "Enter the content.",
        ),
        noted(answer),
        strict=True,
    ):
        assert words in said
    assert [history.texts_of(one)["ko"].title for one in stored()] == ["환불", "좋아요"]
    assert upload(admin, file(["ID"]), NOTICES).status_code == 422
    assert "Download the notices" in admin.text()


@pytest.mark.spec("HC-2")
def test_formats_stay_where_the_words_do(boss: Member, browser: Make) -> None:
    documents.mall(boss, editor=Editor.HTML)
    admin = browser("boss")
    sent = {"topic": "0", "readers": "customers", "formatted": "1", "publish": "1"}
    admin.post(
        f"{FAQ}/new",
        sent | {"title-ko": "환불", "body-ko": "<div><strong>3일</strong></div>"},
    )
    rows = sheet(admin.get(f"{FAQ}/excel").data)
    rows[1][6] = "환불 기간"
    upload(admin, file(*rows))
    text = history.texts_of(stored()[0])["ko"]
    assert text.title == "환불 기간" and text.html == "<div><strong>3일</strong></div>"
    rows[1][7] = "5일\n<b>"
    upload(admin, file(*rows))
    assert history.texts_of(stored()[0])["ko"].html == "<div>5일<br>&lt;b&gt;</div>"


def bomb() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (xlsx.UNPACKED_MAX + 1))
    return output.getvalue()


@pytest.mark.spec("HC-2")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This is no Excel file"),
        (b"PK\x03\x04 nothing", "This is no Excel file"),
        (bomb(), "unpacks to too much"),
        (file(["ID", "State"]), "no column of titles"),
        (file(["Title (한국어)"], *([["x"]] * (xlsx.ROW_LIMIT + 1))), "at most 2000 rows"),
    ],
    ids=["empty", "damaged", "bomb", "no titles", "long"],
)
def test_what_is_no_file_of_faq_is_refused(
    mall: Service, admin: Browser, content: bytes, words: str
) -> None:
    assert upload(admin, content).status_code == 422
    assert words in admin.text() and stored() == []


@pytest.mark.spec("HC-2")
def test_agents_bring_no_files(boss: Member, mall: Service, browser: Make) -> None:
    world.agent(boss, mall, world.member("kim"), ticket=True)
    agent = browser("kim")
    for where in (FAQ, NOTICES):
        assert agent.get(f"{where}/import").status_code == 403
        assert "From Excel" not in agent.get(where).text
