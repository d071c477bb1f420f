"""Wires the auth service: the only file that knows all of its layers."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from chassis import settings
from chassis.database import Database
from chassis.process import House, Parts
from chassis.rpc_server import Served
from chassis.tokens import Signer
from rf.auth.v1 import (
    clients_pb2,
    clients_pb2_grpc,
    credentials_pb2,
    credentials_pb2_grpc,
    documents_pb2,
    documents_pb2_grpc,
    sessions_pb2,
    sessions_pb2_grpc,
    users_pb2,
    users_pb2_grpc,
)
from services.auth.api.clients import ClientServicer
from services.auth.api.credentials import CredentialServicer
from services.auth.api.documents import DocumentServicer
from services.auth.api.sessions import SessionServicer
from services.auth.api.users import UserServicer
from services.auth.usecases import installation
from services.auth.usecases.credentials import SecretMaker
from services.auth.usecases.hashing import PasswordHasher


@dataclass(frozen=True, kw_only=True)
class Settings(settings.Service):
    """What auth needs beside what every service needs."""

    token_private_key: Path  # JWK that signs tokens; nobody else has it
    credentials_dir: Path  # <name>.secret of each service and of the gateway


def build(house: House) -> Parts:
    """The servicers."""
    values = cast("Settings", house.settings)
    signer, secrets = Signer(values.token_private_key), SecretMaker(values.token_private_key)
    hasher = PasswordHasher()
    return Parts(
        served=[
            Served(
                sessions_pb2_grpc.add_SessionServiceServicer_to_server,
                SessionServicer(house.database, hasher, signer),
                sessions_pb2.DESCRIPTOR.services_by_name["SessionService"],
            ),
            Served(
                credentials_pb2_grpc.add_CredentialServiceServicer_to_server,
                CredentialServicer(house.database, signer, secrets),
                credentials_pb2.DESCRIPTOR.services_by_name["CredentialService"],
            ),
            Served(
                clients_pb2_grpc.add_ClientServiceServicer_to_server,
                ClientServicer(house.database),
                clients_pb2.DESCRIPTOR.services_by_name["ClientService"],
            ),
            Served(
                users_pb2_grpc.add_UserServiceServicer_to_server,
                UserServicer(house.database, hasher),
                users_pb2.DESCRIPTOR.services_by_name["UserService"],
            ),
            Served(
                documents_pb2_grpc.add_DocumentServiceServicer_to_server,
                DocumentServicer(house.database),
                documents_pb2.DESCRIPTOR.services_by_name["DocumentService"],
            ),
        ]
    )


def prepare(values: settings.Service) -> None:
    """After each migrate: the services' credentials, and a first-run token while there is no administrator."""
    own = cast("Settings", values)
    database = Database("auth", own.database_url, pool_size=1)
    try:
        installation.register_credentials(database, own.credentials_dir, demo=own.demo)
        token = None if own.demo else installation.new_first_run_token(database)
    finally:
        database.engine.dispose()
    if token is not None:
        sys.stdout.write(
            "\n  There is no administrator yet. Make the first one with this token; it works once,\n"
            f"  and the next migrate replaces it:\n\n      {token}\n\n"
        )
        sys.stdout.flush()
