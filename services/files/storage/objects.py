"""The object store: any server that speaks S3, through the minio client.

Objects are written once under a key made of their row's id and never removed: the service's own S3 user needs no
right to delete. What is written is looked at again before anybody hears that it is stored. Every request has a time
limit, and whatever the store or the way to it does becomes ``Unavailable``; nothing is tried again here, since callers
and jobs do.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from chassis import calls, logs
from chassis.rpc_errors import Unavailable
from kernel.errors import DomainError, Kind

CHUNK_BYTES: Final = 64 * 1024
CONNECT_TIMEOUT_S: Final = 2.0
READ_TIMEOUT_S: Final = 8.0  # between two pieces of an answer
TRANSFER_TIMEOUT_S: Final = 60.0  # of a whole object, against bodies that trickle
PART_BYTES: Final = 8 * 1024 * 1024  # of an upload in parts: what it holds in memory
_SHA256: Final = "sha256"  # the name of our own metadata: x-amz-meta-sha256
_MISSING: Final = frozenset({"NoSuchKey", "NoSuchObject", "ResourceNotFound"})

log = logs.get(__name__)


class ArchiveDamaged(DomainError):
    """An object is missing, or is not what was stored. Nothing of it may be trusted, and asking again does not help."""

    reason = "ARCHIVE_DAMAGED"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Head:
    """What the store says of an object. ``sha256`` (hex) is what we wrote beside it, not what it computed."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An object in a listing."""

    key: str
    size_bytes: int


class ObjectStore:
    """One bucket."""

    def __init__(self, endpoint: str, bucket: str, access_key: str, secret_key: str) -> None:
        address = urlsplit(endpoint)
        self._bucket = bucket
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S), retries=False, maxsize=16
        )
        self._client = Minio(
            address.netloc,
            access_key=access_key,
            secret_key=secret_key,
            secure=address.scheme == "https",
            region="us-east-1",
            http_client=self._pool,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()

    def health(self) -> None:
        """Raise Unavailable unless the bucket is reached."""
        with _reaching():
            if not self._client.bucket_exists(self._bucket):
                raise Unavailable(what="bucket")

    def put_if_absent(self, key: str, source: BinaryIO, size_bytes: int, sha256: str, content_type: str) -> None:
        """Store an object unless it is there, and look that it is. ``sha256`` is hex.

        An object of another size or hash under the key is damage, since keys are never used for a second content:
        it is written again. Raises Unavailable.
        """
        wanted = Head(size_bytes, sha256)
        found = self.head(key)
        if found == wanted:
            return
        if found is not None:
            log.error("object was damaged and is written again", key=key)
        self.put(key, source, size_bytes, sha256, content_type)

    def put(self, key: str, source: BinaryIO, size_bytes: int, sha256: str, content_type: str) -> None:
        """Write an object, over what is there, and look that it is. Raises Unavailable."""
        with _reaching():
            self._client.put_object(
                self._bucket,
                key,
                source,
                size_bytes,
                content_type=content_type,
                metadata={_SHA256: sha256},
                part_size=PART_BYTES,
                num_parallel_uploads=1,
            )
        if self.head(key) != Head(size_bytes, sha256):
            raise Unavailable(what="object store", why="not stored")

    def head(self, key: str) -> Head | None:
        """What is stored under a key, None if nothing. Raises Unavailable."""
        with _reaching():
            try:
                found = self._client.stat_object(self._bucket, key)
            except S3Error as error:
                if error.code in _MISSING:
                    return None
                raise
        metadata = {name.lower(): value for name, value in (found.metadata or {}).items()}
        return Head(found.size or 0, str(metadata.get(f"x-amz-meta-{_SHA256}", "")))

    def get(self, key: str) -> Iterator[bytes]:
        """An object in pieces of at most 64 KiB. Raises ArchiveDamaged when there is none, Unavailable."""
        give_up = time.monotonic() + min(TRANSFER_TIMEOUT_S, _seconds_left())
        with _reaching():
            try:
                response = self._client.get_object(self._bucket, key)
            except S3Error as error:
                if error.code in _MISSING:
                    raise ArchiveDamaged(why="missing") from None
                raise
            try:
                # read1 gives what is there; read and stream would wait for a whole piece, past any deadline
                while piece := response.read1(CHUNK_BYTES):
                    if time.monotonic() > give_up:
                        raise Unavailable(what="object store", why="slow")
                    yield piece
            finally:
                response.close()
                response.release_conn()

    def checked(self, key: str, size_bytes: int, sha256: str) -> Iterator[bytes]:
        """As ``get``; the last piece is given only when size and hash of the whole are right, else ArchiveDamaged."""
        digest, held, size = hashlib.sha256(), b"", 0
        for piece in self.get(key):
            digest.update(piece)
            size += len(piece)
            if held:
                yield held
            held = piece
        if size != size_bytes or digest.hexdigest() != sha256:
            log.error("object is damaged", key=key)
            raise ArchiveDamaged(why="content")
        if held:
            yield held

    def list(self, prefix: str) -> Iterator[Stored]:
        """Every object whose key begins so. Raises Unavailable."""
        with _reaching():
            for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                yield Stored(found.object_name or "", found.size or 0)


def _seconds_left() -> float:
    call = calls.current()
    return TRANSFER_TIMEOUT_S if call is None else call.seconds_left()


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (MinioException, HTTPError, OSError) as error:
        code = error.code if isinstance(error, S3Error) else type(error).__name__
        log.warning("object store failed", code=code)
        raise Unavailable(what="object store", code=code) from error
