"""A backup is whole or does not count, what is damaged is named before anything is touched, and old ones go."""

import shutil
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from deploy.backup import objects, wal
from deploy.backup.cluster import Server
from deploy.backup.folder import BackupFault, Folder
from deploy.backup.objects import Bucket
from deploy.backup.take import Running, take
from deploy.backup.verify import show, verify
from deploy.local.objects import ObjectStore
from deploy.local.postgres import HOST, SUPERUSER, Postgres, tools


@pytest.fixture
def house(postgres: Postgres, object_store: ObjectStore, bucket: str, tmp_path: Path) -> Running:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "passwords.json").write_text("{}")
    server = Server(HOST, postgres.port, SUPERUSER, postgres.password, tools())
    return Running(server, Bucket(object_store.client(), bucket), tmp_path / "secrets")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "backup")


def put(house: Running, key: str, content: bytes, sha256: str = "") -> None:
    metadata: dict[str, str | list[str] | tuple[str]] = {"sha256": sha256} if sha256 else {}
    house.bucket.client.put_object(house.bucket.name, key, BytesIO(content), len(content), metadata=metadata)


def quiet(_: str) -> None:
    pass


def test_an_interrupted_backup_is_not_taken_for_whole(house: Running, folder: Folder):
    put(house, "documents/1", b"one")
    broken = replace(house, bucket=Bucket(house.bucket.client, "nowhere"))
    with pytest.raises(BackupFault, match="object store"):
        take(broken, folder, 7, quiet)  # the databases have been copied by then
    with pytest.raises(BackupFault, match="no base backup"):
        folder.base_for(None)
    take(house, folder, 7, quiet)
    assert [path.suffix for path in folder.chains()[0].path.glob("base/*")] == [""], "and what it left is gone"


def test_objects_are_copied_once_and_a_damaged_one_is_named_and_not_copied(house: Running, folder: Folder):
    said: list[str] = []
    put(house, "documents/1", b"one")
    put(house, "documents/2", b"flipped", sha256="0" * 64)
    take(house, folder, 7, said.append)
    assert any("DAMAGED" in line and "documents/2" in line for line in said)
    put(house, "documents/3", b"three")
    with folder.index.open("a") as index:
        index.write('\n{"key": "documents/3", "si')  # the power went at this byte
    take(house, folder, 7, said.append)
    assert set(objects.index(folder)) == {"documents/1", "documents/3"}
    assert [line.startswith('{"key": "documents/1"') for line in folder.index.read_text().split("\n")].count(True) == 1


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_is_found_wherever_it_is(house: Running, folder: Folder):
    put(house, "documents/1", b"one")
    base = take(house, folder, 7, quiet)
    chain = folder.chains()[0]
    log = chain.wal / base.first_segment
    shutil.copy(base.cluster / "pg_wal" / base.first_segment, log)
    assert wal.note_sums(chain) == 1
    show(folder, tools(), quiet)
    copied = next(path for path in folder.objects.rglob("*") if path.is_file())
    for path in (base.cluster / "global" / "pg_control", log, copied):
        flip(path)
        with pytest.raises(BackupFault, match="damaged"):
            show(folder, tools(), quiet)
        flip(path)


def test_a_gap_in_the_log_is_found(house: Running, folder: Folder):
    base = take(house, folder, 7, quiet)
    chain = folder.chains()[0]
    last = max(path.name for path in wal.finished(base.cluster / "pg_wal"))
    (chain.wal / f"{last[:8]}{wal.place(last) + 2 >> 8:08X}{wal.place(last) + 2 & 255:08X}").write_bytes(b"")
    with pytest.raises(BackupFault, match=f"gap after {last}"):
        verify(chain, base, None, tools())
    verify(chain, base, base.ended, tools())  # what comes after a time that is asked for does not matter


def test_only_the_newest_stay_with_the_log_that_they_need(house: Running, folder: Folder):
    first = take(house, folder, 2, quiet)
    chain = folder.chains()[0]
    (chain.wal / first.first_segment).touch()
    second, third = take(house, folder, 2, quiet), take(house, folder, 2, quiet)
    assert [base.path for base in chain.bases()] == [second.path, third.path]
    assert [path.name for path in wal.finished(chain.wal)] == []
    with pytest.raises(BackupFault, match="from before"):
        folder.base_for(second.ended - timedelta(microseconds=1))
    assert folder.base_for(third.ended - timedelta(microseconds=1))[1] == second


def test_a_folder_belongs_to_one_house(house: Running, folder: Folder, tmp_path: Path):
    folder.claim(house.server.system)
    with pytest.raises(BackupFault, match="another house"):
        folder.claim("7311111111111111111")
    with pytest.raises(BackupFault, match="something else"):
        Folder(tmp_path).claim(house.server.system)
    with pytest.raises(BackupFault, match="no backup"):
        Folder(tmp_path / "nothing").must_be_one()
    assert folder.root.stat().st_mode & 0o077 == 0, "only its owner gets in"
