"""Large mails are read in a process of their own, which is bounded in memory and time (MAIL-1)."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from occ.mail.children import read as child
from occ.mail.reading import Defect, Letter, apart, read
from occ.mail.reading.apart import Reader
from tests.mail.corpus.build import PDF, TEXT, TEXT_PART, mail, part, several
from tests.mail.test_corpus import CASES
from tests.support.live import until

RECEIVED = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
LARGE = 25 * 1024 * 1024
MEGABYTES = 350
pytestmark = pytest.mark.spec("MAIL-1")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    (tmp_path / "instance").mkdir()
    with Reader(tmp_path / "instance") as made:
        yield made
    assert not list((tmp_path / "instance").iterdir())


def put(folder: Path, *raws: bytes) -> list[Path]:
    """Mails as they lie in files."""
    paths = [folder / f"{n}.eml" for n in range(len(raws))]
    for path, raw in zip(paths, raws, strict=True):
        path.write_bytes(raw)
    return paths


def said(reader: Reader, path: Path) -> Letter:
    reader.ask(path, received_at=RECEIVED)
    with reader.taken() as letter:
        return letter


def children() -> set[int]:
    """The processes that this one has begun and not seen end."""
    own = str(os.getpid())
    stats = [one.read_text() for one in Path("/proc").glob("[0-9]*/stat") if one.exists()]
    return {int(one.split()[0]) for one in stats if one.rpartition(")")[2].split()[1] == own}


def test_a_mail_is_read_apart_with_its_files_left_on_disk(tmp_path: Path, reader: Reader) -> None:
    (path,) = put(
        tmp_path,
        mail(*several(TEXT_PART, part(PDF, "application/pdf; name=a.pdf", how="base64"))),
    )
    reader.ask(path, received_at=RECEIVED)
    with reader.taken() as letter:
        (file,) = letter.files
        assert letter.text == TEXT and letter.sender.address == "hana@example.com"
        assert letter.sent_at == datetime(2026, 11, 3, 5, 15, tzinfo=UTC)
        assert (file.name, file.size, file.content) == ("a.pdf", len(PDF), b"")
        assert file.path is not None and file.read() == PDF
    assert not file.path.parent.exists()


def test_a_mail_read_apart_says_what_it_says_here(tmp_path: Path, reader: Reader) -> None:
    raws = [case.raw for case in CASES]
    paths = put(tmp_path, *raws)
    for path in paths:
        reader.ask(path, received_at=RECEIVED)
    for raw in raws:
        here = read(raw, received_at=RECEIVED)
        with reader.taken() as letter:
            files = tuple(replace(one, content=one.read(), path=None) for one in letter.files)
            assert replace(letter, files=files) == here


def test_the_time_of_arrival_is_passed_on(tmp_path: Path, reader: Reader) -> None:
    (path,) = put(tmp_path, mail())
    reader.ask(path, received_at=datetime(2026, 10, 1, tzinfo=UTC))
    with reader.taken() as letter:
        assert Defect.DATE in letter.defects


def test_a_mail_that_is_not_there_says_so(tmp_path: Path, reader: Reader) -> None:
    with pytest.raises(apart.Unreadable, match=r"FileNotFoundError \(pathlib.py"):
        said(reader, tmp_path / "none")


def test_a_child_without_memory_says_so_and_the_next_has_its_own(
    tmp_path: Path, reader: Reader
) -> None:
    hole, path = put(tmp_path, b"", mail())
    os.truncate(hole, 2 * child.MEMORY)  # it takes no room
    with pytest.raises(apart.Unreadable, match="MemoryError"):
        said(reader, hole)
    assert said(reader, path).text == TEXT


def test_a_child_that_hangs_is_ended_and_those_behind_are_read_in_their_order(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = put(tmp_path, *(mail(f"text {n}") for n in range(4)))
    paths[1].unlink()
    os.mkfifo(paths[1])  # nobody writes into it
    before = children()
    for path in paths:
        reader.ask(path, received_at=RECEIVED)
    with reader.taken() as letter:
        assert letter.text == "text 0"
    with monkeypatch.context() as short:
        short.setattr(apart, "TIMEOUT", 0.05)
        with pytest.raises(apart.Unreadable, match="timeout"), reader.taken():
            pass
    assert children() == before
    for n in (2, 3):
        with reader.taken() as letter:
            assert letter.text == f"text {n}"


def test_a_child_that_is_killed_in_the_middle_loses_that_mail_alone(
    tmp_path: Path, reader: Reader
) -> None:
    paths = put(tmp_path, *(mail(f"text {n}") for n in range(3)))
    paths[0].unlink()
    os.mkfifo(paths[0])
    before = children()
    for path in paths:
        reader.ask(path, received_at=RECEIVED)
    (pid,) = children() - before
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(apart.Unreadable, match="signal 9"), reader.taken():
        pass
    for n in (1, 2):
        with reader.taken() as letter:
            assert letter.text == f"text {n}"


def test_a_child_reads_no_further_ahead_than_its_pipe_holds(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = [mail(f"{n} " + "가나다라 " * 40_000) for n in range(12)]
    paths = put(tmp_path, *raws)
    for path in paths:
        reader.ask(path, received_at=RECEIVED)
    for n in range(12):
        with reader.taken() as letter:
            assert letter.text.startswith(f"{n} ")
        assert len(reader._said) <= 2 * apart.AHEAD


def test_a_child_ends_with_who_asks_it_whatever_ends_that(tmp_path: Path) -> None:
    code = (
        "import os, sys, time\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from occ.mail.reading.apart import Reader\n"
        "reader = Reader(Path(sys.argv[1]))\n"
        "for _n in range(int(sys.argv[3])):\n"
        "    reader.ask(Path(sys.argv[2]), received_at=datetime.now(UTC))\n"
        "print(reader._child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    (path,) = put(tmp_path, mail("가나다라 " * 40_000))
    for count in ("1", "20"):  # it waits to be asked, or to be listened to
        asker = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(path), count],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert asker.stdout is not None
        pid = int(asker.stdout.readline())
        asker.kill()
        asker.communicate()
        until(lambda: not Path(f"/proc/{pid}").exists(), seconds=60)  # noqa: B023 - called at once


def test_what_a_killed_process_left_goes_with_the_next_and_what_is_used_stays(
    tmp_path: Path, reader: Reader
) -> None:
    instance = tmp_path / "instance"
    left, used = instance / "mail-left", instance / "mail-used"
    for folder in (left, used):
        (folder / "1").mkdir(parents=True)
        (folder / "1/0").write_bytes(b"x")
    ago = time.time() - apart.LEFT_OVER - 60
    os.utime(left, (ago, ago))
    (instance / "mail-file").write_bytes(b"x")
    os.utime(instance / "mail-file", (ago, ago))
    (path,) = put(tmp_path, mail(*several(TEXT_PART, part(PDF, "application/pdf"))))
    said(reader, path)
    assert not left.exists()
    assert (used / "1/0").exists()
    (instance / "mail-file").unlink()
    shutil.rmtree(used)


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
def test_25_megabytes_take_a_bounded_child(name: str, tmp_path: Path) -> None:
    (path,) = put(tmp_path, LARGEST[name]())
    assert path.stat().st_size > LARGE * 0.98
    code = (
        "from occ.mail.children.read import main; main(); "
        "print(next(line for line in open('/proc/self/status') if 'VmHWM' in line).split()[1])"
    )
    files = tmp_path / "files"
    order = {"mail": str(path), "files": str(files), "received_at": RECEIVED.isoformat()}
    made = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(order) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    letter, most = made.stdout.splitlines()
    assert "failed" not in json.loads(letter)
    assert int(most) / 1024 < MEGABYTES
