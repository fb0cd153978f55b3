#!/usr/bin/env bash
# eSpeak NG 1.52.0: the Japanese voice says "Japanese letter" in English for ・, the Korean one "Chinese letter" for ㆍ.
#
# Expected: the middle dots of Japanese (U+30FB) and Korean (U+318D) stand between words, as in お問い合わせ・ご相談, and are silent or a
# pause, as · (U+00B7) is in both voices; ~, %, / and # have words of the language.
# Seen: the dots are no punctuation to the voices but letters without a rule: the English voice says "Japanese letter" and "Chinese
# letter" in the middle of the sentence, and "tilde", "percent", "slash" and "hash" for the signs. Whoever lets it speak a text has to
# replace the signs before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" espeakng-loader==0.2.4
PYTHONPATH=$folder python3 - <<'PY'
import ctypes

import espeakng_loader

library = ctypes.CDLL(espeakng_loader.get_library_path())
library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
library.espeak_Info.restype = library.espeak_TextToPhonemes.restype = ctypes.c_char_p


def phonemes(voice: str, text: str) -> str:
    library.espeak_SetVoiceByName(voice.encode())
    kept = ctypes.create_string_buffer(text.encode() + b"\0")
    at = ctypes.c_char_p(ctypes.addressof(kept))
    return (library.espeak_TextToPhonemes(ctypes.byref(at), 1, 2) or b"").decode()


texts = (("ja", "カ・ナ"), ("ja", "カ·ナ"), ("ko", "가ㆍ나"), ("ko", "가·나"), ("ja", "カ%ナ"), ("ko", "가~나"))
seen = [phonemes(*text) for text in texts]
print("eSpeak NG", (library.espeak_Info(None) or b"").decode(), *seen, sep="\n")
assert ["(en)" in said for said in seen] == [True, False, True, False, True, True], "this has changed"
PY
