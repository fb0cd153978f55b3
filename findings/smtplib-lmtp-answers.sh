#!/usr/bin/env bash
# Python's smtplib.LMTP (3.11 to 3.13) with two recipients: the second one's answer is not read, so that a refused mail counts as delivered.
#
# Expected: after the dot an LMTP server answers once for each recipient that it accepted (RFC 2033, 4.2), and `sendmail` returns "one entry for
# each recipient that was refused"; `smtplib.LMTP` is the standard library's class for that protocol.
# Seen: LMTP inherits `sendmail` and `data` from SMTP, which read one answer. What is said of the second recipient, here 452, stays in the
# connection: `sendmail` returns {}, as if both had the mail, and the next command is told the answer of the last. Who delivers by it sends each
# recipient a mail of its own, or reads the further answers with `getreply` (in the order of those accepted) before the next command.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" aiosmtpd==1.4.6
PYTHONPATH=$folder python3 - <<'PY'
import smtplib
import socket
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP


class Mailboxes:
    async def handle_DATA(self, server, session, envelope):
        said = {"room@example.com": "250 stored", "full@example.com": "452 mailbox full"}
        return "\r\n".join(said[one] for one in envelope.rcpt_tos)


class Server(Controller):
    def factory(self):
        return LMTP(self.handler)


with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
server = Server(Mailboxes(), hostname="127.0.0.1", port=port)
server.start()
try:
    client = smtplib.LMTP("127.0.0.1", port)
    refused = client.sendmail("a@example.com", ["room@example.com", "full@example.com"], "Subject: x\r\n\r\nx\r\n")
    next_answer = client.noop()
    client.close()
finally:
    server.stop()
print(sys.version.split()[0], "refused:", refused, "NOOP:", next_answer)
assert (refused, next_answer) == ({}, (452, b"mailbox full")), "this has changed"
PY
