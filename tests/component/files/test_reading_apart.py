"""A file that harms its reader, or whose object is lost, ends refused; a store that is away only delays."""

from uuid import UUID, uuid4

import pytest

from rf.files.v1 import uploads_pb2
from services.files.usecases.parsing import STORE_AWAY
from tests.component.files.world import World
from tests.unit.files.builders import a_bgmax, a_camt054, a_deposit, a_payment

RECEIVED, REFUSED = uploads_pb2.UPLOAD_STATUS_RECEIVED, uploads_pb2.UPLOAD_STATUS_REFUSED


@pytest.fixture
def upload(world: World, client_id: UUID) -> uploads_pb2.Upload:
    """A file that nobody has read yet."""
    return sent(world, client_id, a_bgmax())


def sent(world: World, client_id: UUID, content: bytes) -> uploads_pb2.Upload:
    server, _ = world.serve(RF_READ_WAIT_S="0")
    upload = world.user(client_id, server=server).send(client_id, content)
    server.stop()
    assert upload.status == RECEIVED
    return upload


def as_it_is(world: World, upload: uploads_pb2.Upload) -> uploads_pb2.Upload:
    return world.user(UUID(upload.client_id)).get(upload).upload


def jobs_with(world: World, **other: str):
    server, jobs = world.serve(**other)
    server.stop()
    return jobs


def test_a_file_that_needs_more_memory_than_there_is_is_refused(world: World, client_id: UUID):
    payments = [a_payment(100, bank_reference=f"R{number}") for number in range(8_000)]
    upload = sent(world, client_id, a_camt054(a_deposit(*payments)))
    world.work(jobs=jobs_with(world, RF_READ_MEMORY_MB="8"))
    found = as_it_is(world, upload)
    assert (found.status, found.faults[0].reason) == (REFUSED, "FILE_TOO_COMPLEX")
    assert world.told(upload.upload_id) == ["UploadRefused"]


def test_a_file_whose_object_is_lost_is_refused_so_that_it_can_be_sent_again(world: World, upload: uploads_pb2.Upload):
    world.minio.remove_object(world.bucket, f"uploads/{upload.upload_id}")
    for _ in range(3):
        world.hurry()
        world.work()
    found = as_it_is(world, upload)
    assert (found.status, found.faults[0].reason) == (REFUSED, "FILE_UNREADABLE")
    world.put(f"uploads/{upload.upload_id}", b"x")


def test_a_store_that_is_away_delays_the_reading(world: World, upload: uploads_pb2.Upload):
    world.work(jobs=jobs_with(world, RF_S3_ENDPOINT="http://127.0.0.1:1"))
    assert as_it_is(world, upload).status == RECEIVED
    assert STORE_AWAY.total_seconds() > 0
    world.hurry()
    world.work()
    found = as_it_is(world, upload)
    assert (found.status, found.payment_count) == (uploads_pb2.UPLOAD_STATUS_PARSED, 1)


def test_a_job_that_is_done_twice_has_one_effect(world: World, upload: uploads_pb2.Upload):
    world.work()
    world.repeat_jobs(upload.upload_id)
    world.work()
    assert world.told(upload.upload_id) == ["UploadParsed"]
    assert len(world.user(UUID(upload.client_id)).get(upload).rows) == 1


def test_the_request_ids_of_strangers_do_not_meet(world: World):
    first, second, request_id = uuid4(), uuid4(), str(uuid4())
    server, _ = world.serve(RF_READ_WAIT_S="0")
    one = world.user(first, server=server).send(first, a_bgmax(), request_id=request_id)
    other = world.user(second, server=server).send(second, a_bgmax(), request_id=request_id)
    server.stop()
    assert one.upload_id != other.upload_id
