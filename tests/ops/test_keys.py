"""Keys are exchanged as docs/operate.md says, while processes answer requests (OPS-5, FLD-3)."""

import base64
import itertools
import re
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from aiosmtpd.controller import Controller

from occ.config import ROOT
from occ.core import crypto
from occ.core.crypto import KeyRing
from occ.core.db import db
from occ.factory import create_app
from occ.fields.rules import FieldKind, FieldType
from tests.conftest import ENGINES, QUIET
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.live import Live, free_port, until
from tests.support.migrated import prepare
from tests.support.visitor import Visitor

HTMX = {"HX-Request": "true"}
BOOK = b"%PDF-1.7 account 110-234-567890 " + b"x" * 400
DOCS = (ROOT / "docs" / "operate.md").read_text("utf-8")


def rotate(instance: Path) -> None:
    """Puts a new key in front by the very command of the docs."""
    command = next(
        text for text in re.findall(r"```sh\n(.*?)```", DOCS, re.S) if "keys.new" in text
    )
    subprocess.run(["sh", "-c", command], cwd=instance, check=True)


def key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


# the ring


def test_a_ring_follows_its_file(tmp_path: Path) -> None:
    here, there = KeyRing.load(tmp_path), KeyRing.load(tmp_path)
    old, signed = here.encrypt("old"), here.derive("cookie")
    rotate(tmp_path)
    assert ((tmp_path / "keys").stat().st_mode & 0o777) == 0o600
    new = here.encrypt("new")
    assert there.decrypt(new) == "new", "sealed by another process that looked first"
    assert here.decrypt(old) == there.decrypt(old) == "old"
    one, other = (tmp_path / "keys").read_text().split()
    assert KeyRing.load(tmp_path, [one]).decrypt(new) == "new", "the first line seals"
    with pytest.raises(ValueError, match="keys of this instance"):
        KeyRing.load(tmp_path, [other]).decrypt(new)
    assert here.derive("cookie") == signed == KeyRing.load(tmp_path).derive("cookie")
    assert here.fingerprint() == there.fingerprint() == KeyRing.load(tmp_path).fingerprint()


@pytest.mark.parametrize(
    "content", ["", "%(new)s", "%(new)s\n%(half)s", "no base64\n%(old)s", "%(old)s\n%(new)s", None]
)
def test_a_file_that_is_being_written_or_is_another_changes_nothing(
    tmp_path: Path, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    ring = KeyRing.load(tmp_path)
    old = (tmp_path / "keys").read_text().strip()
    if content is None:
        (tmp_path / "keys").unlink()
    else:
        (tmp_path / "keys").write_text(content % {"old": old, "new": key(), "half": old[:20]})
    for _n in range(3):
        assert KeyRing([base64.b64decode(old)]).decrypt(ring.encrypt("text")) == "text"
    assert ring.trouble and caplog.text.count("stay in use") == 1
    (tmp_path / "keys").write_text(f"{key()}\n{old}\n")
    assert KeyRing.load(tmp_path).decrypt(ring.encrypt("text")) == "text" and not ring.trouble
    with pytest.raises(ValueError, match="keys of this instance"):
        KeyRing([base64.b64decode(old)]).decrypt(ring.encrypt("text"))


def test_a_rotation_of_given_keys_takes_two_rounds_and_no_process_meets_what_it_cannot_open(
    tmp_path: Path,
) -> None:
    assert "`OLD,NEW,OLD` when there was one key, `A,NEW,B` when there were two" in DOCS
    a, b, new = key(), key(), key()
    for stages in (([a], [a, new, a], [new, a]), ([a, b], [a, new, b], [new, a, b])):
        rings = [KeyRing.load(tmp_path, given) for given in stages]
        for before, after in itertools.pairwise(
            rings
        ):  # some processes are restarted, others not yet
            assert (
                before.decrypt(after.encrypt("text"))
                == after.decrypt(before.encrypt("text"))
                == "text"
            )
        assert (
            len({ring.fingerprint() for ring in rings})
            == len({ring.derive("cookie") for ring in rings})
            == 1
        )
        with pytest.raises(ValueError, match="keys of this instance"):
            rings[0].decrypt(rings[2].encrypt("text"))


# the console


class Inbox:
    def __init__(self) -> None:
        self.receivers: list[str] = []

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]  # noqa: N802
        self.receivers += envelope.rcpt_tos
        return "250 OK"


@dataclass
class Console:
    """Two web processes and a worker on one instance, a ticket of the owner's, and the mail that arrived."""

    instance: Path
    webs: list[Live]
    ticket: str
    totp: str
    inbox: Inbox


