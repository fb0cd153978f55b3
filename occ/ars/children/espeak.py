"""Speaks texts with eSpeak NG, in a process of its own: the library is global and not re-entrant.

stdin: JSON lines of [language, text]; stdout: for each, four bytes of length (big endian), then WAV
(22,050 Hz, mono, 16 bit).
"""

import ctypes
import io
import json
import sys
import wave
from functools import cache
from typing import Any

SYNCHRONOUS, CHARS_UTF8, POSITION_CHARACTER, RATE, WORDS_A_MINUTE = 2, 1, 1, 1, 150
VOICES = {"ko": "ko", "en": "en-us", "ja": "ja"}


GREETINGS = ("感動詞", "接続詞", "副詞", "助詞")  # こんにちは, または: their は is the particle
PARTICLES = {"は": "ワ", "へ": "エ"}


def kana(text: str) -> str:
    """Japanese as it is heard: the engine has no readings of its own, and says the particles は and
    へ as they are written.
    """
    return "".join(
        _heard(m.surface(), m.reading_form(), m.part_of_speech()[0])
        for m in _tokenizer().tokenize(text)
    )


@cache
def _tokenizer() -> Any:
    import sudachipy

    return sudachipy.Dictionary(dict="core").tokenizer()


def _heard(surface: str, reading: str, kind: str) -> str:
    if kind in ("補助記号", "空白") or not reading:
        return surface
    if kind == "助詞" and surface in PARTICLES:
        return PARTICLES[surface]
    if surface.endswith("は") and len(surface) > 1 and kind in GREETINGS:
        reading = f"{reading[:-1]}ワ"
    return reading.replace("ヲ", "オ")


class Espeak:
    def __init__(self) -> None:
        import espeakng_loader

        self.library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        self.samples = bytearray()
        callback = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        self._collect = callback(self._heard)
        self.rate = self.library.espeak_Initialize(
            SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0
        )
        if self.rate <= 0:
            raise RuntimeError("eSpeak NG does not start")
        self.library.espeak_SetSynthCallback(self._collect)
        self.library.espeak_SetParameter(RATE, WORDS_A_MINUTE, 0)

    def _heard(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self.samples += ctypes.string_at(samples, count * 2)
        return 0

    def speak(self, language: str, text: str) -> bytes:
        self.samples.clear()
        self.library.espeak_SetVoiceByName(VOICES[language].encode())
        spoken = (kana(text) if language == "ja" else text).encode() + b"\0"
        self.library.espeak_Synth(
            spoken, len(spoken), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
        )
        self.library.espeak_Synchronize()
        output = io.BytesIO()
        with wave.open(output, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(bytes(self.samples))
        return output.getvalue()


def main() -> None:
    engine = Espeak()
    for line in sys.stdin.buffer:
        sound = engine.speak(*json.loads(line))
        sys.stdout.buffer.write(len(sound).to_bytes(4, "big") + sound)


if __name__ == "__main__":
    main()
