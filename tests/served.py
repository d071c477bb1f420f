"""All services served by this process: real databases, real gRPC servers, real tokens, and each other as neighbours.

For tests that ask something of every RPC there is. What works on events and jobs does not run, and there is no broker.
"""

import importlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from sqlalchemy import Connection, create_engine, text

from chassis import settings
from chassis.database import Database
from chassis.event_service import served_events
from chassis.jobs import Worker
from chassis.permissions import Permission, bitmap
from chassis.process import House, Parts
from chassis.rpc_server import MAX_MESSAGE_BYTES, RpcServer
from chassis.tokens import LIFETIME_S, SERVICES, Caller, CallerKind, Signer, Verifier
from deploy.local.objects import ObjectStore
from deploy.local.topology import HOST, Seat, free_ports
from tests.stack import ROOT, Databases, ServiceDatabase

NOT_OF_A_CLIENT = ("audit_entry", "request", "job")
"""Tables that note who asked for what, not what a client has."""
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
    opened: Mapping[str, Database]
    parts: Mapping[str, Parts]
    signer: Signer
    environments: Mapping[str, Mapping[str, str]]  # of each service

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

    @property
    def targets(self) -> Mapping[str, str]:
        """Where each service answers."""
        return {service: environment["RF_GRPC_LISTEN"] for service, environment in self.environments.items()}

    def content_of(self, client_id: str) -> dict[str, str]:
        """A fingerprint of what each table of each service holds of a client."""
        found: dict[str, str] = {}
        for service, database in self.databases.items():
            engine = create_engine(database.verify_url)
            with engine.connect() as connection:
                found |= {f"{service} {name}": mark for name, mark in _content(connection, client_id)}
            engine.dispose()
        return found

    def verify(self) -> dict[str, str]:
        """What each service's `verify` finds wrong."""
        running = {
            service: subprocess.Popen(
                Seat(service, "verify").command,
                env={**os.environ, **environment, "RF_VERIFY_SAMPLE": "0"},
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for service, environment in self.environments.items()
        }
        said = {service: process.communicate()[0] for service, process in running.items()}
        return {service: said[service][-2_000:] for service, process in running.items() if process.returncode != 0}

    def expired_token(self) -> str:
        """One that ended a minute ago."""
        return self.token(CallerKind.SERVICE, everywhere=Permission, lifetime_s=-LIFETIME_S)


def _content(connection: Connection, client_id: str) -> Iterator[tuple[str, str]]:
    columns = text("""
        SELECT table_name::text FROM information_schema.columns
          JOIN information_schema.tables USING (table_name, table_schema)
         WHERE column_name = 'client_id' AND table_schema = 'public' AND table_type = 'BASE TABLE'
         ORDER BY table_name
    """)
    for (name,) in connection.execute(columns).all():
        if name not in NOT_OF_A_CLIENT:
            mark = "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
            rows = text(f"SELECT {mark} FROM {name} t WHERE client_id = :id")
            yield name, str(connection.execute(rows, {"id": client_id}).scalar())


@contextmanager
def served(databases: Databases, store: ObjectStore, bucket: str, *, jobs: bool = False) -> Iterator[Served]:
    """Serve all of them on free ports until the end of the block; with ``jobs`` their jobs are worked off as well."""
    ports = free_ports()
    addresses = {service: f"{HOST}:{ports[f'{service}-serve/grpc']}" for service in SERVICES}
    common = {
        **{f"RF_{service.upper()}_TARGET": address for service, address in addresses.items()},
        "RF_S3_ENDPOINT": store.endpoint,
        "RF_S3_BUCKET": bucket,
        "RF_S3_ACCESS_KEY": store.access_key,
        "RF_S3_SECRET_KEY": store.secret_key,
    }
    stored: dict[str, ServiceDatabase] = {}
    opened: dict[str, Database] = {}
    parts: dict[str, Parts] = {}
    channels: dict[str, grpc.Channel] = {}
    environments: dict[str, dict[str, str]] = {}
    rpcs: list[Rpc] = []
    with ExitStack() as at_the_end:
        for service in SERVICES:
            stored[service] = databases.fresh(service)
            at_the_end.callback(databases.postgres.drop_database, stored[service].name)
            app: Any = importlib.import_module(f"services.{service}.app")
            environments[service] = {**stored[service].env, **common, "RF_GRPC_LISTEN": addresses[service]}
            values = settings.read(app.Settings, environments[service])
            opened[service] = Database(service, values.database_url, pool_size=8)
            at_the_end.callback(opened[service].engine.dispose)
            parts[service] = app.build(House(service, values, opened[service]))
            at_the_end.callback(parts[service].close)
            all_of_it = [*parts[service].served, served_events(opened[service])]
            server = RpcServer(values.grpc_listen, Verifier(values.token_public_keys, service), all_of_it, threads=8)
            server.start()
            at_the_end.callback(server.stop)
            rpcs += [Rpc(service, method) for one in all_of_it for method in one.descriptor.methods]
            channels[service] = grpc.insecure_channel(
                addresses[service], [("grpc.max_send_message_length", 2 * MAX_MESSAGE_BYTES)]
            )
            at_the_end.callback(channels[service].close)
            if jobs and parts[service].jobs:
                worker = Worker(opened[service], parts[service].jobs, poll_s=0.1)
                worker.start()
                at_the_end.callback(worker.stop)
        signer = Signer(databases.house.keys.token_private_key)
        yield Served(tuple(rpcs), channels, stored, opened, parts, signer, environments)
