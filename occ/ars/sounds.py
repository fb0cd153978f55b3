"""Uploaded audio files: taken by what they are, never by their name, and
made into telephone sound (ARS-2).
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from occ.ars.children import audio
from occ.ars.models import Sound
from occ.core import clock, storage
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _

BYTES = 10 * 1024 * 1024
TIMEOUT = 60  # seconds
SUFFIXES = {"wav": ".wav", "mp3": ".mp3", "mp4": ".m4a", "ogg": ".ogg"}
_children = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Made:
    """Keys of the stored files and how long they play."""

    original: str
    narrow: str
    wide: str
    seconds: float


def container(content: bytes) -> str | None:
    """wav, mp3, mp4 or ogg by the first bytes; None for everything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[:3] == b"ID3" or (
        len(content) > 2 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2
    ):
        return "mp3"
    if content[4:8] == b"ftyp":
        return "mp4"
    return "ogg" if content[:4] == b"OggS" else None


def chunks(output: bytes) -> Iterator[bytes]:
    """The parts of a child's answer, each after four bytes of its length."""
    while output:
        size = int.from_bytes(output[:4], "big")
        yield output[4 : 4 + size]
        output = output[4 + size :]


def make(content: bytes) -> Made:
    """Decodes, levels and stores an upload; call it before the transaction.

    Raises Refused in words.
    """
    if not content:
        raise Refused(_("Choose an audio file."), "sound")
    if len(content) > BYTES:
        raise Refused(
            _(
                "The file may have at most 10 MB; this has %(size)s MB.",
                size=storage.megabytes(len(content)),
            ),
            "sound",
        )
    kind, heard = container(content), content
    if kind is None and container(content.lstrip(b"\0")) == "mp3":
        kind, heard = (
            "mp3",
            content.lstrip(b"\0"),
        )  # room that some encoders leave
    if kind is None:
        raise Refused(
            _(
                "This is no audio file. Choose WAV, MP3, M4A or OGG; the name of the "
                "file does not count."
            ),
            "sound",
        )
    with _children:
        try:
            child = subprocess.run(
                [sys.executable, "-m", "occ.ars.children.audio", kind],
                input=heard,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Refused(
                _("This file takes too long to read. Save it as WAV or MP3 and try again."), "sound"
            ) from error
    if child.returncode == audio.TOO_LONG:
        raise Refused(_("The file may be at most 3 minutes long."), "sound")
    if child.returncode == audio.SILENT:
        raise Refused(_("There is nothing to hear in this file. Choose another one."), "sound")
    if child.returncode != 0:
        raise Refused(
            _("This file is damaged and cannot be played. Save it as WAV or MP3 and try again."),
            "sound",
        )
    narrow, wide = chunks(child.stdout)
    seconds = round((len(wide) - 44) / 2 / audio.WIDE, 1)
    return Made(
        storage.save(content, SUFFIXES[kind]),
        storage.save(narrow, ".wav"),
        storage.save(wide, ".wav"),
        seconds,
    )


def add(service_id: int, name: str, made: Made) -> Sound:
    row = Sound(
        service_id=service_id,
        name=Path(name).name[:100] or "sound",
        original=made.original,
        narrow=made.narrow,
        wide=made.wide,
        seconds=made.seconds,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row
