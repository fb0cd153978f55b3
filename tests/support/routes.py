"""Every route of the console with an address to ask it at."""

import re

from flask import Flask

PUBLIC = {
    "auth.setup", "auth.login", "auth.code", "auth.force", "auth.forgot", "auth.link", "auth.language", "auth.dialog", "root", "static",
    "hc_inquiries.new", "hc_inquiries.received", "hc_inquiries.asked", "hc_inquiries.confirm", "hc_inquiries.mine", "hc_inquiries.own",
    "hc_inquiries.own_file", "hc_inquiries.linked", "hc_inquiries.linked_file", "hc_inquiries.renew", "hc_inquiries.renewed", "hc_inquiries.held",
    "hc_callbacks.new", "hc_callbacks.asked",
    "health.healthz", "health.readyz", "health.metrics", "help_center.home", "help_center.banner",
    "help_center_members.login", "help_center_members.link", "help_center_members.enter", "help_center_members.logout",
    "help_center_sso.remote", "help_center_sso.remote_api", "help_center_sso.door", "help_center_sso.guide_page", "wall.screen", "shared_files.fetch",
    "help_center.company", "help_center.nothing", "hc_faq.index", "hc_faq.category", "hc_faq.answer", "hc_faq.said", "hc_faq.helped",
    "hc_notices.index", "hc_notices.notice", "hc_notices.feed", "hc_search.search", "hc_search.suggest", "hc_maps.index", "hc_maps.part",
    "hc_look.stylesheet", "hc_look.logo", "hc_script.script", "hc_embed.index", "hc_embed.answer",
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
    "kind": "text",
    "page": "period",
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