@pytest.fixture(params=ENGINES)
def console(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]
) -> Iterator[Console]:
    url, instance, secret = (
        database_url(request.param, "keys"),
        tmp_path / "instance",
        pyotp.random_base32(),
    )
    application = create_app({**QUIET, "OCC_INSTANCE": instance, "DATABASE_URL": url})
    prepare(application)
    with application.app_context():
        boss = world.owner()
        mall = tickets.desk(boss)
        fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
        fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE, encrypted=True)
        ticket = tickets.ticket(mall, boss, take=True)
        kim = world.member("kim")
        with db.write():
            kim.totp_secret = crypto.ring().encrypt(secret)
        ident = ticket.id
        db.session.remove()
        db.engine.dispose()
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    mail = f"smtp://127.0.0.1:{controller.port}"
    webs, worker = (
        [Live(instance, url, SMTP_URL=mail) for _n in range(2)],
        Live(instance, url, SMTP_URL=mail),
    )
    try:
        for live, command in zip((*webs, worker), ("web", "web", "worker"), strict=True):
            live.launch(command)
        for live in (*webs, worker):
            live.wait()
        yield Console(instance, webs, f"/c/s/mall/tickets/{ident}", secret, inbox)
    finally:
        for live in (*webs, worker):
            live.stop(signal.SIGKILL)
        controller.stop()


def show(who: Visitor, ticket: str) -> str:
    return who.post(f"{ticket}/fields/passport/show", headers=HTMX).text


def fill(who: Visitor, ticket: str, **typed: str) -> int:
    seen = re.search(r'name="seen" value="([^"]*)"', who.get(f"{ticket}/fields").text)
    assert seen is not None
    return who.post(f"{ticket}/fields", {"seen": seen[1], **typed}, headers=HTMX).status_code


def choose(who: Visitor) -> str:
    """Sends a file for a field: the token that its form holds then."""
    page = who.post(
        "/c/s/mall/tickets/uploads",
        {"input": "f-book"},
        headers=HTMX,
        files={"f-book-file": ("book.pdf", BOOK)},
    ).text
    found = re.search(r'type="hidden" name="f-book" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


class Use:
    """People at both processes who go on working; whatever goes wrong is noted."""

    def __init__(self, visitors: list[Visitor], ticket: str) -> None:
        self._visitors, self._ticket, self.wrong, self.rounds = visitors, ticket, list[str](), 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.is_set():
            for who in self._visitors:
                if "M123" not in (text := show(who, self._ticket)):
                    self.wrong.append(text[:300])
                if (status := who.get(self._ticket).status_code) != 200:
                    self.wrong.append(str(status))
            self.rounds += 1

    def __enter__(self) -> "Use":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join(timeout=60)


@contextmanager
def twins(console: Console, of: Visitor | None = None) -> Iterator[list[Visitor]]:
    """One browser at each process, with the owner's one session."""
    with Visitor(console.webs[0].url) as one, Visitor(console.webs[1].url) as other:
        if of is None:
            of = one
            assert of.login("boss", world.PASSWORD).status_code == 303
        of.get("/c/me")
        for made in (one, other):
            made.client.cookies, made.token = of.client.cookies, of.token
        yield [one, other]


@pytest.mark.live
@pytest.mark.full
@pytest.mark.spec("FLD-3", "OPS-5")
def test_keys_are_exchanged_while_two_processes_answer(console: Console) -> None:
    with twins(console) as (one, other):
        _exchange(console, one, other)
    with Visitor(console.webs[1].url) as kim:
        assert kim.login("kim", world.PASSWORD).headers["Location"].startswith("/login/code")
        kim.get("/login/code")
        assert kim.post("/login/code", {"code": pyotp.TOTP(console.totp).now()}).status_code == 303
    assert "holds" in console.webs[0].run("audit", "verify").stdout


def _exchange(console: Console, one: Visitor, other: Visitor) -> None:
    token = one.token
    assert fill(one, console.ticket, **{"f-passport": "M1234567", "f-book": choose(other)}) == 204
    chosen = choose(one)
    with twins(console, of=one) as others, Use(others, console.ticket) as use:
        for turn, (here, there) in enumerate(((one, other), (other, one))):
            rotate(console.instance)
            assert len((console.instance / "keys").read_text().split()) == turn + 2
            assert "2 values sealed anew" in console.webs[0].run("keys", "rotate").stdout
            for who in (here, there):
                who.token = token  # of a page that was opened before
                assert "M1234567" in show(who, console.ticket)
                assert who.post(f"{console.ticket}/fields/book/file").content == BOOK
            assert fill(here, console.ticket, **{"f-book": chosen}) == 204, (
                "a file that was chosen before"
            )
            assert there.post(f"{console.ticket}/fields/book/file").content == BOOK
            chosen = choose(there)
            here.get("/c/org/members/invite")
            person = {
                "name": "Jihun",
                "login_id": f"jihun{turn}",
                "email": f"jihun{turn}@example.com",
            }
            assert here.post("/c/org/members/invite", person, headers=HTMX).status_code == 204
            until(lambda: f"jihun{turn}@example.com" in console.inbox.receivers)  # noqa: B023 - called at once
            assert "occ_" in there.post("/c/org/info/key/show", headers=HTMX).text
        seen = use.rounds
        until(lambda: use.rounds > seen + 1)
    assert use.wrong == []
    console.webs[0].stop()
    console.webs[0].start("web")
    assert one.get("/c/me").status_code == 200 and "M1234567" in show(one, console.ticket), (
        "signed in through it all"
    )
