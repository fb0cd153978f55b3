#!/usr/bin/env bash
# aiosmtpd 1.4.6: each new connection evaluates every property of the handler object, in the thread of the event loop.
#
# Expected: a handler is asked for its hooks (`handle_RCPT`, `auth_PLAIN` …) by their names; what else the object has is its own business.
# Seen: `SMTP.__init__` looks for authentication mechanisms with `inspect.getmembers(handler)`, which gets every attribute before it compares
# names, though nobody offers AUTH. A property that reads a file, asks a database or waits for another thread does so for each connection and
# holds up all the others. A handler should therefore have plain attributes and methods only, or be an object apart from the one that manages the
# server.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" aiosmtpd==1.4.6
PYTHONPATH=$folder python3 - <<'PY'
import importlib.metadata
import smtplib
import socket
import threading

from aiosmtpd.controller import Controller

asked = []


class Handler:
    @property
    def size_of_mailbox(self):
        asked.append(threading.current_thread() is not threading.main_thread())
        return 0

    async def handle_DATA(self, server, session, envelope):
        return "250 stored"


with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
server = Controller(Handler(), hostname="127.0.0.1", port=port)
server.start()
before = len(asked)
try:
    for _n in range(3):
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.noop()
finally:
    server.stop()
during = asked[before:]
print("aiosmtpd", importlib.metadata.version("aiosmtpd"), "three connections, property asked in the loop's thread:", during)
assert during == [True] * 3, "this has changed"
PY
