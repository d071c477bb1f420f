"""Wires the auth service: the only file that knows all of its layers."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from chassis import settings
from chassis.database import Database
from chassis.process import House, Parts
from chassis.rpc_server import Served
from chassis.settings import Secret
from chassis.tokens import Signer
from rf.auth.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    clients_pb2,
    clients_pb2_grpc,
    credentials_pb2,
    credentials_pb2_grpc,
    documents_pb2,
    documents_pb2_grpc,
    pins_pb2,
    pins_pb2_grpc,
    registration_pb2,
    registration_pb2_grpc,
    sessions_pb2,
    sessions_pb2_grpc,
    users_pb2,
    users_pb2_grpc,
)
from services.auth import jobs
from services.auth.api.accounts import AccountServicer
from services.auth.api.clients import ClientServicer
from services.auth.api.credentials import CredentialServicer
from services.auth.api.documents import DocumentServicer
from services.auth.api.pins import PinServicer
from services.auth.api.registration import RegistrationServicer
from services.auth.api.sessions import SessionServicer
from services.auth.api.users import UserServicer
from services.auth.mail import Post
from services.auth.usecases import installation
from services.auth.usecases.hashing import PasswordHasher
from services.auth.usecases.registration import RESET_JOB
from services.auth.usecases.secret_maker import SecretMaker


@dataclass(frozen=True, kw_only=True)
class Settings(settings.Service):
    """What auth needs beside what every service needs."""

    token_private_key: Path  # JWK that signs tokens; nobody else has it
    credentials_dir: Path  # <name>.secret of each service and of the gateway
    base_url: str = "http://localhost:8080"  # where people reach the web: links in letters begin so
    smtp_host: str = "localhost"
    smtp_port: int = 25
    smtp_security: str = "none"  # or starttls, or tls
    smtp_user: str = ""
    smtp_password: Secret = field(default_factory=lambda: Secret(""))
    mail_from: str = "klientwebben@resultatfinans.example"


def build(house: House) -> Parts:
    """The servicers."""
    values = cast("Settings", house.settings)
    signer, secrets = Signer(values.token_private_key), SecretMaker(values.token_private_key)
    hasher = PasswordHasher()
    post = Post(
        values.smtp_host,
        values.smtp_port,
        values.smtp_security,
        values.smtp_user,
        values.smtp_password,
        values.mail_from,
    )
    return Parts(
        served=[
            Served(
                sessions_pb2_grpc.add_SessionServiceServicer_to_server,
                SessionServicer(house.database, hasher, signer, secrets),
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
            Served(
                accounts_pb2_grpc.add_AccountServiceServicer_to_server,
                AccountServicer(house.database, hasher, secrets),
                accounts_pb2.DESCRIPTOR.services_by_name["AccountService"],
            ),
            Served(
                registration_pb2_grpc.add_RegistrationServiceServicer_to_server,
                RegistrationServicer(house.database, hasher, secrets),
                registration_pb2.DESCRIPTOR.services_by_name["RegistrationService"],
            ),
            Served(
                pins_pb2_grpc.add_PinServiceServicer_to_server,
                PinServicer(house.database, secrets),
                pins_pb2.DESCRIPTOR.services_by_name["PinService"],
            ),
        ],
        jobs={RESET_JOB: jobs.send_reset_links(post, values.base_url)},
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
