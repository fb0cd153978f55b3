#!/usr/bin/env bash
# flufl.bounce 6.0.0: a bounce whose From has a name in bare UTF-8 (RFC 6532) ends in AttributeError instead of the address.
#
# Expected: `scan_message` takes a message of the standard library and names the address that was not reached, whoever signs the bounce.
# Seen: a header with bytes beyond ASCII is an `email.header.Header` in such a message, not a `str`; one of the detectors asks it for
# `lower`, which it does not have, and none behind that one is tried. Korean mail servers sign with a Korean name: make the head plain
# ASCII before the message is handed over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" flufl.bounce==6.0.0
PYTHONPATH=$folder python3 - 2>/dev/null <<'PY'
from email import message_from_bytes

from flufl.bounce import scan_message

BODY = """Hi. This is the qmail-send program at mail.example.com.

<kim@example.co.kr>:
There is no such mailbox. (#5.1.1)

--- Below this line is a copy of the message.

Subject: Hello
"""
seen = []
for sender in ("MAILER-DAEMON@mail.example.com", "메일 배달 <MAILER-DAEMON@mail.example.com>"):
    head = f"From: {sender}\nTo: help@example.com\nSubject: failure notice\nContent-Type: text/plain; charset=utf-8\n\n"
    try:
        seen.append(sorted(scan_message(message_from_bytes((head + BODY).encode()))))
    except AttributeError as error:
        seen.append(str(error))
    print(f"{sender}: {seen[-1]}")
assert seen == [[b"kim@example.co.kr"], "'Header' object has no attribute 'lower'"], "this has changed"
PY
