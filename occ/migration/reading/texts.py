"""The texts of a workbook, which its cells name by their number (MIG-1).

They stand in the order in which a spreadsheet met them, so that the cells of a part mostly name
neighbours: they are kept as they were in the file, packed in blocks.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import IO

from occ.migration.reading.faults import Unfit
from occ.migration.rules.files import Fault

PIECE = 1024 * 1024  # bytes that are read at once
BLOCK, UNPACKED = 512, 32  # texts that are packed together, blocks that lie unpacked
_TEXT = re.compile(rb"<(?:\w+:)?si\b[^>]*/>|<(?:\w+:)?si\b[^>]*>.*?</(?:\w+:)?si>", re.DOTALL)
_BETWEEN = b"\0"  # which XML cannot hold


class Texts:
    """The texts of an opened part, None for a workbook without."""

    def __init__(self, opened: IO[bytes] | None) -> None:
        self._blocks: list[bytes] = []
        self._count = 0
        self._of_block = lru_cache(UNPACKED)(self._unpacked)
        if opened is not None:
            self._keep(_texts(opened))

    def _keep(self, texts: Iterator[bytes]) -> None:
        block: list[bytes] = []
        for text in texts:
            block.append(text)
            if len(block) == BLOCK:
                self._pack(block)
                block = []
        self._pack(block)

    def _pack(self, block: Sequence[bytes]) -> None:
        self._blocks.append(zlib.compress(_BETWEEN.join(block), 1))
        self._count += len(block)

    def _unpacked(self, number: int) -> list[bytes]:
        return zlib.decompress(self._blocks[number]).split(_BETWEEN)

    def elements(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """Their XML, in the same order; raises Unfit for one that is not there."""
        for number in numbers:
            if number >= self._count:
                raise Unfit(Fault.UNREADABLE)
            block, place = divmod(number, BLOCK)
            yield self._of_block(block)[place]


def _texts(opened: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while piece := opened.read(PIECE):
        if _BETWEEN in piece:
            raise Unfit(Fault.UNREADABLE)
        rest += piece
        end = 0
        for found in _TEXT.finditer(rest):
            end = found.end()
            yield found[0]
        rest = rest[end:]
