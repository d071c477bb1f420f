"""Wires the service: the only file that knows all its layers."""

from dataclasses import dataclass

from chassis import settings
from chassis.process import House, Parts
from chassis.rpc_server import Served
from rf.files.v1 import archive_pb2, archive_pb2_grpc, uploads_pb2, uploads_pb2_grpc
from services.files.api.archive import ArchiveServicer
from services.files.api.uploads import UploadServicer
from services.files.neighbours.ledger import Ledger
from services.files.reader.apart import Limits
from services.files.storage.objects import ObjectStore
from services.files.usecases.accepting import Accepting
from services.files.usecases.archive import SETTLE, Archive
from services.files.usecases.parsing import PARSE, Parsing
from services.files.usecases.sending import Sending
from services.files.usecases.uploads import Uploads


@dataclass(frozen=True)
class Settings(settings.Service):
    """Read from the environment; the README lists them."""

    ledger_target: str = ""
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""
    read_wait_s: int = 2
    read_cpu_s: int = 120
    read_memory_mb: int = 2048

    def object_store(self) -> ObjectStore:
        """The bucket that they name."""
        return ObjectStore(self.s3_endpoint, self.s3_bucket, self.s3_access_key, self.s3_secret_key)


def build(house: House) -> Parts:
    """The parts of the service."""
    values: Settings = house.settings
    objects = values.object_store()
    archive = Archive(house.database, objects)
    ledger = Ledger(house.as_caller("ledger", timeout_s=20))
    parsing = Parsing(objects, Limits(values.read_cpu_s, values.read_memory_mb * 1024**2))
    servicer = UploadServicer(
        Sending(house.database, objects, values.read_wait_s),
        Uploads(house.database, ledger),
        Accepting(house.database, ledger),
    )
    return Parts(
        served=[
            Served(
                archive_pb2_grpc.add_ArchiveServiceServicer_to_server,
                ArchiveServicer(archive),
                archive_pb2.DESCRIPTOR.services_by_name["ArchiveService"],
            ),
            Served(
                uploads_pb2_grpc.add_UploadServiceServicer_to_server,
                servicer,
                uploads_pb2.DESCRIPTOR.services_by_name["UploadService"],
            ),
        ],
        jobs={SETTLE: archive.settle, PARSE: parsing.parse},
        checks={"object store": objects.health},
        close=objects.close,
    )
