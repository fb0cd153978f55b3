"""The pure parts of the browser's scripts, tested by Node's own runner (`node --test tests/js/*.test.js`)."""

import re
import subprocess

from occ import config
from tests.conftest import need
from tests.support import node


def test_pure_parts_of_scripts() -> None:
    need("node", node.missing())
    files = sorted(str(path) for path in (config.ROOT / "tests/js").glob("*.test.js"))
    assert files
    done = subprocess.run(
        [str(node.executable()), "--test", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_script_asks_by_a_dialog_of_the_browser() -> None:
    """Those stop the page, ignore its theme and language, and can be switched off."""
    scripts = sorted((config.ROOT / "static" / "js").rglob("*.js"))
    asks = re.compile(r"(?<![\w.])(?:window\.)?(?:confirm|alert|prompt)\(")
    assert scripts and [path.name for path in scripts if asks.search(path.read_text())] == []
    assert "htmx:confirm" in (config.ROOT / "static" / "js" / "shell.js").read_text(), "nor htmx"


def test_what_follows_an_answer_does_not_hang_on_the_asking_element() -> None:
    """htmx 2.0.11 tells `afterRequest` to a detached element alone: the document hears nothing."""
    scripts = sorted((config.ROOT / "static" / "js").rglob("*.js"))
    late = re.compile(r'"htmx:(afterRequest|afterOnLoad)"')
    assert scripts and [path.name for path in scripts if late.search(path.read_text())] == []


def test_no_two_scripts_ask_by_one_element() -> None:
    """htmx 2.0.11 asks for the body where no source is named, and of what waits there keeps the
    last: a card that was fetched would lose a ticket, or an undo.
    """
    scripts = sorted((config.ROOT / "static" / "js").rglob("*.js"))
    asks = [
        call
        for path in scripts
        for call in re.findall(r"htmx\.ajax\((?:[^()]|\([^()]*\))*\)", path.read_text())
    ]
    assert asks and [call for call in asks if "source:" not in call or "body }" in call] == []


def test_no_poll_waits_for_ever() -> None:
    """Polls ask one at a time: a connection that hangs would end them."""
    for name in ("live.js", "poller.js"):
        script = (config.ROOT / "static" / "js" / name).read_text()
        asks = re.findall(r"await fetch\((?:[^()]|\([^()]*\))*\)", script)
        assert len(asks) == 1 and "signal: patience()" in asks[0], name


def test_the_list_of_keys_has_those_of_buttons_and_of_single_scripts() -> None:
    """Those of `keys.js` are compared in `tests/js/keys.test.js`. What every page and list of the
    web does with Enter, Escape, Tab and arrows is known.
    """
    root = config.ROOT
    listed = (root / "templates/home/_keys.html").read_text()
    scripts = "".join(path.read_text() for path in (root / "static/js").rglob("*.js"))
    pages = "".join(path.read_text() for path in (root / "templates/phone").glob("*.html"))
    letters = set(re.findall(r"(?:keys='|data-key=\")([A-Z])\b", pages))
    keys = set(re.findall(r'event\.key === "(\w+)"', scripts)) - {"Enter", "Escape"}
    keys -= {"ArrowDown", "ArrowUp", "Tab"}
    assert letters == {"A", "H", "T"} and {"F2", "Delete"} <= keys
    assert [key for key in sorted(letters | keys) if f"('{key}', _(" not in listed] == []
