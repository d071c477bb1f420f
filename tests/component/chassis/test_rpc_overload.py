"""Streams that nobody reads to their end leave the other calls their threads."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.bulkhead import Overloaded
from chassis.rpc_client import Neighbour
from chassis.rpc_errors import RemoteError
from chassis.rpc_server import RpcServer, Served
from chassis.tokens import Caller, CallerKind, Verifier
from kernel.errors import Kind
from rf.files.v1 import archive_pb2, archive_pb2_grpc, uploads_pb2, uploads_pb2_grpc
from tests.component.chassis.world import signed_by

THREADS = 4
REQUEST = archive_pb2.FetchDocumentRequest()


class Held(archive_pb2_grpc.ArchiveServiceServicer, uploads_pb2_grpc.UploadServiceServicer):
    """Answers a stream's first piece, and the next one when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def FetchDocument(self, request: object, context: object) -> Iterator[archive_pb2.FetchDocumentResponse]:  # noqa: N802
        yield archive_pb2.FetchDocumentResponse()
        self.go.wait(20)
        yield archive_pb2.FetchDocumentResponse()

    def StoreDocument(self, request_iterator: object, context: object) -> archive_pb2.StoreDocumentResponse:  # noqa: N802
        raise NotImplementedError

    def SendFile(self, request_iterator: object, context: object) -> uploads_pb2.SendFileResponse:  # noqa: N802
        raise NotImplementedError

    def GetUpload(self, request: object, context: object) -> uploads_pb2.GetUploadResponse:  # noqa: N802
        raise NotImplementedError

    def AcceptUpload(self, request: object, context: object) -> uploads_pb2.AcceptUploadResponse:  # noqa: N802
        raise NotImplementedError

    def ListUploads(self, request: object, context: object) -> uploads_pb2.ListUploadsResponse:  # noqa: N802
        return uploads_pb2.ListUploadsResponse()


class House:
    """A server of four threads, and its neighbours."""

    def __init__(self, folder: Path) -> None:
        signer, public = signed_by(folder)
        caller = Caller(str(uuid4()), "Frida", CallerKind.CLIENT_USER, {})
        self.token = signer.sign(caller, ["hearing"], 60)
        self.servicer = Held()
        served = [
            Served(
                archive_pb2_grpc.add_ArchiveServiceServicer_to_server,
                self.servicer,
                archive_pb2.DESCRIPTOR.services_by_name["ArchiveService"],
            ),
            Served(
                uploads_pb2_grpc.add_UploadServiceServicer_to_server,
                self.servicer,
                uploads_pb2.DESCRIPTOR.services_by_name["UploadService"],
            ),
        ]
        self.server = RpcServer("127.0.0.1:0", Verifier(public, "hearing"), served, THREADS)
        self.server.start()

    def neighbour(self, places: int | None = None) -> Neighbour:
        return Neighbour("hearing", f"127.0.0.1:{self.server.port}", lambda: self.token, 10.0, places)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.servicer.go.set()
    made.server.stop()


def begin(stub: archive_pb2_grpc.ArchiveServiceStub) -> Iterator[archive_pb2.FetchDocumentResponse]:
    """A stream whose first piece has come."""
    responses = iter(stub.FetchDocument(REQUEST))
    next(responses)
    return responses


def test_streams_take_half_of_the_threads_at_most(house: House) -> None:
    neighbour = house.neighbour()
    archive = neighbour.stub(archive_pb2_grpc.ArchiveServiceStub)
    uploads = neighbour.stub(uploads_pb2_grpc.UploadServiceStub)
    reading = [begin(archive) for _ in range(THREADS // 2)]
    with pytest.raises(RemoteError) as refused:
        begin(archive)
    assert (refused.value.reason, refused.value.kind) == (Overloaded.reason, Kind.EXHAUSTED)
    uploads.ListUploads(uploads_pb2.ListUploadsRequest())
    house.servicer.go.set()
    for responses in reading:
        assert len(list(responses)) == 1
    assert len(list(archive.FetchDocument(REQUEST))) == 2


def test_a_neighbour_that_hangs_takes_only_its_places_of_whoever_asks(house: House) -> None:
    archive = house.neighbour(places=1).stub(archive_pb2_grpc.ArchiveServiceStub)
    reading = begin(archive)
    with pytest.raises(Overloaded):
        next(iter(archive.FetchDocument(REQUEST)))
    house.servicer.go.set()
    assert len(list(reading)) == 1
    assert len(list(archive.FetchDocument(REQUEST))) == 2


def test_a_stream_that_is_left_gives_its_place_back(house: House) -> None:
    archive = house.neighbour(places=1).stub(archive_pb2_grpc.ArchiveServiceStub)
    begin(archive).close()  # type: ignore[attr-defined]
    begin(archive)
