"""Text to speech (ARS-2): an engine by setting, eSpeak NG by default; what was spoken once is kept by its text.

Engines: eSpeak NG in a child process (works offline); SPEECH_COMMAND, which reads the text on stdin, knows `{language}`, and
writes WAV; SPEECH_URL, which gets POST {"language": "ko", "text": "…"} and answers with WAV.
"""

import hashlib
import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import current_app

from occ.ars.rules.menu import Language
from occ.ars.rules.reading import as_spoken
from occ.ars.sounds import chunks
from occ.core import storage
from occ.core.errors import Refused
from occ.core.i18n import gettext as _

TIMEOUT = 15  # seconds for all texts asked for at once
LENGTH_MAX = 2000
_engines = threading.BoundedSemaphore(2)
Line = tuple[Language, str]


class NoSpeech(Refused):
    """The engine gave no sound."""

    def __init__(self) -> None:
        super().__init__(_("The speech engine gave no sound. Try again, or upload an audio file instead."))


def _setting(name: str) -> str:
    return str(current_app.config[name])


def folder() -> Path:
    path = Path(current_app.config["OCC_INSTANCE"]) / "speech"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def name_of(line: Line) -> str:
    """The name under which a spoken text is kept: a digest of engine, language and text."""
    engine = _setting("SPEECH_URL") or _setting("SPEECH_COMMAND") or "espeak"
    return hashlib.blake2s("\x00".join((engine, line[0].value, line[1])).encode(), digest_size=16).hexdigest()


def path(name: str) -> Path | None:
    """A kept sound; None where there is none."""
    found = folder() / f"{name}.wav"
    return found if name.isalnum() and found.is_file() else None


def make(lines: Sequence[Line]) -> list[str]:
    """Speaks what is not kept yet, all in one go; returns the names in order. Raises NoSpeech."""
    wanted = {name_of(line): line for line in lines if line[1].strip()}
    missing = [(name, line) for name, line in wanted.items() if path(name) is None]
    if missing:
        with _engines:
            sounds = _engine()([(language, as_spoken(text[:LENGTH_MAX], language)) for _name, (language, text) in missing])
        for (name, _line), sound in zip(missing, sounds, strict=True):
            if sound[:4] != b"RIFF" or len(sound) < 100:
                raise NoSpeech
            storage.write_whole(folder() / f"{name}.wav", sound)
    return [name_of(line) for line in lines]


def _engine() -> Callable[[Sequence[Line]], list[bytes]]:
    if _setting("SPEECH_URL"):
        return _over_http
    return _by_command if _setting("SPEECH_COMMAND") else _espeak


def _run(command: Sequence[str], given: bytes) -> bytes:
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=TIMEOUT, check=True).stdout
    except (subprocess.SubprocessError, OSError) as error:
        current_app.logger.warning("speech engine failed: %s", type(error).__name__)
        raise NoSpeech from error


def _espeak(lines: Sequence[Line]) -> list[bytes]:
    given = "".join(json.dumps([language.value, text]) + "\n" for language, text in lines)
    sounds = list(chunks(_run([sys.executable, "-m", "occ.ars.children.espeak"], given.encode())))
    if len(sounds) != len(lines):
        raise NoSpeech
    return sounds


def _by_command(lines: Sequence[Line]) -> list[bytes]:
    words = shlex.split(_setting("SPEECH_COMMAND"))
    return [_run([word.replace("{language}", language.value) for word in words], text.encode()) for language, text in lines]


def _over_http(lines: Sequence[Line]) -> list[bytes]:
    import httpx

    sounds = []
    try:
        with httpx.Client(timeout=TIMEOUT) as client:
            for language, text in lines:
                answer = client.post(_setting("SPEECH_URL"), json={"language": language.value, "text": text})
                sounds.append(answer.raise_for_status().content)
    except httpx.HTTPError as error:
        current_app.logger.warning("speech engine failed: %s", type(error).__name__)
        raise NoSpeech from error
    return sounds
