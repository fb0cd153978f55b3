"""What cells say, told explicitly, and when batches run (MIG-1)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.migration.rules import cells
from occ.migration.rules.batches import next_run
from occ.migration.rules.cells import Broken
from occ.migration.rules.files import Fault, fault_of

at = datetime.fromisoformat


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, ""),
        (7.0, "7"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (True, "TRUE"),
        ("  a\r\nb ", "a\nb"),
        ("007", "007"),
        (date(2024, 3, 4), "2024-03-04"),
        ("\u1100\u1161", "가"),
    ],
)
def test_a_cell_as_text(cell: Any, said: str) -> None:
    assert cells.text(cell) == said


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize("cell", [Broken.FORMULA, Broken.ERROR, 1e15, 1234567890123456.0])
def test_what_has_lost_its_value_is_refused(cell: Any) -> None:
    with pytest.raises(Refused):
        cells.text(cell)


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        (at("2024-03-04T09:30:15"), "2024-03-04T09:30:15"),
        (date(2024, 3, 4), "2024-03-04T00:00:00"),
        ("2024-03-04", "2024-03-04T00:00:00"),
        ("2024.3.4 09:30", "2024-03-04T09:30:00"),
        ("2024. 3. 4. 오후 2:05", "2024-03-04T14:05:00"),
        ("2024년 3월 4일 오전 12:05", "2024-03-04T00:05:00"),
        ("2024/03/04 2:05:09 PM", "2024-03-04T14:05:09"),
        ("２０２４-03-04 午後 1:00", "2024-03-04T13:00:00"),
    ],
)
def test_days_and_times_as_people_write_them(cell: Any, stored: str) -> None:
    found = cells.instant(cell)
    assert found is not None and found.isoformat() == stored
    assert cells.day(cell) == stored[:10]


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize(
    "cell",
    ["3/4/2024", "2024-13-01", "2024-02-30", "24-03-04", "tomorrow", 45355.0, time(0, 0), True]
    + ["2024-03-04 25:00", "2024-03-04 오후 13:00", timedelta(hours=3), Broken.FORMULA],
)
def test_what_is_no_day_is_refused_not_guessed(cell: Any) -> None:
    for read in (cells.day, cells.instant):
        if read is cells.day and isinstance(cell, str) and ":" in cell:
            continue  # its day holds
        with pytest.raises(Refused):
            read(cell)


@pytest.mark.spec("MIG-1")
def test_a_percentage_is_what_a_spreadsheet_keeps_of_it() -> None:
    assert [cells.figure(one) for one in (0.15, "15%", "15 ％", "1,500%", "x%")] == [
        *("0.15", "0.15", "0.15", "15", "x%")
    ]


@pytest.mark.spec("MIG-1")
def test_words_mean_the_same_in_any_case_and_width_and_several_are_divided() -> None:
    words = {cells.folded("Red"): "1", cells.folded("가, 나"): "2", cells.folded("a;b"): "3"}
    assert cells.meant("  ＲＥＤ ", words) == "1"
    assert cells.several("red\n가, 나", words) == ["1", "2"]
    assert cells.several("red; 가, 나", words) == ["1", "2"]
    assert cells.several("a;b", words) == ["3"]
    with pytest.raises(Refused, match="blue"):
        cells.several("red;blue", words)


_CELLS = st.one_of(
    st.none(),
    st.text(min_size=1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=99)),
    st.sampled_from(Broken),
)


@pytest.mark.spec("MIG-1")
@given(_CELLS)
def test_what_the_child_says_of_a_cell_is_read_back_as_it_was(cell: Any) -> None:
    assert cells.unpacked(cells.packed(cell)) == cell


@pytest.mark.spec("MIG-1")
@given(
    st.datetimes(min_value=at("2020-01-01"), max_value=at("2030-01-01")),
    st.sampled_from(("Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")),
)
def test_the_next_run_is_at_one_of_the_services_day(naive: datetime, zone: str) -> None:
    from zoneinfo import ZoneInfo

    now = naive.replace(tzinfo=UTC)
    run = next_run(now, zone)
    assert timedelta(0) < run - now <= timedelta(hours=25)
    local = run.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (1, 0)


@pytest.mark.spec("MIG-1")
def test_files_are_told_by_their_bytes() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert fault_of(ole + bytes(9)) is Fault.OLD_EXCEL
    assert fault_of(ole + "EncryptedPackage".encode("utf-16-le")) is Fault.LOCKED
    assert fault_of(b"a\x00b") is Fault.UNREADABLE
    assert fault_of(b"PK\x03\x04") is None and fault_of("제목".encode("cp949")) is None
