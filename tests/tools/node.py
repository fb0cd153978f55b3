"""`python -m tests.tools.node SCRIPT …`: a tool of node_modules, run by the Node there is."""

import subprocess
import sys

from tests.support import node


def main() -> int:
    """Returns what the tool returned; 1 where there is no Node."""
    found = node.executable()
    if found is None:
        print(node.missing(), file=sys.stderr)
        return 1
    return subprocess.run([found, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
