"""Bodies of requests: large ones wait in the temporary folder while they come in,
unless there is no room for them.
"""

from typing import Any

from waitress.parser import HTTPRequestParser

from occ.core import disk


class Dropped:
    """Where a body goes for which there is no room; whoever reads it is told."""

    def append(self, data: bytes) -> None:
        pass

    def __len__(self) -> int:
        return 1  # of a chunked body nobody else says that there is something to read

    def getfile(self) -> "Dropped":
        return self

    def read(self, *_args: Any) -> bytes:
        raise disk.DiskFull

    readline = read

    def close(self) -> None:
        pass


class Parser(HTTPRequestParser):
    """Takes a body in; from where the reserve of the temporary folder begins, it is read to its end
    and dropped.

    Room is needed twice: here, and where the application reads the files of a form. `reserve` in
    bytes.
    """

    reserve = 0

    def received(self, data: bytes) -> int:
        receiver = self.body_rcv
        if receiver is not None and not isinstance(receiver.buf, Dropped):
            expected = max(self.content_length, len(receiver.buf))
            still = expected + self.content_length - len(receiver.buf)
            if expected > disk.SPOOLED and not disk.has_room(
                disk.temporary(), still, reserve=self.reserve
            ):
                receiver.buf.close()
                receiver.buf = Dropped()
        return int(super().received(data))
