"""The database itself keeps the books: whole, balanced, never changed; and `verify` finds what is wrong."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.database import violated
from services.ledger import verify
from tests.component.ledger.world import Desk, World, a_printed

VOUCHER = """
INSERT INTO voucher (client_id, id, series, year, number, kind, booking_date, posting_count)
VALUES (:client, :id, 'F', 2026, :number, 'INVOICE', '2026-11-24', :count)
"""
POSTING = """
INSERT INTO posting (client_id, voucher_id, place, account, amount_minor, currency, currency_minor)
SELECT :client, :id, ord, '1510', amount, 'SEK', amount
  FROM unnest(CAST(:amounts AS bigint[])) WITH ORDINALITY AS a (amount, ord)
"""
BOTH = f"WITH v AS ({VOUCHER}) {POSTING}"


def book(world: World, client_id: UUID, statement: str, number: int = 1, voucher: UUID | None = None, **values) -> None:
    with world.database.system([client_id]) as tx:
        tx.execute(text(statement), {"client": client_id, "id": voucher or uuid4(), "number": number, **values})


def test_a_balanced_voucher_is_booked(world: World, client_id: UUID):
    book(world, client_id, BOTH, amounts=[100, -60, -40], count=3)


@pytest.mark.parametrize("amounts", [[100, -99], [1, 1], [-5]])
def test_an_unbalanced_voucher_is_refused(world: World, client_id: UUID, amounts):
    with pytest.raises(IntegrityError) as error:
        book(world, client_id, BOTH, amounts=amounts, count=max(len(amounts), 2))
    assert violated(error.value) == "voucher_balances"


def test_a_voucher_without_postings_is_refused(world: World, client_id: UUID):
    with pytest.raises(IntegrityError) as error:
        book(world, client_id, VOUCHER, count=2)
    assert violated(error.value) == "voucher_has_postings"


def test_postings_without_a_voucher_are_refused(world: World, client_id: UUID):
    with pytest.raises(IntegrityError) as error:
        book(world, client_id, POSTING, amounts=[1, -1])
    assert violated(error.value) == "voucher_balances"


@pytest.mark.parametrize("more", [[5, -5], [100, -60, -40]])
def test_nothing_is_added_to_a_voucher_afterwards(world: World, client_id: UUID, more):
    voucher = uuid4()
    book(world, client_id, BOTH, amounts=[100, -60, -40], count=3, voucher=voucher)
    late = POSTING.replace("ord,", "ord + 3,", 1)
    with pytest.raises(IntegrityError) as error:
        book(world, client_id, late, voucher=voucher, amounts=more)
    assert violated(error.value) == "voucher_balances"


@pytest.mark.parametrize("table", ["voucher", "posting", "receipt", "invoice_row", "invoice_history", "allocation"])
def test_what_is_booked_is_neither_changed_nor_removed(
    world: World, table: str, desk: Desk, client_id: UUID, customer: str
):
    desk.invoice(client_id, a_printed(client_id, customer))
    for statement in (f"UPDATE {table} SET client_id = client_id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
            book(world, client_id, statement)


def test_not_even_the_owner_of_the_tables_changes_a_voucher(world: World, desk: Desk, client_id: UUID, customer: str):
    desk.invoice(client_id, a_printed(client_id, customer))
    owner = create_engine(world.owner_url)
    for statement in ("UPDATE posting SET amount_minor = 0", "DELETE FROM voucher"):
        with owner.begin() as connection:
            connection.execute(text("SELECT set_config('app.everywhere', 'on', true)"))
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(statement))
    owner.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "open_minor = open_minor + 1",
        "open_minor = -open_minor, credited_minor = 2 * total_minor",
        "open_minor = 0, credited_minor = total_minor",
    ],
)
def test_an_open_amount_stays_within_its_original(
    world: World, desk: Desk, client_id: UUID, customer: str, change: str
):
    desk.invoice(client_id, a_printed(client_id, customer))
    with pytest.raises(IntegrityError) as error:
        book(world, client_id, f"UPDATE invoice SET {change} WHERE client_id = :client")
    assert violated(error.value).startswith("invoice_")


TAMPERED = {
    "open amount is not what the allocations leave": (
        "UPDATE invoice SET open_minor = open_minor - 1, credited_minor = credited_minor + 1"
    ),
    "receivable account does not agree with an invoice": "UPDATE invoice SET open_sek_minor = open_sek_minor - 1",
    "receivable account does not agree with the ledger": "UPDATE invoice SET open_sek_minor = open_sek_minor - 1",
    "invoice series has a gap": "UPDATE counter SET next = next + 1 WHERE series = 'invoice'",
    "voucher counter is not past its series": "UPDATE counter SET next = next + 1 WHERE series LIKE 'voucher F %'",
    "journal is approved without a receipt": "UPDATE journal SET approved_at = NULL, approved_by = NULL",
    "receipt chain does not end where its head says": "UPDATE receipt_head SET number = 7",
    "what was approved is not what receipt 1 was signed for": "UPDATE journal_item SET amount_minor = 1",
    "voucher does not balance or is not whole": "UPDATE posting SET amount_minor = amount_minor # 4 WHERE place = 1",
    "postings of a client do not sum to zero": "UPDATE posting SET amount_minor = amount_minor # 4 WHERE place = 2",
    "posting without a voucher": "UPDATE posting SET voucher_id = uuidv7() WHERE place = 1",
    "voucher series has a gap": "UPDATE voucher SET number = number # 8",
}


@pytest.mark.parametrize("finding", TAMPERED)
def test_verify_finds_what_was_tampered_with(world: World, desk: Desk, client_id: UUID, customer: str, finding: str):
    desk.invoice(client_id, a_printed(client_id, customer))
    owner = create_engine(world.owner_url)
    with owner.connect() as connection:
        connection.execute(text("SELECT set_config('app.everywhere', 'on', false)"))
        for table in ("voucher", "posting"):  # as if the disk had done it, or somebody who may do everything
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        assert [one for one in verify.check(connection) if str(client_id) in one] == []
        joined = " AND " if "WHERE" in TAMPERED[finding] else " WHERE "
        connection.execute(text(f"{TAMPERED[finding]}{joined}client_id = :client"), {"client": client_id})
        assert any(finding in one and str(client_id) in one for one in verify.check(connection))
        connection.rollback()
    owner.dispose()
