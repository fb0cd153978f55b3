"""A letter as files: its words as JSON, its parts beside it."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from occ.mail.reading.letter import Automatic, Bounced, Defect, Letter, Part, Person

WORDS = "letter.json"
PEOPLE = ("also_from", "reply_to", "to", "cc")


def packed(letter: Letter, folder: Path) -> None:
    """Writes the letter into the folder, the words at last: where they are, all of it is."""
    said = asdict(replace(letter, files=()))
    said["files"] = []
    for place, part in enumerate(letter.files):
        if not part.too_large:
            (folder / str(place)).write_bytes(part.content)
        said["files"].append(asdict(replace(part, content=b"")) | {"content": None})
    said["sent_at"] = letter.sent_at.isoformat() if letter.sent_at else None
    made = folder / f"{WORDS}.part"
    made.write_text(json.dumps(said), "utf-8")
    made.rename(folder / WORDS)


def unpacked(folder: Path) -> Letter:
    """The letter in the folder, its files' bytes left where they are. Raises OSError and
    ValueError where there is none.
    """
    said: dict[str, Any] = json.loads((folder / WORDS).read_text("utf-8"))
    parts = [
        Part(**{**one, "content": b"", "path": None if one["too_large"] else folder / str(place)})
        for place, one in enumerate(said["files"])
    ]
    for name in PEOPLE:
        said[name] = tuple(Person(**one) for one in said[name])
    for name in ("in_reply_to", "references", "delivered_to"):
        said[name] = tuple(said[name])
    sent_at = said["sent_at"]
    return Letter(
        **{
            **said,
            "sender": Person(**said["sender"]),
            "sent_at": datetime.fromisoformat(sent_at) if sent_at else None,
            "files": tuple(parts),
            "automatic": Automatic(said["automatic"]),
            "bounced": tuple(Bounced(**one) for one in said["bounced"]),
            "defects": tuple(Defect(one) for one in said["defects"]),
        }
    )
