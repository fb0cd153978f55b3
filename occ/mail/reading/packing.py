"""A letter for another process: its words as a line of JSON, its files in a folder."""

import json
import os
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from occ.mail.reading.letter import Automatic, Bounced, Defect, Letter, Part, Person

PEOPLE = ("also_from", "reply_to", "to", "cc")


def packed(letter: Letter, folder: Path) -> str:
    """The letter's words, without line ends; its files are written into the folder, which is there
    if there are any.
    """
    said = asdict(replace(letter, files=()))
    said["files"] = []
    for place, part in enumerate(letter.files):
        if not part.too_large:
            folder.mkdir(parents=True, exist_ok=True)
            with open(folder / str(place), "wb") as file:
                file.write(part.content)
                file.flush()
                os.fsync(file.fileno())  # who keeps it gives it another name, no more
        said["files"].append(asdict(replace(part, content=b"")) | {"content": None})
    said["sent_at"] = letter.sent_at.isoformat() if letter.sent_at else None
    return json.dumps(said, ensure_ascii=False)


def unpacked(said: dict[str, Any], folder: Path) -> Letter:
    """The letter that JSON says, its files' bytes left where they are."""
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
