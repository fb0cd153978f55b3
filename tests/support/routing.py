"""Addresses of applications that are made one after the other in a process."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


def compile_once() -> None:
    """Rules of one text share the function that writes their addresses: it is made of nothing else
    and gets the rule. Compiling it is most of what making another application costs.
    """
    known: dict[Any, Callable[..., Any]] = {}
    compiled = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        if rule.defaults:  # those are written into it, too
            return compiled(rule, append_unknown)
        key = rule.rule, tuple(rule._trace), append_unknown
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    Rule._compile_builder = once  # type: ignore[method-assign]
