"""Facts that the features above react to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from occ.core.uploads import Upload
from occ.organization.models import Service
from occ.screening.rules import Channel, Source


@dataclass
class InquiryLetIn:
    """An inquiry that was held back goes on as if it came now; announced once.

    Who knows its channel makes a ticket of `values` and `files`, which are its own from then on,
    and says which in `about`, as `ticket/5`. Where nobody does, the inquiry stays.
    """

    service: Service
    channel: Channel
    source: Source
    values: Mapping[str, Any]
    files: Sequence[Upload]
    about: str = ""
