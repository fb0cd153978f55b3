"""Large mails are read in a process of their own, which is bounded in memory and time (MAIL-1)."""

import base64
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from occ.mail.children import read as child
from occ.mail.reading import Defect, apart
from tests.mail.corpus.build import PDF, TEXT, TEXT_PART, mail, part, several

RECEIVED = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
LARGE = 25 * 1024 * 1024
MEGABYTES = 350
pytestmark = pytest.mark.spec("MAIL-1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "read"
    made.mkdir()
    return made


def test_a_mail_is_read_apart_with_its_files_left_on_disk(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(
        mail(*several(TEXT_PART, part(PDF, "application/pdf; name=a.pdf", how="base64")))
    )
    letter = apart.read_apart(path, folder, received_at=RECEIVED)
    (file,) = letter.files
    assert letter.text == TEXT and letter.sender.address == "hana@example.com"
    assert letter.sent_at == datetime(2026, 11, 3, 5, 15, tzinfo=UTC)
    assert (file.name, file.size, file.content) == ("a.pdf", len(PDF), b"")
    assert file.path is not None and file.path.parent == folder and file.read() == PDF


def test_the_time_of_arrival_is_passed_on(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(mail())
    early = datetime(2026, 10, 1, tzinfo=UTC)
    assert Defect.DATE in apart.read_apart(path, folder, received_at=early).defects


def test_a_mail_that_is_not_there_says_so(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(apart.Unreadable, match="FileNotFoundError"):
        apart.read_apart(tmp_path / "none", folder, received_at=RECEIVED)


def test_a_child_without_memory_says_so(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "mail"
    path.touch()
    os.truncate(path, 2 * child.MEMORY)  # a hole: it takes no room
    with pytest.raises(apart.Unreadable, match="MemoryError"):
        apart.read_apart(path, folder, received_at=RECEIVED)


def test_a_child_that_takes_too_long_says_so(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "TIMEOUT", 0.05)
    path = tmp_path / "mail"
    os.mkfifo(path)  # nobody writes into it
    with pytest.raises(apart.Unreadable, match="timeout"):
        apart.read_apart(path, folder, received_at=RECEIVED)


HEAD = mail("", None, "7bit").removesuffix(b"\r\n\r\n").rpartition(b"\r\n")[0] + b"\r\n"
LARGEST = {
    "a file": lambda: mail(
        *several(TEXT_PART, part(os.urandom(LARGE * 73 // 100), "application/pdf", how="base64"))
    ),
    "a text in CP949": lambda: mail(
        "안녕하세요 여러분\n".encode("cp949") * (LARGE // 18), "text/plain"
    ),
    "line ends": lambda: mail("\n" * LARGE),
    "HTML": lambda: mail(
        "<div><b>하나</b> 둘<br></div>\n" * (LARGE // 33), "text/html; charset=utf-8"
    ),
    "broken base64": lambda: (
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A" * (LARGE + 1)
    ),
    "quoted-printable": lambda: (
        HEAD
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + b"=EA=B0=80=\r\n" * (LARGE // 12)
    ),
    "many files": lambda: mail(
        *several(
            *[
                part(
                    base64.b64encode(b"x" * 115_000),
                    "image/png",
                    "Content-Transfer-Encoding: base64",
                )
            ]
            * 172
        )
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("name", LARGEST)
def test_25_megabytes_take_a_bounded_child(name: str, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(LARGEST[name]())
    assert path.stat().st_size > LARGE * 0.98
    code = (
        "from occ.mail.children.read import main; main(); "
        "print(next(line for line in open('/proc/self/status') if 'VmHWM' in line).split()[1])"
    )
    made = subprocess.run(
        [sys.executable, "-c", code, str(path), str(folder), RECEIVED.isoformat()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert int(made.stdout) / 1024 < MEGABYTES
