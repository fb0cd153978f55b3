"""The wheel: what is inside, and that a console is served from it without the checkout."""

import contextlib
import re
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import tomllib
import venv
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import html5lib
import pytest

from occ.config import ROOT
from tests.identity.test_members import SETUP
from tests.support.live import Live
from tests.support.visitor import Visitor

# What lies in the folders of the wheel and is of use in a checkout only.
LEFT_OUT = {"messages.po", "icons.txt", ".stamp", "css", "entries", "js"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def project() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    return found


def files(folder: str) -> set[str]:
    """What a folder of the checkout holds for the wheel, by paths in the checkout."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and not {path.name, *path.relative_to(ROOT).parts[:2]} & LEFT_OUT
        and "__pycache__" not in path.parts
    }


@pytest.mark.live
def test_the_wheel_holds_the_package_and_what_it_reads_and_nothing_else(wheel: Path) -> None:
    version = project()["version"]
    assert wheel.name == f"occ-{version}-py3-none-any.whl"
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        told = HeaderParser().parsestr(archive.read(f"occ-{version}.dist-info/METADATA").decode())
    about = {name for name in inside if name.startswith(f"occ-{version}.dist-info/")}
    beside = {
        f"occ/resources/{name}"
        for folder in ("templates", "static", "migrations")
        for name in files(folder)
    }
    assert inside - about == files("occ") | beside
    for made in ("translations/ko/LC_MESSAGES/messages.mo", "resources/static/vendor/icons.svg"):
        assert f"occ/{made}" in inside, "what is made at set-up is missing"

    names = ("Name", "Version", "Summary", "Requires-Python")
    keys = ("name", "version", "description", "requires-python")
    assert [told[name] for name in names] == [project()[key] for key in keys]
    needed = {
        str(line) for line in told.get_all("Requires-Dist", ()) if "extra ==" not in str(line)
    }
    assert len(needed) == len(project()["dependencies"])  # type: ignore[arg-type]
    assert not [line for line in needed if re.match("hatchling|setuptools|pytest", line)]


def install(wheel: Path, folder: Path) -> Path:
    """The `occ` of a new environment with the wheel; of ours it sees what requirements.lock has."""
    venv.create(folder, symlinks=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "bin" / "python"),
        "install",
        "-q",
    ]
    subprocess.run([*command, "--no-index", "--no-deps", str(wheel)], check=True)
    shared = folder / "shared"
    shared.mkdir()
    locked = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.M))
    for package in metadata.distributions():
        if re.sub(r"[-_.]+", "-", package.name).lower() in locked:
            for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
                if not (shared / top).exists():
                    (shared / top).symlink_to(package.locate_file(top))  # type: ignore[arg-type]
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    (Path(paths["purelib"]) / "shared.pth").write_text(f"{shared}\n")
    return folder / "bin" / "occ"


def addresses(page: str) -> set[str]:
    """Addresses of the stylesheets, scripts and icons that a page names."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    named = {node.get(name, "") for node in document.iter() for name in ("href", "src")}
    return {address.partition("#")[0] for address in named if address.startswith("/static/")}


@pytest.mark.live
def test_a_console_is_served_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    # No instance folder is named: the one chosen must outlive the environment.
    live = Live(tmp_path, OCC_INSTANCE="", HOME=str(tmp_path / "home"), PYTHONPATH="")
    live.program = (str(install(wheel, tmp_path / "env")),)
    live.folder = tmp_path
    try:
        live.start()
        with Visitor(live.url, Accept_Language="ko") as boss:
            assert boss.get("/healthz").status_code == boss.get("/readyz").status_code == 200
            first = boss.get("/setup")
            assert first.status_code == 200 and "<h1>OCC 설정</h1>" in first.text
            typed = {"domain": "localhost", "time_zone": "Asia/Seoul", "currency": "KRW"}
            assert boss.post("/setup", {**SETUP, **typed}).status_code == 303
            console = boss.get("/", follow_redirects=True)
            assert console.status_code == 200 and 'lang="ko"' in console.text
            named = addresses(first.text) | addresses(console.text)
            for kind in (
                r"/dist/.+\.css",
                r"/dist/.+\.js",
                r"/vendor/.+\.js",
                r"/vendor/.+\.svg",
            ):
                assert any(re.search(kind, address) for address in named), kind
            for address in named:
                assert boss.get(address).status_code == 200, address
        with contextlib.closing(
            sqlite3.connect(tmp_path / "home/.local/share/occ/occ.sqlite3")
        ) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        newest = max((ROOT / "migrations" / "versions").glob("*.py"))
        assert newest.name.startswith(f"{revision}_")
        assert live.stop() == 0
        assert not re.search("Traceback|ERROR|WARNING", live.log.read_text())
    finally:
        live.stop(signal.SIGKILL)
