"""CredentialService."""

import grpc

from chassis import calls, paging
from chassis.database import Database, Tx
from chassis.tokens import Signer
from chassis.wire import to_uuid
from rf.auth.v1 import credentials_pb2, credentials_pb2_grpc
from services.auth.api import to_proto
from services.auth.usecases import credentials
from services.auth.usecases.secret_maker import SecretMaker


class CredentialServicer(credentials_pb2_grpc.CredentialServiceServicer):
    """Names and secrets of services and internal systems."""

    def __init__(self, database: Database, signer: Signer, secrets: SecretMaker) -> None:
        self._database = database
        self._signer = signer
        self._secrets = secrets

    def ExchangeCredential(
        self, request: credentials_pb2.ExchangeCredentialRequest, context: grpc.ServicerContext
    ) -> credentials_pb2.ExchangeCredentialResponse:
        token, lifetime_s = credentials.exchange(
            self._database, self._signer, request.name, request.secret, request.audience
        )
        return credentials_pb2.ExchangeCredentialResponse(access_token=token, expires_in_seconds=lifetime_s)

    def CreateCredential(
        self, request: credentials_pb2.CreateCredentialRequest, context: grpc.ServicerContext
    ) -> credentials_pb2.CreateCredentialResponse:
        caller = calls.caller()
        credential = credentials.checked(caller, request.name, request.client_ids, request.permissions)
        secret = self._secrets.secret(caller.subject, to_uuid(request.request_id, "request_id"), credential.name)

        def create(tx: Tx) -> credentials_pb2.CreateCredentialResponse:
            credentials.create(tx, credential, secret)
            return credentials_pb2.CreateCredentialResponse()  # what is kept for a repeat; without the secret

        self._database.once(request, credentials_pb2.CreateCredentialResponse, create)
        return credentials_pb2.CreateCredentialResponse(secret=secret)

    def ListCredentials(
        self, request: credentials_pb2.ListCredentialsRequest, context: grpc.ServicerContext
    ) -> credentials_pb2.ListCredentialsResponse:
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        with self._database.read() as tx:
            found = credentials.page(tx, str(key[0]) if key else "", size + 1)
        return credentials_pb2.ListCredentialsResponse(
            credentials=[to_proto.credential(one) for one in found[:size]],
            next_page_token=paging.token(found[size - 1].name) if len(found) > size else "",
        )

    def DisableCredential(
        self, request: credentials_pb2.DisableCredentialRequest, context: grpc.ServicerContext
    ) -> credentials_pb2.DisableCredentialResponse:
        def disable(tx: Tx) -> credentials_pb2.DisableCredentialResponse:
            credentials.disable(tx, request.name)
            return credentials_pb2.DisableCredentialResponse()

        return self._database.once(request, credentials_pb2.DisableCredentialResponse, disable)
