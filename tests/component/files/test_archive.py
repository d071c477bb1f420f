"""Documents are archived once, never changed, and noticed when damaged."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.crashpoints import EXIT_CODE
from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError, Unavailable
from kernel.errors import DomainError
from tests.component.files.world import Door, World

PDF = b"%PDF-1.7 " + bytes(range(256)) * 600  # some pieces, and not a whole number of them


@pytest.fixture
def reports(world: World) -> Door:
    return world.reports()


def refused(call, *arguments, **names):
    with pytest.raises(DomainError) as caught:
        call(*arguments, **names)
    return caught.value.reason


def test_a_document_is_stored_and_fetched_by_id_and_by_subject(world: World, reports: Door, client_id: UUID):
    subject = uuid4()
    stored = reports.store(client_id, subject, PDF)
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    assert stored.size_bytes == len(PDF)
    assert stored.archived_at.seconds > 0
    assert reader.fetch(client_id, document_id=stored.document_id) == (stored, PDF)
    assert reader.fetch(client_id, kind="INVOICE_COPY", subject_id=str(subject)) == (stored, PDF)
    assert world.told(stored.document_id) == ["DocumentArchived"]
    assert world.objects()[f"documents/{stored.document_id}"] == len(PDF)


def test_the_same_content_again_is_the_same_document(world: World, reports: Door, client_id: UUID):
    subject = uuid4()
    first = reports.store(client_id, subject, PDF)
    assert reports.store(client_id, subject, PDF, chunk=1000) == first
    assert world.told(first.document_id) == ["DocumentArchived"]


def test_another_content_for_the_same_subject_is_refused(world: World, reports: Door, client_id: UUID):
    subject = uuid4()
    first = reports.store(client_id, subject, PDF)
    with pytest.raises(RemoteError) as caught:
        reports.store(client_id, subject, PDF + b"!")
    assert caught.value.reason == "ALREADY_ARCHIVED"
    assert caught.value.details == {"document_id": first.document_id}
    assert reports.fetch(client_id, document_id=first.document_id)[1] == PDF


def test_an_archived_row_cannot_be_changed_by_its_owner_either(world: World, reports: Door, client_id: UUID):
    stored = reports.store(client_id, uuid4(), PDF)
    for statement in (
        "UPDATE document SET archived_at = now() WHERE id = :id",
        "UPDATE document SET size_bytes = 1 WHERE id = :id",
        "DELETE FROM document WHERE id = :id",
    ):
        assert "a document never changes" in world.refused_by_database(statement, id=stored.document_id)


def test_only_services_store_and_only_readers_of_the_client_fetch(
    world: World, reports: Door, client_id: UUID, other_client: UUID
):
    stored = reports.store(client_id, uuid4(), PDF)
    every_right = list(Permission)
    assert refused(world.user(client_id, may=every_right).store, client_id, uuid4(), PDF) == "PERMISSION_DENIED"
    which = {"document_id": stored.document_id}
    assert refused(world.user(client_id, may=[Permission.FILES_SEND]).fetch, client_id, **which) == "PERMISSION_DENIED"
    stranger = world.user(other_client, may=every_right)
    assert refused(stranger.fetch, client_id, **which) == "NOT_FOUND"
    assert refused(stranger.fetch, other_client, **which) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ({"kind": "invoice copy"}, "BAD_CODE"),
        ({"kind": ""}, "BAD_CODE"),
        ({"content_type": "application/pdf\r\nX: y"}, "BAD_MEDIA_TYPE"),
        ({"sha256": "00"}, "BAD_HASH"),
        ({"sha256": "0" * 64}, "HASH_MISMATCH"),
        ({"client_id": "x"}, "BAD_ID"),
        ({"subject_id": ""}, "REQUIRED"),
    ],
)
def test_a_wrong_head_is_refused(world: World, reports: Door, client_id: UUID, head: dict[str, Any], reason: str):
    with pytest.raises(RemoteError) as caught:
        reports.store(client_id, uuid4(), PDF, **head)
    assert [violation.reason for violation in caught.value.violations] == [reason]
    assert world.rows("SELECT 1 FROM document WHERE client_id = :id", id=client_id) == []


def test_an_empty_document_and_too_long_pieces_are_refused(reports: Door, client_id: UUID):
    assert refused(reports.store, client_id, uuid4(), b"") == "EMPTY_FILE"
    assert refused(reports.store, client_id, uuid4(), PDF, chunk=70_000) == "INVALID_INPUT"
    assert refused(reports.store, client_id, uuid4(), bytes(33 * 1024 * 1024)) == "FILE_TOO_LARGE"


def test_a_damaged_object_is_noticed_before_its_last_piece_is_given(world: World, reports: Door, client_id: UUID):
    stored = reports.store(client_id, uuid4(), PDF)
    world.hurry()
    world.work()  # from now on the bytes are in the object store only
    key = f"documents/{stored.document_id}"
    assert reports.fetch(client_id, document_id=stored.document_id)[1] == PDF
    try:
        world.put(key, b"?" + PDF[1:])
        assert refused(reports.fetch, client_id, document_id=stored.document_id) == "ARCHIVE_DAMAGED"
        assert world.findings() == [f"an object of another content: {key}"]
        world.put(key, PDF[:-1])
        assert refused(reports.fetch, client_id, document_id=stored.document_id) == "ARCHIVE_DAMAGED"
        assert f"an object of another size: {key}" in world.findings()
        world.minio.remove_object(world.bucket, key)
        assert refused(reports.fetch, client_id, document_id=stored.document_id) == "ARCHIVE_DAMAGED"
        assert world.findings() == [f"a row without its object: {key}"]
    finally:
        world.put(key, PDF)
    assert world.findings() == []


def test_what_the_store_lost_after_its_answer_is_written_again(world: World, reports: Door, client_id: UUID):
    stored = reports.store(client_id, uuid4(), PDF)
    key = f"documents/{stored.document_id}"
    world.minio.remove_object(world.bucket, key)
    assert reports.fetch(client_id, document_id=stored.document_id)[1] == PDF
    world.hurry()
    world.work()
    assert world.objects()[key] == len(PDF)
    assert world.rows("SELECT 1 FROM document_content WHERE document_id = :id", id=stored.document_id) == []


def test_a_store_that_is_down_archives_nothing_and_a_repeat_goes_on(world: World, client_id: UUID):
    subject = uuid4()
    server, jobs = world.serve(RF_S3_ENDPOINT="http://127.0.0.1:1")
    try:
        with pytest.raises(Unavailable):
            world.reports(server).store(client_id, subject, PDF)
        world.hurry()
        world.work(jobs=jobs)  # the job comes again later, and is not dead
    finally:
        server.stop()
    (row,) = world.rows("SELECT id, archived_at FROM document WHERE client_id = :id", id=client_id)
    assert row.archived_at is None
    assert world.told(str(row.id)) == []
    assert world.reports().store(client_id, subject, PDF).document_id == str(row.id)
    assert world.told(str(row.id)) == ["DocumentArchived"]


@pytest.mark.parametrize("point", ["files.before_put", "files.after_put"])
@pytest.mark.parametrize("healed_by", ["a repeat", "the job"])
def test_a_crash_anywhere_is_healed(world: World, client_id: UUID, tmp_path: Path, point: str, healed_by: str):
    subject = uuid4()
    assert world.dies("store", client_id, subject, PDF, point, tmp_path) == EXIT_CODE
    if healed_by == "a repeat":
        world.reports().store(client_id, subject, PDF)
    world.hurry()
    world.work()
    (row,) = world.rows("SELECT id, archived_at FROM document WHERE client_id = :id", id=client_id)
    assert row.archived_at is not None
    assert world.told(str(row.id)) == ["DocumentArchived"]
    assert world.reports().fetch(client_id, document_id=str(row.id))[1] == PDF
    assert world.findings() == []


def test_verify_is_a_command_that_says_what_it_found(world: World):
    assert world.run(["services.files", "verify"]).returncode == 0
    world.put("documents/nobodys", PDF)
    done = world.run(["services.files", "verify"])
    world.minio.remove_object(world.bucket, "documents/nobodys")
    assert (done.returncode, done.stdout) == (1, "files: an object without a row: documents/nobodys\n")
