"""Two clients see nothing of each other, whatever they ask."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from chassis import platform_tables
from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from rf.ledger.v1 import customers_pb2, invoices_pb2, journals_pb2, terms_pb2
from services.ledger.storage.tables import RLS_EXEMPT
from tests.component.ledger.world import Desk, World, a_printed


@pytest.fixture
def stranger(world: World) -> Desk:
    """A user with all rights, of another client."""
    return world.user(world.client())


def test_a_stranger_finds_nothing(world: World, desk: Desk, client_id: UUID, customer: str, stranger: Desk):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    waiting = desk.register(client_id, a_printed(client_id, customer))
    here: dict[str, Any] = {"client_id": str(client_id)}
    once = {"request_id": str(uuid4()), **here}
    journal: dict[str, Any] = {"journal_id": waiting.journal.journal_id}
    item = {"item_id": waiting.item_ids[0], **journal}
    attempts = [
        lambda: stranger.look(invoice.line.invoice_id),
        lambda: stranger.look(invoice.line.invoice_id, client_id),
        lambda: stranger.search(client_ids=[str(client_id)]),
        lambda: stranger.hand_over(invoice.line),
        lambda: stranger.preview(a_printed(client_id, customer)),
        lambda: stranger.register(client_id, a_printed(client_id, customer)),
        lambda: stranger.approve(waiting.journal),
        lambda: stranger.journals.GetJournal(journals_pb2.GetJournalRequest(**here, **journal)),
        lambda: stranger.journals.RemoveItem(journals_pb2.RemoveItemRequest(**once, **item)),
        lambda: stranger.journals.GetReceipt(journals_pb2.GetReceiptRequest(**here, **journal)),
        lambda: stranger.journals.ListOpenJournals(journals_pb2.ListOpenJournalsRequest(client_ids=[str(client_id)])),
        lambda: stranger.customers.GetCustomer(
            customers_pb2.GetCustomerRequest(**here, customer_id=invoice.line.customer_id)
        ),
        lambda: stranger.customers.LookUpCustomers(customers_pb2.LookUpCustomersRequest(**here, query=customer)),
        lambda: stranger.terms.GetTerms(terms_pb2.GetTermsRequest(**here)),
    ]
    for attempt in attempts:
        with pytest.raises(RemoteError, match="NOT_FOUND"):
            attempt()
    assert stranger.search().total_count == 0
    assert desk.approve(waiting.journal).item_count == 1


def test_a_strangers_ids_under_ones_own_client_are_unknown(desk: Desk, client_id: UUID, customer: str, world: World):
    theirs = world.client()
    stranger = world.user(theirs)
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    waiting = desk.register(client_id, a_printed(client_id, customer)).journal
    waiting.client_id = str(theirs)
    with pytest.raises(RemoteError, match="NOT_FOUND"):
        stranger.approve(waiting)
    invoice.line.client_id = str(theirs)
    with pytest.raises(RemoteError, match="NOT_FOUND"):
        stranger.hand_over(invoice.line)
    with pytest.raises(RemoteError, match="UNKNOWN_CUSTOMER"):
        stranger.preview(a_printed(theirs, customer))


def test_a_reader_changes_nothing(world: World, desk: Desk, client_id: UUID, customer: str):
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    journal = desk.register(client_id, a_printed(client_id, customer)).journal
    assert reader.search().total_count == 1
    for attempt in (
        lambda: reader.register(client_id, a_printed(client_id, customer)),
        lambda: reader.approve(journal),
        lambda: reader.hand_over(invoice.line),
        lambda: reader.journals.ListOpenJournals(journals_pb2.ListOpenJournalsRequest()),
    ):
        with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
            attempt()


def test_the_database_itself_shows_only_the_clients_of_the_transaction(
    world: World, desk: Desk, client_id: UUID, customer: str
):
    desk.invoice(client_id, a_printed(client_id, customer))
    tables = [
        name
        for (name,) in world.rows(
            "SELECT table_name::text FROM information_schema.columns WHERE column_name = 'client_id' "
            "AND table_schema = 'public' AND table_name <> ALL(:platform)",
            platform=[*platform_tables.RLS_EXEMPT, *RLS_EXEMPT],
        )
    ]
    assert len(tables) >= 20
    stranger = world.client()
    for clients in ([stranger], []):
        with world.database.system(clients) as tx:
            for table in tables:
                count = tx.execute(
                    text(f"SELECT count(*) FROM {table} WHERE client_id = :id"), {"id": client_id}
                ).scalar()
                assert count == 0, table


@pytest.mark.parametrize("table", ["customer_words", "invoice_words"])
def test_words_to_search_by_are_granted_to_nobody(world: World, client_id: UUID, table: str):
    with pytest.raises(ProgrammingError, match="permission denied"), world.database.system([client_id]) as tx:
        tx.execute(text(f"SELECT count(*) FROM {table}"))


def test_bad_ids_are_refused(desk: Desk):
    for bad in ("", "x", "1234"):
        with pytest.raises(RemoteError, match="INVALID_INPUT"):
            desk.invoices.GetInvoice(invoices_pb2.GetInvoiceRequest(invoice_id=bad))
