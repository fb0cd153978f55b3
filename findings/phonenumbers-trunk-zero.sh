#!/usr/bin/env bash
# phonenumbers 9.0.43: is_valid_number() takes Korean numbers of which digits are missing or wrong.
#
# Expected: "2123-4567", typed in Korea, is no number: an area code begins with 0. "1666-123456" has two digits too many for
# the call centers of 1666. Both are refused, as "02-2123-4567" with a digit too many is.
# Seen: both are valid. The national prefix is optional to the parser, so that the first is read as 02-123-4567, of another
# person, and the second as a number of the old mobile prefix 016. What is shown of them has other digits than were typed.
# Whoever takes numbers from a form has to compare the digits of the national format with those that were typed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" phonenumbers==9.0.43
PYTHONPATH=$folder python3 - <<'PY'
import phonenumbers
from phonenumbers import PhoneNumberFormat, format_number, is_valid_number, parse


def said(text: str) -> str:
    number = parse(text, "KR")
    if not is_valid_number(number):
        return f"{text} -> not valid"
    return f"{text} -> valid, {format_number(number, PhoneNumberFormat.NATIONAL)}"


seen = [said(text) for text in ("02-123-4567", "2123-4567", "1666-123456", "02-2123-45678")]
print(phonenumbers.__version__, *seen, sep="\n")
assert seen == [
    "02-123-4567 -> valid, 02-123-4567",
    "2123-4567 -> valid, 02-123-4567",
    "1666-123456 -> valid, 016-6612-3456",
    "02-2123-45678 -> not valid",
], "this has changed"
PY
