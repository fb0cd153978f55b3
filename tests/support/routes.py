"""Every route of the console with an address to ask it at."""

import re

from flask import Flask

PUBLIC = {
    "auth.setup", "auth.login", "auth.code", "auth.force", "auth.forgot", "auth.link", "auth.language", "auth.dialog", "root", "static",
    "health.healthz", "health.readyz", "health.metrics", "help_center.home", "help_center.banner", "wall.screen", "shared_files.fetch",
}  # fmt: skip
VALUES = {
    "slug": "mall",
    "key": "accrual",
    "name": "accrual",
    "ref": "furnished",
    "command": "state",
    "day": "2026-11-23",
    "token": "x",
    "pressed": "1",
    "days": "weekdays",
    "code": "x",
    "language": "ko",
}


def routes(app: Flask, method: str) -> list[tuple[str, str]]:
    """(endpoint, a path with ids that exist where they can) of every guarded route."""
    found = []
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint not in PUBLIC:
            path = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", re.sub(r"<int:\w+>", "1", rule.rule))
            for name, value in VALUES.items():
                path = path.replace(f"<{name}>", value)
            assert "<" not in path, f"VALUES lacks one of {path}"
            found.append((rule.endpoint, path))
    return found
