"""How much of a file is read before it is refused."""

from dataclasses import dataclass
from typing import BinaryIO

from services.files.domain import faults
from services.files.domain.faults import FaultList


@dataclass(frozen=True, slots=True)
class Limits:
    """``max_bytes`` of the file and ``max_rows`` payments (or statement entries) in it."""

    max_bytes: int = 64 * 1024 * 1024
    max_rows: int = 100_000


LIMITS = Limits()


class LimitedSource:
    """A binary stream that refuses the file instead of handing out more than ``max_bytes`` of it."""

    def __init__(self, source: BinaryIO, max_bytes: int, found: FaultList) -> None:
        self._source = source
        self._left = max_bytes
        self._max_bytes = max_bytes
        self._found = found

    def read(self, size: int = 65_536) -> bytes:
        return self._counted(self._source.read(size))

    def readline(self, size: int) -> bytes:
        """The next line with its line feed, or the first ``size`` bytes of it."""
        return self._counted(self._source.readline(size))

    def _counted(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise self._found.stop("", faults.FILE_TOO_LARGE, max_bytes=self._max_bytes)
        return chunk
