"""Wires the ledger: the only file that knows all layers."""

from dataclasses import dataclass

from chassis import settings
from chassis.business_day import clock_time
from chassis.process import House, Parts
from chassis.rpc_server import Served
from rf.ledger.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    articles_pb2,
    articles_pb2_grpc,
    customer_overview_pb2,
    customer_overview_pb2_grpc,
    customer_search_pb2,
    customer_search_pb2_grpc,
    customers_pb2,
    customers_pb2_grpc,
    invoices_pb2,
    invoices_pb2_grpc,
    journals_pb2,
    journals_pb2_grpc,
    payments_pb2,
    payments_pb2_grpc,
    periods_pb2,
    periods_pb2_grpc,
    surplus_pb2,
    surplus_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
)
from services.ledger import events
from services.ledger.api.accounts import AccountServicer
from services.ledger.api.articles import ArticleServicer
from services.ledger.api.customer_overview import CustomerOverviewServicer
from services.ledger.api.customer_search import CustomerSearchServicer
from services.ledger.api.customers import CustomerServicer
from services.ledger.api.invoices import InvoiceServicer
from services.ledger.api.journals import JournalServicer
from services.ledger.api.payments import PaymentServicer
from services.ledger.api.periods import PeriodServicer
from services.ledger.api.surplus import SurplusServicer
from services.ledger.api.terms import TermsServicer

NIGHTLY_RUN = "18:00"
"""When the nightly run begins, in Stockholm: until then what was approved can be revoked."""


@dataclass(frozen=True)
class Settings(settings.Service):
    """Beside what every service needs: where those answer whose events the ledger hears, and when the night begins."""

    files_target: str = ""
    collection_target: str = ""
    nightly_run: str = NIGHTLY_RUN


def build(house: House) -> Parts:
    """The ledger's servicers and event handlers."""
    database = house.database
    return Parts(
        served=[
            Served(
                accounts_pb2_grpc.add_AccountServiceServicer_to_server,
                AccountServicer(database),
                accounts_pb2.DESCRIPTOR.services_by_name["AccountService"],
            ),
            Served(
                terms_pb2_grpc.add_TermsServiceServicer_to_server,
                TermsServicer(database),
                terms_pb2.DESCRIPTOR.services_by_name["TermsService"],
            ),
            Served(
                customers_pb2_grpc.add_CustomerServiceServicer_to_server,
                CustomerServicer(database),
                customers_pb2.DESCRIPTOR.services_by_name["CustomerService"],
            ),
            Served(
                articles_pb2_grpc.add_ArticleServiceServicer_to_server,
                ArticleServicer(database),
                articles_pb2.DESCRIPTOR.services_by_name["ArticleService"],
            ),
            Served(
                customer_overview_pb2_grpc.add_CustomerOverviewServiceServicer_to_server,
                CustomerOverviewServicer(database),
                customer_overview_pb2.DESCRIPTOR.services_by_name["CustomerOverviewService"],
            ),
            Served(
                journals_pb2_grpc.add_JournalServiceServicer_to_server,
                JournalServicer(database, clock_time(house.settings.nightly_run)),
                journals_pb2.DESCRIPTOR.services_by_name["JournalService"],
            ),
            Served(
                invoices_pb2_grpc.add_InvoiceServiceServicer_to_server,
                InvoiceServicer(database),
                invoices_pb2.DESCRIPTOR.services_by_name["InvoiceService"],
            ),
            Served(
                customer_search_pb2_grpc.add_CustomerSearchServiceServicer_to_server,
                CustomerSearchServicer(database),
                customer_search_pb2.DESCRIPTOR.services_by_name["CustomerSearchService"],
            ),
            Served(
                payments_pb2_grpc.add_PaymentServiceServicer_to_server,
                PaymentServicer(database),
                payments_pb2.DESCRIPTOR.services_by_name["PaymentService"],
            ),
            Served(
                periods_pb2_grpc.add_PeriodServiceServicer_to_server,
                PeriodServicer(database),
                periods_pb2.DESCRIPTOR.services_by_name["PeriodService"],
            ),
            Served(
                surplus_pb2_grpc.add_SurplusServiceServicer_to_server,
                SurplusServicer(database),
                surplus_pb2.DESCRIPTOR.services_by_name["SurplusService"],
            ),
        ],
        consumes=events.HANDLERS,
    )
