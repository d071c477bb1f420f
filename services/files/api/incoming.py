"""Streams that come in as a head and pieces: their order, sizes and sum are checked while they come."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from chassis.wire import refuse
from kernel.errors import DomainError, Kind

CHUNK_BYTES: Final = 64 * 1024


class FileTooLarge(DomainError):
    """The file is larger than what is taken."""

    reason = "FILE_TOO_LARGE"
    kind = Kind.INVALID


class EmptyFile(DomainError):
    """There is nothing in the file."""

    reason = "EMPTY_FILE"
    kind = Kind.INVALID


def head(requests: Iterator[Any]) -> Any:
    """The head, which is the first message. Raises InvalidInput if another one comes first, or none."""
    first = next(requests, None)
    if first is None or not first.HasField("head"):
        raise refuse("head", "REQUIRED")
    return first.head


def receive(requests: Iterator[Any], into: BinaryIO, max_bytes: int) -> int:
    """Write the pieces that follow the head; the size in bytes.

    Raises InvalidInput for a second head or a piece that is too long, FileTooLarge as soon as it is, EmptyFile.
    """
    size = 0
    for request in requests:
        if request.HasField("head"):
            raise refuse("head", "REPEATED")
        if len(request.chunk) > CHUNK_BYTES:
            raise refuse("chunk", "TOO_LONG", max=str(CHUNK_BYTES))
        size += len(request.chunk)
        if size > max_bytes:
            raise FileTooLarge(max_bytes=max_bytes)
        into.write(request.chunk)
    if not size:
        raise EmptyFile
    return size
