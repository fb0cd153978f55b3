"""The pure parts of the browser's scripts, tested by Node's own runner (`node --test tests/js/*.test.js`)."""

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
