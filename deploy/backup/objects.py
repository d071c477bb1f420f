"""The bucket's part: each object is copied once, by its key.

Objects are written once, before any row promises them, and never changed or removed. So what is copied after a base
backup has ended holds everything that its rows promise, and one copy of an object serves all base backups.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from deploy.backup.folder import PART, BackupFault, Folder

_OWNERS = """
SELECT 'documents/' || id, archived_at IS NOT NULL FROM document
 UNION ALL SELECT 'uploads/' || id, status <> 'receiving' FROM upload
"""

PIECE_BYTES = 1024 * 1024
AT_ONCE = 4
SHA256 = "x-amz-meta-sha256"  # what the files service wrote beside its object


@dataclass(frozen=True)
class Copied:
    """One object of the backup; a line of the index."""

    key: str
    size: int
    sha256: str
    type: str


@dataclass(frozen=True)
class Bucket:
    """A bucket of any server that speaks S3."""

    client: Minio
    name: str

    def keys(self) -> Iterator[str]:
        """Every object's. Raises BackupFault."""
        try:
            for one in self.client.list_objects(self.name, recursive=True):
                yield one.object_name or ""
        except (MinioException, HTTPError, OSError) as error:
            raise BackupFault(f"the object store does not answer: {type(error).__name__}") from None


def index(folder: Folder) -> dict[str, Copied]:
    """What has been copied whole, by key. A last line that was broken off counts for nothing."""
    found = {}
    if folder.index.exists():
        for line in folder.index.read_text().splitlines():
            try:
                one = Copied(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[one.key] = one
    return found


def copy_from(bucket: Bucket, folder: Folder, known: dict[str, Copied]) -> list[str]:
    """Copy what is not in ``known`` yet, and add it there; keys of objects that are not what their writer stored.

    A damaged object is not copied, so that the next backup looks at it again. Raises BackupFault.
    """
    damaged = []
    with ThreadPoolExecutor(AT_ONCE) as pool, folder.index.open("a") as lines:
        for key, copied in pool.map(lambda key: _copy(bucket, folder, key), _fresh(bucket, known)):
            if copied is None:
                damaged.append(key)
                continue
            lines.write(f"\n{json.dumps(asdict(copied))}")  # a line that a crash broke off is ended first
            known[key] = copied
        lines.flush()
        os.fsync(lines.fileno())
    return damaged


def _fresh(bucket: Bucket, known: Mapping[str, Copied]) -> list[str]:
    return [key for key in bucket.keys() if key not in known]  # noqa: SIM118 - a listing, not a dictionary


def _copy(bucket: Bucket, folder: Folder, key: str) -> tuple[str, Copied | None]:
    target = _path(folder, key)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(target.name + PART)
    digest, size = hashlib.sha256(), 0
    try:
        with closing(bucket.client.get_object(bucket.name, key)) as answer, part.open("wb") as file:
            for piece in answer.stream(PIECE_BYTES):
                digest.update(piece)
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            answer.release_conn()
    except (MinioException, HTTPError, OSError) as error:
        raise BackupFault(f"{key} could not be copied: {type(error).__name__}") from None
    promised = answer.headers.get(SHA256)
    if promised is not None and promised != digest.hexdigest():
        part.unlink()
        return key, None
    part.rename(target)
    return key, Copied(key, size, digest.hexdigest(), answer.headers.get("Content-Type", "application/octet-stream"))


def damaged(folder: Folder, copied: Iterable[Copied]) -> list[str]:
    """Keys of copies that are missing or not what they were."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one.key for one, good in pool.map(lambda one: (one, _good(folder, one)), copied) if not good]


def _good(folder: Folder, one: Copied) -> bool:
    try:
        with _path(folder, one.key).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == one.sha256
    except OSError:
        return False


def copy_to(bucket: Bucket, folder: Folder, copied: Iterable[Copied]) -> int:
    """Put copies into a bucket as they were; how many. Raises BackupFault."""

    def put(one: Copied) -> None:
        bucket.client.fput_object(
            bucket.name, one.key, str(_path(folder, one.key)), one.type, metadata={"sha256": one.sha256}
        )

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return len(list(pool.map(put, copied)))
    except (MinioException, HTTPError, OSError) as error:
        raise BackupFault(f"the object store does not take the objects: {type(error).__name__}") from None


def known_to_rows(files: psycopg.Connection[tuple[object, ...]]) -> tuple[set[str], set[str]]:
    """Keys that rows of the files service name, and among them those of objects that they say are stored."""
    rows = [(str(key), bool(promised)) for key, promised in files.execute(_OWNERS)]
    return {key for key, _ in rows}, {key for key, promised in rows if promised}


def _path(folder: Folder, key: str) -> Path:
    """Where an object's copy lies: below its first letters, since a folder of a million names is slow."""
    name = hashlib.sha256(key.encode()).hexdigest()
    return folder.objects / name[:2] / name
