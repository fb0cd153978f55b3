"""What a step asks for: facts to write and orders to give to the phone system.

Agents are member ids; their numbers are looked up when the orders are made.
"""

from dataclasses import dataclass

from occ.ars.rules.flow import Say
from occ.ars.rules.texts import Notice
from occ.telephony.rules.calls import (
    After,
    AgentState,
    CallOutcome,
    LegKind,
    LegOutcome,
    Party,
    QueueOutcome,
    TicketOn,
)

# facts


@dataclass(frozen=True)
class EnterQueue:
    queue: int


@dataclass(frozen=True)
class LeaveQueue:
    outcome: QueueOutcome
    agent: int | None = None  # who answered


@dataclass(frozen=True)
class OpenLeg:
    kind: LegKind
    party: Party


@dataclass(frozen=True)
class AnswerLeg:
    kind: LegKind
    party: Party


@dataclass(frozen=True)
class CloseLeg:
    kind: LegKind
    party: Party
    outcome: LegOutcome


@dataclass(frozen=True)
class SetState:
    agent: int
    state: AgentState


@dataclass(frozen=True)
class Free:
    """The call lets an agent go."""

    agent: int
    after: After


@dataclass(frozen=True)
class MakeTicket:
    """The call gets its ticket now (CTI-6); one that goes out only if the settings say now."""

    when: TicketOn | None = None


@dataclass(frozen=True)
class AskCallback:
    queue: int


@dataclass(frozen=True)
class End:
    outcome: CallOutcome


# orders


@dataclass(frozen=True)
class Answer:
    pass


@dataclass(frozen=True)
class Play:
    says: tuple[Say, ...] | Notice


@dataclass(frozen=True)
class Gather:
    """Listens for a key."""


@dataclass(frozen=True)
class Music:
    pass


@dataclass(frozen=True)
class Ring:
    agent: int


@dataclass(frozen=True)
class StopRinging:
    agent: int


@dataclass(frozen=True)
class Connect:
    agent: int


@dataclass(frozen=True)
class DropAgent:
    agent: int


@dataclass(frozen=True)
class Hold:
    pass


@dataclass(frozen=True)
class Resume:
    pass


@dataclass(frozen=True)
class Consult:
    party: Party


@dataclass(frozen=True)
class CancelConsult:
    party: Party


@dataclass(frozen=True)
class Complete:
    """The customer talks with whoever was consulted."""

    party: Party


@dataclass(frozen=True)
class Record:
    """Records from now on, if the contract and the settings say so."""


@dataclass(frozen=True)
class StopRecording:
    pass


@dataclass(frozen=True)
class Originate:
    """Calls the customer."""


@dataclass(frozen=True)
class HangUp:
    pass


Fact = (
    EnterQueue
    | LeaveQueue
    | OpenLeg
    | AnswerLeg
    | CloseLeg
    | SetState
    | Free
    | MakeTicket
    | AskCallback
    | End
)
Ask = (
    Answer
    | Play
    | Gather
    | Music
    | Ring
    | StopRinging
    | Connect
    | DropAgent
    | Hold
    | Resume
    | Consult
    | CancelConsult
    | Complete
    | Record
    | StopRecording
    | Originate
    | HangUp
)
Effect = Fact | Ask
