"""ClientService."""

import grpc

from chassis import paging
from chassis.database import Database, Tx
from rf.auth.v1 import clients_pb2, clients_pb2_grpc
from services.auth.api import to_proto
from services.auth.usecases import clients


class ClientServicer(clients_pb2_grpc.ClientServiceServicer):
    """The clients as tenants."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def CreateClient(
        self, request: clients_pb2.CreateClientRequest, context: grpc.ServicerContext
    ) -> clients_pb2.CreateClientResponse:
        asked = request.client

        def create(tx: Tx) -> clients_pb2.CreateClientResponse:
            stored = clients.create(tx, asked.client_id, asked.number, asked.name, asked.organisation_number)
            return clients_pb2.CreateClientResponse(client=to_proto.client(stored))

        return self._database.once(request, clients_pb2.CreateClientResponse, create)

    def UpdateClient(
        self, request: clients_pb2.UpdateClientRequest, context: grpc.ServicerContext
    ) -> clients_pb2.UpdateClientResponse:
        asked = request.client

        def update(tx: Tx) -> clients_pb2.UpdateClientResponse:
            stored = clients.update(
                tx,
                asked.client_id,
                asked.name,
                own_users=asked.manages_own_users,
                second_factor=asked.second_factor_for_approval,
            )
            return clients_pb2.UpdateClientResponse(client=to_proto.client(stored))

        return self._database.once(request, clients_pb2.UpdateClientResponse, update)

    def ListClients(
        self, request: clients_pb2.ListClientsRequest, context: grpc.ServicerContext
    ) -> clients_pb2.ListClientsResponse:
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [int])
        with self._database.read() as tx:
            found = clients.visible(tx, int(key[0]) if key else 0, size + 1)
        return clients_pb2.ListClientsResponse(
            clients=[to_proto.client(one) for one in found[:size]],
            next_page_token=paging.token(found[size - 1].number) if len(found) > size else "",
        )
