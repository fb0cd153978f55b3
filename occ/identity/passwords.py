"""argon2id hashes. A hash takes about 0.1 s: never inside a transaction."""

from collections.abc import Callable
from functools import cache, partial

from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.identity import rules


@cache
def _hasher():  # type: ignore[no-untyped-def]
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash to compare with where there is no account, so that the answer takes as long."""
    return str(_hasher().hash("nobody has this password"))


def hashed(password: str) -> str:
    return str(_hasher().hash(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; takes the same time when there is no account."""
    from argon2.exceptions import VerificationError

    nobody = _nobody()  # made once a process, whoever comes first
    try:
        return bool(_hasher().verify(stored or nobody, password)) and stored is not None
    except VerificationError:
        return False


def rules_of(
    password: str | None, repeat: str | None, *, own: list[str]
) -> tuple[Callable[[], None], Callable[[], None]]:
    """The rules of a new password that was typed twice; each raises Refused."""
    return partial(check, password or "", own=own), partial(_check_same, password, repeat)


def _check_same(password: str | None, repeat: str | None) -> None:
    if (password or "") != (repeat or ""):
        raise Refused(_("The two passwords differ. Type them again."), "repeat")


def check(password: str, *, own: list[str]) -> None:
    """MEM-6's rules with the list of 30,000 common passwords. Raises Refused."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    rules.check_password(password, own=own, common=_common(tuple(FREQUENCY_LISTS["passwords"])))


@cache
def _common(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words)
