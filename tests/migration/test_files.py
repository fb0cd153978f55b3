"""Files as people and other programs write them: what is read of each, and which are refused
whole (MIG-1).
"""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from occ.core.i18n import force_locale
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.migration import columns, templates
from occ.migration.reading import book, file, texts
from occ.migration.reading.faults import Unfit
from occ.migration.reading.file import read
from occ.migration.rules.batches import ROWS_MAX, BatchState
from occ.migration.rules.cells import Broken
from occ.migration.rules.files import Fault
from occ.organization.models import Service
from tests.factories import field as fields
from tests.factories import migration as old
from tests.factories import ticket as tickets

pytestmark = pytest.mark.heavy


@pytest.fixture
def desk(boss: Member) -> Service:
    return tickets.desk(boss)


def rows(content: bytes) -> list[tuple[int, list[Any]]]:
    return list(read(content).rows)


def made(*lines: list[Any], change: Callable[[Workbook], None] = lambda book: None) -> bytes:
    book = Workbook()
    assert book.active is not None
    for line in lines:
        book.active.append(line)
    change(book)
    return old.saved(book)


def rewritten(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with another content of one part."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(output, "w") as after:
        for name in before.namelist():
            said = before.read(name)
            after.writestr(name, change(said) if name == part else said)
    return output.getvalue()


def shared(content: bytes) -> bytes:
    """The same, its texts in a part of their own, as spreadsheets save them."""
    names: dict[bytes, int] = {}

    def named(cell: re.Match[bytes]) -> bytes:
        number = names.setdefault(cell[2], len(names))
        return cell[1] + b't="s"><v>%d</v></c>' % number

    inline = rb"(<c [^>]*)t=\"inlineStr\"><is>(.*?)</is></c>"
    sheet = "xl/worksheets/sheet1.xml"
    output = io.BytesIO(rewritten(content, sheet, lambda said: re.sub(inline, named, said)))
    with zipfile.ZipFile(output, "a") as archive:
        items = b"".join(b"<si>%s</si>" % text for text in names)
        archive.writestr("xl/sharedStrings.xml", b"<sst>" + items + b"</sst>")
    assert names
    return output.getvalue()


def fault(content: bytes) -> Fault:
    with pytest.raises(Unfit) as unfit:
        rows(content)
    return unfit.value.fault


@pytest.mark.spec("MIG-1")
def test_cells_have_the_types_that_the_workbook_gives_them() -> None:
    at = datetime.fromisoformat("2024-03-04T09:30")
    content = made(["a", 7, 0.15, True, at, date(2024, 3, 4), None, "007"])
    (number, row), *rest = rows(content)
    assert (number, rest) == (1, [])
    assert row == ["a", 7.0, 0.15, True, at, date(2024, 3, 4), None, "007"]


@pytest.mark.spec("MIG-1")
def test_numbers_of_rows_are_those_of_the_file() -> None:
    content = made([], [], [None, "head"], [None, "x"], [], [None, "y"])
    assert rows(content) == [(3, [None, "head"]), (4, [None, "x"]), (6, [None, "y"])]


@pytest.mark.spec("MIG-1")
def test_days_of_workbooks_that_count_from_1904() -> None:
    def count_from_1904(book: Workbook) -> None:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904

    at = datetime.fromisoformat("2024-03-04T09:30")
    book = Workbook()
    count_from_1904(book)
    assert book.active is not None
    book.active.append([at])
    assert rows(old.saved(book)) == [(1, [at])]


@pytest.mark.spec("MIG-1")
def test_formulas_count_by_their_value_and_without_one_are_no_value() -> None:
    content = made(["x", "=1+1", "=1+2", "#N/A"])
    with_value = rewritten(
        content,
        "xl/worksheets/sheet1.xml",
        lambda said: said.replace(b"<f>1+2</f><v></v>", b"<f>1+2</f><v>3</v>").replace(
            b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>"
        ),
    )
    assert with_value != content
    (_number, row), *_rest = rows(with_value)
    assert row == ["x", Broken.FORMULA, 3.0, Broken.ERROR]


@pytest.mark.spec("MIG-1")
def test_the_sheet_is_found_whatever_its_file_is_called() -> None:
    """Cells without a value stand in the sheet that is read, not in the one of its number."""

    def add(book: Workbook) -> None:
        book.create_sheet("first", 0).append(["=1+1"])

    (_number, row), *_rest = rows(made(["=1"], change=add))
    assert row == [Broken.FORMULA]


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize("piece", [60, 701, 5_000])
def test_a_sheet_is_read_in_parts_as_if_it_were_one(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    at = datetime.fromisoformat("2024-03-04T09:30")
    lines = [
        [f"제목 {n % 40} <&> \"t='s'\"", n, None, at, "007", "x" * (n % 300), None, n % 2 == 0]
        for n in range(200)
    ]
    lines[50], lines[51] = [], ["=1+1", "#N/A"]
    plain = made(*lines)
    content, whole = shared(plain), rows(plain)
    assert [number for number, _row in whole] == [n + 1 for n in range(200) if n != 50]
    assert whole[0][1][:5] == [lines[0][0], 0.0, None, at, "007"]
    assert whole[50][1][:2] == [Broken.FORMULA, Broken.ERROR]
    monkeypatch.setattr(book, "PIECE", piece)
    monkeypatch.setattr(texts, "PIECE", piece)
    monkeypatch.setattr(texts, "BLOCK", 3)
    assert trimmed(rows(content)) == trimmed(whole)


def trimmed(found: list[tuple[int, list[Any]]]) -> list[tuple[int, list[Any]]]:
    """The rows without what is empty at their ends."""
    for _number, row in found:
        while row[-1] is None:
            row.pop()
    return found


def _prefixed(said: bytes) -> bytes:
    """The same XML in a namespace with a prefix, as some programs write it."""
    said = re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", said)
    return said.replace(b'xmlns="', b'xmlns:x="')


@pytest.mark.spec("MIG-1")
def test_xml_as_other_programs_write_it() -> None:
    at = datetime.fromisoformat("2024-03-04T09:30")
    content = shared(made(["제목", "값"], ["하나", at], [], ["=1", 2]))
    expected = rows(content)
    changed = content
    for part in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        changed = rewritten(changed, part, _prefixed)
    assert changed != content and rows(changed) == expected

    def bare(said: bytes) -> bytes:  # neither rows nor cells say where they stand
        return re.sub(rb"(<(?:row|c)\b)([^>]*?) r=\"\w+\"", rb"\1\2", said)

    line = [["a", 1.0, "b"], ["c", at, "d"]]
    unnumbered = rewritten(made(*line), "xl/worksheets/sheet1.xml", bare)
    assert rows(unnumbered) == [(1, line[0]), (2, line[1])]


@pytest.mark.spec("MIG-1")
def test_rows_without_numbers_are_counted_over_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    content = made(*([f"row {n}"] for n in range(30)))

    def bare(said: bytes) -> bytes:
        return re.sub(rb"(<(?:row|c)\b)([^>]*?) r=\"\w+\"", rb"\1\2", said)

    monkeypatch.setattr(book, "PIECE", 300)
    found = rows(rewritten(content, "xl/worksheets/sheet1.xml", bare))
    assert found == [(n + 1, [f"row {n}"]) for n in range(30)]


@pytest.mark.spec("MIG-1")
def test_a_text_that_is_not_there_makes_a_file_damaged() -> None:
    content = shared(made(["a", "b"]))
    broken = [
        (b"<v>1</v>", b"<v>7</v>"),
        (b"<v>1</v>", b"<!-- --><v>1</v>"),
        (b"</sheetData>", b""),
    ]
    for before, after in broken:
        said = rewritten(
            content,
            "xl/worksheets/sheet1.xml",
            lambda xml: xml.replace(before, after),  # noqa: B023 - called at once
        )
        assert said != content and fault(said) is Fault.UNREADABLE, after
    hollow = rewritten(
        content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v>1</v>", b"")
    )
    assert trimmed(rows(hollow)) == [(1, ["a"])]


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_csv_in_the_encodings_of_korean_spreadsheets(encoding: str, between: str) -> None:
    text = f'이름{between}제목\r\n똠방{between}"두\n줄"\r\n\r\n{between}x\r\n'
    assert rows(text.encode(encoding)) == [
        (1, ["이름", "제목"]),
        (2, ["똠방", "두\n줄"]),
        (4, [None, "x"]),
    ]


@pytest.mark.spec("MIG-1")
def test_files_that_cannot_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    content = made(["a"])
    assert fault(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)) is Fault.OLD_EXCEL
    assert fault(content[: len(content) // 2]) is Fault.UNREADABLE
    assert fault("title".encode("utf-16")) is Fault.UNREADABLE
    assert fault(b"\xff\xff\xff, x") is Fault.ENCODING
    assert fault(rewritten(content, "xl/workbook.xml", lambda _said: b"<")) is Fault.UNREADABLE
    output = io.BytesIO(content)
    with zipfile.ZipFile(output, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert fault(output.getvalue()) is Fault.MACROS
    word = io.BytesIO()
    with zipfile.ZipFile(word, "w") as archive:
        archive.writestr("word/document.xml", b"x")
    assert fault(word.getvalue()) is Fault.UNREADABLE
    monkeypatch.setattr(file, "UNPACKED_MAX", 100_000)
    bomb = io.BytesIO(content)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x.bin", bytes(200_000))
    assert fault(bomb.getvalue()) is Fault.TOO_LARGE
    lying = re.sub(rb"\x40\x0d\x03\x00", b"\x10\x00\x00\x00", bomb.getvalue())
    assert lying != bomb.getvalue()
    assert fault(lying) in (Fault.TOO_LARGE, Fault.UNREADABLE), "what it says of itself is a lie"


@pytest.mark.spec("MIG-1")
def test_one_row_too_many() -> None:
    line = b"a\n"
    assert len(rows(line * (ROWS_MAX + 2))) == ROWS_MAX + 2, "with the head and the example"
    assert fault(line * (ROWS_MAX + 3)) is Fault.TOO_MANY


@pytest.mark.spec("MIG-1")
def test_the_template_holds_what_a_person_needs_to_fill_it_in(boss: Member, desk: Service) -> None:
    fields.field(desk, "size", FieldKind.AGENT, FieldType.DROPDOWN, choices=("가, 나", "L" * 40))
    fields.field(desk, "scan", FieldKind.AGENT, FieldType.FILE)
    book = load_workbook(io.BytesIO(templates.template(desk)))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert heads == [column.head for column in columns.columns(desk)]
    assert "Size" in heads and "Scan" not in heads, "files are not brought in"
    assert all(cell.comment for cell in sheet[1])
    assert {rule.formula1 for rule in sheet.data_validations.dataValidation} == {
        f"={name}" for name in book.defined_names
    }
    place = heads.index("Size") + 1
    where = book.defined_names[f"occ_list_{place}"].attr_text
    assert where.startswith("'lists'!") and where.endswith("$2")
    assert [one.sheet_state for one in book.worksheets] == [
        *("visible", "hidden", "visible", "veryHidden")
    ]
    assert [cell.value for cell in book["occ"]["A"]] == [
        *(templates.MARK, "mall", columns.signature(desk))
    ]


@pytest.mark.spec("MIG-1")
def test_a_template_is_taken_as_it_comes_in_every_language(boss: Member, desk: Service) -> None:
    for locale in ("ko", "en", "ja"):
        with force_locale(locale):
            content = templates.template(desk)
        batch = old.checked(desk, boss, content)
        assert batch.state is BatchState.REFUSED, "the example is not taken"
        assert "no row" in batch.why


@pytest.mark.spec("MIG-1")
def test_files_of_other_fields_and_services_are_refused_in_words(
    boss: Member, desk: Service
) -> None:
    before = old.book(desk, old.LIKE)
    plain = old.book(desk, old.LIKE, marks=["other"])
    other = old.book(desk, old.LIKE, marks=(templates.MARK, "shop", "x"))
    assert "another service" in old.checked(desk, boss, other).why
    fields.field(desk, "size", FieldKind.AGENT)
    assert "other fields" in old.checked(desk, boss, before).why
    why = old.checked(desk, boss, plain).why
    assert "other fields" in why and "Size" in why, "what is missing is named"
    head, row = old.rows_of(desk, old.LIKE)
    strange = made([*head, "Colour"], [*row, "red"])
    assert "Colour" in old.checked(desk, boss, strange).why
    twice = made([*head, head[1]], [*row, "x"])
    assert "twice" in old.checked(desk, boss, twice).why
    assert "no row" in old.checked(desk, boss, made(head)).why
    assert "neither" in old.checked(desk, boss, b"PK\x03\x04 broken").why
