"""Wires the collection service: the only file that knows all its layers."""

from dataclasses import dataclass

from chassis import settings
from chassis.process import House, Parts
from chassis.rpc_server import Served
from rf.collection.v1 import (
    cases_pb2,
    cases_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
    officers_pb2,
    officers_pb2_grpc,
)
from rf.ledger.v1 import invoices_pb2_grpc
from services.collection import events, jobs
from services.collection.api.cases import CaseServicer
from services.collection.api.messages import MessageServicer
from services.collection.api.officers import OfficerServicer
from services.collection.usecases.rates import SETTLE_WAITING
from services.collection.usecases.registering import FETCH_DEBTOR


@dataclass(frozen=True, kw_only=True)
class Settings(settings.Service):
    """What this service needs beside what every service does."""

    ledger_target: str


def build(house: House) -> Parts:
    """The service's parts."""
    ledger = house.as_service("ledger").stub(invoices_pb2_grpc.InvoiceServiceStub)
    return Parts(
        served=[
            Served(
                cases_pb2_grpc.add_CaseServiceServicer_to_server,
                CaseServicer(house.database),
                cases_pb2.DESCRIPTOR.services_by_name["CaseService"],
            ),
            Served(
                officers_pb2_grpc.add_OfficerServiceServicer_to_server,
                OfficerServicer(house.database),
                officers_pb2.DESCRIPTOR.services_by_name["OfficerService"],
            ),
            Served(
                messages_pb2_grpc.add_MessageServiceServicer_to_server,
                MessageServicer(house.database, ledger),
                messages_pb2.DESCRIPTOR.services_by_name["MessageService"],
            ),
        ],
        consumes={"ledger": events.FROM_LEDGER},
        jobs={FETCH_DEBTOR: jobs.fetch_debtor(ledger), SETTLE_WAITING: jobs.settle_waiting},
    )
