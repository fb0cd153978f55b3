"""Facts go up: a feature announces what happened, features above react in the same transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)
H = TypeVar("H", bound=Callable[[Any], None])


def on(event: type) -> Callable[[H], H]:
    """Registers a reaction that runs inside the transaction of the fact; it may refuse it."""

    def register(handler: H) -> H:
        if handler not in _handlers[event]:
            _handlers[event].append(handler)
        return handler

    return register


def emit(event: Any) -> None:
    """Runs every reaction to the event, in the order in which factory imports them."""
    for handler in _handlers[type(event)]:
        handler(event)


def reactions(event: type) -> Sequence[Callable[[Any], None]]:
    """Who reacts to a kind of event, in that order, for who lets each work by itself."""
    return tuple(_handlers[event])
