from dataclasses import dataclass
from typing import Any

from occ.sms.models import SmsSending


@dataclass(frozen=True)
class TextSent:
    """The gateway took a sending, or a part of it."""

    sending: SmsSending


@dataclass
class RecipientAsked:
    """A text is written beside something, `about` (`ticket/5`): whoever knows it says to whom, if
    the one who asks (`member_id` with `rights`) may see it.

    `seen` says that they may, `whole` whether they may see the number, too; `name` is what stands
    beside it. `entry` names an answer there, which `said` becomes: it is offered as the text, and
    `part` is its name.
    """

    service_id: int
    kind: str
    ident: int
    member_id: int
    rights: Any
    seen: bool = False
    number: str = ""
    name: str = ""
    customer_id: int | None = None
    whole: bool = False
    entry: int | None = None
    said: str = ""
    part: str = ""

    @property
    def about(self) -> str:
        return f"{self.kind}/{self.ident}"
