"""All services served by this process: real databases, real gRPC servers, real tokens, and each other as neighbours.

For tests that ask something of every RPC there is. What works on events and jobs does not run, and there is no broker.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis import settings
from chassis.database import Database
from chassis.event_service import served_events
from chassis.permissions import Permission, bitmap
from chassis.process import House
from chassis.rpc_server import MAX_MESSAGE_BYTES, RpcServer
from chassis.tokens import LIFETIME_S, SERVICES, Caller, CallerKind, Signer, Verifier
from deploy.local.objects import ObjectStore
from deploy.local.topology import HOST, free_ports
from tests.stack import Databases, ServiceDatabase

A_TEST_LONG = 3600  # seconds that a test's token lives


@dataclass(frozen=True)
class Rpc:
    """One method of one service, and how it is called without its generated stub."""

    service: str
    method: MethodDescriptor

    @property
    def path(self) -> str:
        """As in the call: `/rf.ledger.v1.JournalService/ApproveJournal`."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def request_type(self) -> type[Message]:
        return GetMessageClass(self.method.input_type)

    @property
    def response_type(self) -> type[Message]:
        return GetMessageClass(self.method.output_type)

    def __str__(self) -> str:
        return f"{self.service} {self.method.containing_service.name}.{self.method.name}"


@dataclass(frozen=True)
class Served:
    """The services as they run here."""

    rpcs: tuple[Rpc, ...]
    channels: Mapping[str, grpc.Channel]
    databases: Mapping[str, ServiceDatabase]
    signer: Signer

    def call(self, rpc: Rpc, requests: Iterable[bytes], token: str | None, timeout_s: float) -> Iterator[Message]:
        """Send bytes as they are. On the wire a single message is a stream of one, so this fits every method.

        Raises grpc.RpcError while it is read.
        """
        send: grpc.StreamStreamMultiCallable[bytes, Message] = self.channels[rpc.service].stream_stream(
            rpc.path, request_serializer=None, response_deserializer=rpc.response_type.FromString
        )
        metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        yield from send(iter(list(requests)), timeout=timeout_s, metadata=metadata)

    def token(
        self,
        kind: CallerKind,
        clients: Mapping[UUID, Iterable[Permission]] | None = None,
        everywhere: Iterable[Permission] = (),
        audience: Iterable[str] = SERVICES,
        lifetime_s: int = A_TEST_LONG,
    ) -> str:
        """A token as auth would sign it."""
        rights = {client_id: bitmap(permissions) for client_id, permissions in (clients or {}).items()}
        caller = Caller(str(uuid4()), "somebody", kind, rights, bitmap(everywhere))
        return self.signer.sign(caller, list(audience), lifetime_s)

    def expired_token(self) -> str:
        """One that ended a minute ago."""
        return self.token(CallerKind.SERVICE, everywhere=Permission, lifetime_s=-LIFETIME_S)


@contextmanager
def served(databases: Databases, store: ObjectStore, bucket: str) -> Iterator[Served]:
    """Serve all of them on free ports until the end of the block."""
    ports = free_ports()
    addresses = {service: f"{HOST}:{ports[f'{service}-serve/grpc']}" for service in SERVICES}
    with ExitStack() as at_the_end:
        stored = {service: databases.fresh(service) for service in SERVICES}
        for one in stored.values():
            at_the_end.callback(databases.postgres.drop_database, one.name)
        common = {
            **{f"RF_{service.upper()}_TARGET": address for service, address in addresses.items()},
            "RF_S3_ENDPOINT": store.endpoint,
            "RF_S3_BUCKET": bucket,
            "RF_S3_ACCESS_KEY": store.access_key,
            "RF_S3_SECRET_KEY": store.secret_key,
        }
        rpcs: list[Rpc] = []
        channels: dict[str, grpc.Channel] = {}
        for service in SERVICES:
            environment = {**stored[service].env, **common, "RF_GRPC_LISTEN": addresses[service]}
            rpcs += _serve(service, environment, at_the_end)
            channels[service] = grpc.insecure_channel(
                addresses[service], [("grpc.max_send_message_length", 2 * MAX_MESSAGE_BYTES)]
            )
            at_the_end.callback(channels[service].close)
        yield Served(tuple(rpcs), channels, stored, Signer(databases.house.keys.token_private_key))


def _serve(service: str, environment: Mapping[str, str], at_the_end: ExitStack) -> list[Rpc]:
    """Start one service as its own `serve` would, and say what it answers."""
    app: Any = importlib.import_module(f"services.{service}.app")
    values = settings.read(app.Settings, environment)
    database = Database(service, values.database_url, pool_size=8)
    at_the_end.callback(database.engine.dispose)
    parts = app.build(House(service, values, database))
    at_the_end.callback(parts.close)
    all_of_it = [*parts.served, served_events(database)]
    server = RpcServer(values.grpc_listen, Verifier(values.token_public_keys, service), all_of_it, threads=8)
    server.start()
    at_the_end.callback(server.stop)
    return [Rpc(service, method) for one in all_of_it for method in one.descriptor.methods]
