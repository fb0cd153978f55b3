"""What people ask of telephony, as values (CTI-4); a command row holds each in plain ones."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from occ.telephony.rules.calls import Command


@dataclass(frozen=True)
class Login:
    """`service` is the one whose agent logs in, None for the first; the rest is for the log."""

    command: ClassVar = Command.LOGIN
    service: int | None = None
    ip: str = ""
    device: str = ""


@dataclass(frozen=True)
class Logout:
    command: ClassVar = Command.LOGOUT


@dataclass(frozen=True)
class ChooseState:
    command: ClassVar = Command.STATE
    state: str = ""


@dataclass(frozen=True)
class TakeCall:
    """Answers what rings; the click names it, so that a late one does not take the next call."""

    command: ClassVar = Command.ANSWER
    call: int | None = None


@dataclass(frozen=True)
class Dial:
    """`about` is passed on to whoever reacts to CallDialed."""

    command: ClassVar = Command.DIAL
    service: int | None = None
    number: str = ""
    caller_id: str = ""
    about: dict[str, int] | None = None


@dataclass(frozen=True)
class AskColleague:
    """Asks a member or whoever answers at a number, the call on hold."""

    command: ClassVar = Command.CONSULT
    call: int | None = None
    member: int | None = None
    number: str = ""


@dataclass(frozen=True)
class DeclineCall:
    """Of who is asked about a call: while it rings, or to leave while they talk."""

    command: ClassVar = Command.DECLINE
    call: int | None = None


@dataclass(frozen=True)
class MoveCall:
    """One of HOLD, RESUME, HANG_UP, CONNECT, CANCEL and ABUSE on one's own call."""

    command: Command
    call: int | None = None


@dataclass(frozen=True)
class WrapUp:
    """`state` is what comes next, '' during the call; `resolve` resolves the agent's own ticket,
    `complete` the callback that the call was for.
    """

    command: ClassVar = Command.WRAP_UP
    call: int | None = None
    notes: str = ""
    disposition: int | None = None
    state: str = ""
    resolve: bool = False
    complete: bool = False


@dataclass(frozen=True)
class TakeTicket:
    """Whoever talks in a call, or talked last, takes its ticket."""

    command: ClassVar = Command.TAKE
    call: int | None = None


@dataclass(frozen=True)
class PlaceCall:
    """The simulator's caller calls a number."""

    command: ClassVar = Command.PLACE
    ref: str
    caller: str
    called: str


@dataclass(frozen=True)
class PressKey:
    command: ClassVar = Command.DIGIT
    ref: str
    digit: str


@dataclass(frozen=True)
class LeaveCall:
    command: ClassVar = Command.LEAVE
    ref: str


Click = (
    Login
    | Logout
    | ChooseState
    | TakeCall
    | Dial
    | AskColleague
    | DeclineCall
    | MoveCall
    | WrapUp
    | TakeTicket
)
Play = PlaceCall | PressKey | LeaveCall
Asked = Click | Play

_KINDS: dict[Command, type[Asked]] = {
    kind.command: kind
    for kind in (
        Login,
        Logout,
        ChooseState,
        TakeCall,
        Dial,
        AskColleague,
        DeclineCall,
        WrapUp,
        TakeTicket,
        PlaceCall,
        PressKey,
        LeaveCall,
    )
}


@cache
def _converter() -> Any:
    from cattrs.preconf.json import make_converter

    return make_converter()


def to_row(asked: Asked) -> tuple[Command, dict[str, Any]]:
    """The command and its plain values."""
    return asked.command, _converter().unstructure(asked)


def of_row(command: Command, args: dict[str, Any]) -> Asked:
    """What `to_row` took apart."""
    found: Asked = _converter().structure(
        {**args, "command": command.value}, _KINDS.get(command, MoveCall)
    )
    return found
