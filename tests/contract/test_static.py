"""Files that browsers get: their addresses, their bundles, and that they are fresh."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from occ import config
from occ.core import ui
from tests.support.browser import Browser


def static(app: Flask, name: str) -> str:
    """The address of a static file."""
    return f"/static/{app.config['STATIC_DIGEST']}/{name}"


def test_static_files_are_kept_for_ever_by_the_digest_in_their_path(
    app: Flask, browser: Callable[..., Browser]
) -> None:
    one = browser()
    kept = one.get(static(app, "dist/console.js"))
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.mimetype == "text/javascript"
    old = one.get(
        "/static/0123456789ab/dist/console.js"
    )  # a page that was opened before an upgrade
    assert (old.status_code, old.data) == (200, kept.data)
    assert old.headers["Cache-Control"] == "no-cache"
    assert one.get("/static/0123456789ab/dist/none.js").status_code == 404
    assert one.get("/static/0123456789ab/../../pyproject.toml").status_code == 404


def test_a_file_that_is_replaced_while_the_server_runs_is_not_kept(
    app: Flask, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    written, size = app.config["STATIC_MARKS"]["dist/console.js"]
    monkeypatch.setitem(app.config["STATIC_MARKS"], "dist/console.js", (written - 1, size))
    answer = browser().get(static(app, "dist/console.js"))
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-cache"


def test_the_digest_changes_with_what_is_served(tmp_path: Path) -> None:
    app = Flask("test", static_folder=str(tmp_path))
    seen = set()
    for name, text in (("a.js", "1"), ("a.js", "2"), ("b.js", "2")):
        (tmp_path / name).write_text(text)
        seen.add(ui.static_digest(app))
    (tmp_path / ".stamp").touch()
    assert ui.static_digest(app) in seen
    assert len(seen) == 3


def test_every_stylesheet_and_script_is_part_of_a_bundle_that_pages_load() -> None:
    static = config.ROOT / "static"
    templates = "".join(
        path.read_text("utf-8") for path in (config.ROOT / "templates").rglob("*.html")
    )
    entries = sorted((static / "entries").iterdir())
    named = set(re.findall(r"asset\('dist/([\w.]+)'", templates))
    # its view sends it to other people's sites, with what it has to know
    assert {path.name for path in entries} == named | {"widget.js"}
    imports = re.compile(r'^(?:@import|import|.* from|.* import\()? ?"(\.[^"]+)"\)?[;,]$', re.M)
    found, waiting = set[Path](), list(entries)
    while waiting:
        path = waiting.pop()
        for other in imports.findall(path.read_text("utf-8")):
            one = (path.parent / other).resolve()
            if one not in found and "vendor" not in one.parts:
                found.add(one)
                waiting.append(one)
    sources = [path for kind in ("css", "js") for path in (static / kind).rglob("*.*")]
    assert set(sources) == found


def test_the_modules_that_pages_name_are_those_of_the_bundle() -> None:
    text = (config.ROOT / "static/entries/console.js").read_text("utf-8")
    known = {
        quoted or plain
        for quoted, plain in re.findall(r'^  (?:"([\w/]+)"|(\w+)): \(\) => import', text, re.M)
    }
    named = {
        name
        for path in (config.ROOT / "templates").rglob("*.html")
        for call in re.findall(r"modules\(([^)]*)\)", path.read_text("utf-8"))
        for name in re.findall(r"'([\w/]+)'", call)
    }
    assert named == known and len(known) > 10


def test_what_browsers_get_was_made_of_the_present_sources() -> None:
    """As Make decides; whoever changed a script runs any of its targets first."""
    static = config.ROOT / "static"
    made = (static / "vendor/.stamp").stat().st_mtime
    sources = [p for kind in ("css", "entries", "js") for p in (static / kind).rglob("*.*")]
    newer = [path.name for path in sources if path.stat().st_mtime > made]
    assert sources and not newer, "run `make static/vendor/.stamp`"
