"""Every mail of the corpus is read as it was meant (MAIL-1)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from occ.mail.reading import Letter, Part, packing, read
from tests.mail.corpus import charsets, heads, machines, parts, quotes, winmail
from tests.mail.corpus.build import Case

MODULES = (charsets, heads, parts, winmail, quotes, machines)
RECEIVED = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
CASES = [one for module in MODULES for one in module.CASES]
pytestmark = pytest.mark.spec("MAIL-1")


def people(found: object) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.address) for one in found)


def content(part: Part, wanted: bytes | int | None) -> bytes | int | None:
    return part.content if isinstance(wanted, bytes) else part.size if wanted is not None else None


def said(letter: Letter, wanted: Case) -> dict[str, object]:
    """What was read, in the words of a case."""
    contents = [one[2] for one in wanted.files] + [None] * len(letter.files)
    return {
        "subject": letter.subject,
        "sender": (letter.sender.name, letter.sender.address),
        "to": people(letter.to),
        "cc": people(letter.cc),
        "reply_to": people(letter.reply_to),
        "also_from": people(letter.also_from),
        "text": letter.text,
        "quoted": letter.quoted,
        "html": letter.html if wanted.html is not None else None,
        "files": tuple(
            (part.name, part.kind, content(part, want))
            for part, want in zip(letter.files, contents, strict=False)
        ),
        "message_id": letter.message_id,
        "in_reply_to": letter.in_reply_to,
        "references": letter.references,
        "sent": letter.sent_at.isoformat() if letter.sent_at else None,
        "automatic": str(letter.automatic),
        "bounced": tuple((one.address, one.status, one.lasting) for one in letter.bounced),
        "returned": letter.returned,
        "defects": tuple(map(str, letter.defects)),
    }


@pytest.mark.parametrize("wanted", CASES, ids=[one.name for one in CASES])
def test_a_mail_is_read(wanted: Case) -> None:
    found = said(read(wanted.raw, received_at=RECEIVED), wanted)
    assert found == {name: getattr(wanted, name) for name in found}


def test_the_corpus_is_large_and_its_names_are_different() -> None:
    assert len(CASES) >= 400
    assert len({one.name for one in CASES}) == len(CASES)


def test_mails_survive_being_told_to_another_process(tmp_path: Path) -> None:
    for number, one in enumerate(CASES):
        folder = tmp_path / str(number)
        letter = read(one.raw, received_at=RECEIVED)
        line = packing.packed(letter, folder)
        assert "\n" not in line
        found = packing.unpacked(json.loads(line), folder)
        assert [part.read() for part in found.files] == [part.read() for part in letter.files]
        files = tuple(replace(part, path=None) for part in found.files)
        bare = tuple(replace(part, content=b"") for part in letter.files)
        assert replace(found, files=files) == replace(letter, files=bare), one.name
