"""Wires the service: the only file that knows all its layers."""

from dataclasses import dataclass

from chassis import settings
from chassis.process import House, Parts
from chassis.rpc_server import Served
from rf.files.v1 import archive_pb2, archive_pb2_grpc
from services.files.api.archive import ArchiveServicer
from services.files.storage.objects import ObjectStore
from services.files.usecases.archive import SETTLE, Archive


@dataclass(frozen=True)
class Settings(settings.Service):
    """Read from the environment; the README lists them."""

    ledger_target: str = ""
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""

    def object_store(self) -> ObjectStore:
        """The bucket that they name."""
        return ObjectStore(self.s3_endpoint, self.s3_bucket, self.s3_access_key, self.s3_secret_key)


def build(house: House) -> Parts:
    """The parts of the service."""
    values: Settings = house.settings
    objects = values.object_store()
    archive = Archive(house.database, objects)
    return Parts(
        served=[
            Served(
                archive_pb2_grpc.add_ArchiveServiceServicer_to_server,
                ArchiveServicer(archive),
                archive_pb2.DESCRIPTOR.services_by_name["ArchiveService"],
            )
        ],
        jobs={SETTLE: archive.settle},
        checks={"object store": objects.health},
        close=objects.close,
    )
