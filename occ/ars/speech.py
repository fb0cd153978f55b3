"""Text to speech (ARS-2): an engine by setting, eSpeak NG by default; what was spoken once is kept
by its text.

Engines: eSpeak NG in a child process (works offline); SPEECH_COMMAND, which reads the text on
stdin, knows `{language}`, and writes WAV; SPEECH_URL, which gets POST {"language": "ko", "text":
"…"} and answers with WAV.
"""

import hashlib
import json
import logging
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from occ.ars.rules.menu import Language
from occ.ars.rules.reading import as_spoken
from occ.ars.sounds import chunks
from occ.core import storage
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.net import Limit
from occ.core.settings import configured

log = logging.getLogger("occ.speech")
TIMEOUT = 15  # seconds for all texts asked for at once
ESPEAK = "espeak 2"  # another name when what is kept sounds otherwise: then all is spoken anew
LENGTH_MAX = 2000
SOUND_BYTES = 64 * 1024 * 1024  # of one answer: minutes of speech as no engine makes them
_engines = threading.BoundedSemaphore(2)
Line = tuple[Language, str]


class NoSpeech(Refused):
    """The engine gave no sound."""

    def __init__(self) -> None:
        super().__init__(
            _("The speech engine gave no sound. Try again, or upload an audio file instead.")
        )


def folder() -> Path:
    path = configured().instance / "speech"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def name_of(line: Line) -> str:
    """The name under which a text in words is kept: a digest of engine, language and text."""
    engine = configured().speech_url or configured().speech_command or ESPEAK
    return hashlib.blake2s(
        "\x00".join((engine, line[0].value, line[1])).encode(), digest_size=16
    ).hexdigest()


def path(name: str) -> Path | None:
    """A kept sound; None where there is none."""
    found = folder() / f"{name}.wav"
    return found if name.isalnum() and found.is_file() else None


def make(lines: Sequence[Line]) -> list[str]:
    """Speaks what is not kept yet, all in one go; returns the names in order. Raises NoSpeech."""
    spoken = [(language, as_spoken(text[:LENGTH_MAX], language)) for language, text in lines]
    if any(
        text.strip() and not words for (_l, text), (_w, words) in zip(lines, spoken, strict=True)
    ):
        raise NoSpeech  # nothing but signs
    wanted = {name_of(line): line for line in spoken if line[1]}
    missing = [(name, line) for name, line in wanted.items() if path(name) is None]
    if missing:
        if not _engines.acquire(
            timeout=TIMEOUT
        ):  # the engines are stuck with what others asked for
            raise NoSpeech
        try:
            sounds = _engine()([line for _name, line in missing])
        finally:
            _engines.release()
        for (name, _line), sound in zip(missing, sounds, strict=True):
            if sound[:4] != b"RIFF" or len(sound) < 100:
                raise NoSpeech
            storage.write_whole(folder() / f"{name}.wav", sound)
    return [name_of(line) for line in spoken]


def _engine() -> Callable[[Sequence[Line]], list[bytes]]:
    if configured().speech_url:
        return _over_http
    return _by_command if configured().speech_command else _espeak


def _run(command: Sequence[str], given: bytes, limit: Limit) -> bytes:
    try:
        return subprocess.run(
            command, input=given, capture_output=True, timeout=limit.left(), check=True
        ).stdout
    except (subprocess.SubprocessError, OSError) as error:
        log.warning("speech engine failed: %s", type(error).__name__)
        raise NoSpeech from error


def _espeak(lines: Sequence[Line]) -> list[bytes]:
    given = "".join(json.dumps([language.value, text]) + "\n" for language, text in lines)
    sounds = list(
        chunks(
            _run([sys.executable, "-m", "occ.ars.children.espeak"], given.encode(), Limit(TIMEOUT))
        )
    )
    if len(sounds) != len(lines):
        raise NoSpeech
    return sounds


def _by_command(lines: Sequence[Line]) -> list[bytes]:
    words, limit = shlex.split(configured().speech_command), Limit(TIMEOUT)
    return [
        _run([word.replace("{language}", language.value) for word in words], text.encode(), limit)
        for language, text in lines
    ]


def _over_http(lines: Sequence[Line]) -> list[bytes]:
    from occ.core import calls

    limit, sounds, headers = Limit(TIMEOUT), [], {"Content-Type": "application/json"}
    try:
        for language, text in lines:
            body = json.dumps(
                {"language": language.value, "text": text}, ensure_ascii=False
            ).encode()
            answer = calls.post(
                configured().speech_url,
                body,
                headers,
                seconds=limit.left(),
                guarded=False,
                most=SOUND_BYTES,
            )
            if not 200 <= answer.status < 300:
                raise OSError(f"HTTP {answer.status}")
            sounds.append(answer.content)
    except Exception as error:  # whatever a server of somebody else does
        log.warning("speech engine failed: %s: %s", type(error).__name__, error)
        raise NoSpeech from error
    return sounds
