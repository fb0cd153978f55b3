"""A real Dovecot: an ordinary user's, on a high port, with a configuration and mailboxes of its own."""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.live import free_port, until

PROGRAM = "/usr/sbin/dovecot"
PASSWORD = "app-pass-늘봄"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
mail_privileged_group =
first_valid_uid = 0
last_valid_uid = 0
mail_max_userip_connections = 50
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
"""


def missing() -> str | None:
    """Why no Dovecot can be started, in words."""
    return None if Path(PROGRAM).exists() else "Debian's dovecot-imapd is not installed"


@dataclass
class Dovecot:
    """A running one: `port` speaks TLS, `starttls` offers it. Any user has PASSWORD."""

    folder: Path
    port: int
    starttls: int
    authority: Path

    def connect(self, user: str) -> imaplib.IMAP4_SSL:
        """Somebody's own mail program, signed in."""
        trusted = ssl.create_default_context(cafile=str(self.authority))
        made = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=trusted)
        made.authenticate("PLAIN", lambda _asked: f"\0{user}\0{PASSWORD}".encode())
        return made

    def put(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Mails that come to somebody."""
        program = self.connect(user)
        for mail in mails:
            kind, told = program.append(folder, "", "", mail)
            assert kind == "OK", told
        program.logout()

    def deliver(self, user: str, mails: Iterable[bytes]) -> None:
        """Many at once, as its own delivery lays them into the inbox."""
        inbox = self.folder / "mail" / user
        owner = inbox.stat()
        for number, mail in enumerate(mails):
            name = f"{time.time():.6f}.{os.getpid()}_{number}.bench"
            (inbox / "tmp" / name).write_bytes(mail)
            os.chown(inbox / "tmp" / name, owner.st_uid, owner.st_gid)
            (inbox / "tmp" / name).rename(inbox / "new" / name)

    def flags(self, user: str) -> list[bytes]:
        """What each mail in somebody's inbox is marked with."""
        program = self.connect(user)
        program.select("INBOX", readonly=True)
        found = program.uid("FETCH", "1:*", "(FLAGS)")[1]
        program.logout()
        return [one for one in found if one]

    def empty(self) -> None:
        """Forgets every mailbox."""
        for path in (self.folder / "mail").iterdir():
            shutil.rmtree(path)

    def renumber(self, user: str) -> None:
        """Gives the inbox another UIDVALIDITY and its mails other UIDs, as a restored server does."""
        inbox = self.folder / "mail" / user
        listed = inbox / "dovecot-uidlist"
        version, validity, *_rest = listed.read_text().partition("\n")[0].split()
        listed.write_text(f"{version} V{int(validity[1:]) + 1} N1\n")
        for path in inbox.glob("dovecot.index*"):
            path.unlink()


@contextmanager
def running(certificate: Path) -> Iterator[Dovecot]:
    """Starts one with a certificate (and key) for 127.0.0.1."""
    # its sockets have long names: not below pytest's folders
    folder = Path(tempfile.mkdtemp(prefix="occ-imap-", dir="/tmp"))
    own = pwd.getpwuid(os.getuid())
    if os.geteuid() == 0:
        own = pwd.getpwnam("nobody")
    port, starttls = free_port(), free_port()
    for name in ("run", "state", "mail", "home"):
        (folder / name).mkdir()
    shutil.copy(certificate, folder / "server.pem")
    text = CONFIG.format(
        folder=folder,
        user=own.pw_name,
        group=grp.getgrgid(own.pw_gid).gr_name,
        uid=own.pw_uid,
        gid=own.pw_gid,
        port=port,
        starttls=starttls,
        certificate=folder / "server.pem",
        password=PASSWORD,
    )
    (folder / "dovecot.conf").write_text(text)
    for path in [folder, *folder.rglob("*")]:
        if os.geteuid() == 0:
            shutil.chown(path, own.pw_name, own.pw_gid)
    options = {"user": own.pw_uid, "group": own.pw_gid, "extra_groups": []}
    process = subprocess.Popen(
        [PROGRAM, "-F", "-c", str(folder / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **(options if os.geteuid() == 0 else {}),
    )
    made = Dovecot(folder, port, starttls, folder / "server.pem")
    try:
        until(lambda: _answers(made, process), seconds=20)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
        assert process.stderr is not None
        process.stderr.close()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(made: Dovecot, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        assert process.stderr is not None
        log = made.folder / "log"
        told = process.stderr.read().decode() + (log.read_text() if log.exists() else "")
        raise AssertionError(f"Dovecot stopped: {told[-1500:]}")
    try:
        made.connect("probe").logout()
    except (OSError, imaplib.IMAP4.error):
        return False
    return True
