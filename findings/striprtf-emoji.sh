#!/usr/bin/env bash
# striprtf 0.0.35: an emoji in RTF becomes two lone surrogates, a text that looks right in Python and cannot be stored or sent.
#
# Expected: RTF writes a character beyond the first 65,536 as two `\u` words, the halves of its UTF-16 (RTF 1.9.1, "Unicode RTF"); Word and Outlook
# do so for every emoji. `rtf_to_text` returns a `str`, so one expects the character.
# Seen: each half becomes a character of its own. The result is of two signs, unequal to the emoji, and whoever encodes it (a database, a file,
# JSON in UTF-8) gets UnicodeEncodeError, also with `errors="replace"`, which is about the bytes of the RTF. Join the halves after the call:
# `text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" striprtf==0.0.35
PYTHONPATH=$folder python3 - <<'PY'
from striprtf.striprtf import rtf_to_text

said = rtf_to_text(r"{\rtf1\ansi\ansicpg1252\uc1 Thank you \u-10179?\u-8704?\par}", errors="replace")
print(ascii(said))
try:
    said.encode("utf-8")
except UnicodeEncodeError as error:
    print(error.reason)
    seen = "refused"
else:
    seen = "encoded"
joined = said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
print(ascii(joined))
assert (said, seen, joined) == ("Thank you \ud83d\ude00\n", "refused", "Thank you \U0001f600\n"), "this has changed"
PY
