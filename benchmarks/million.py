"""Fills the ledger's tables with invoices by set-based SQL: a million in about two minutes.

They are whole: customers, rows, vouchers that balance, payments of every other one, receipts in their chains, events in
the outbox (published already). `verify` of the ledger agrees with them. What is missing is what waited in the journals
before they were approved: receipts sign journals without items.

Of N invoices and N / 5 customers the first client has half, the other clients share the rest, so that one client with
very many and many with few are both there.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row

from chassis.business_day import today
from chassis.ids import uuid7
from chassis.wire import from_date, money
from rf.ledger.v1 import events_pb2, invoices_pb2, journals_pb2
from services.ledger.domain import receipts
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.receipts import Receipt
from services.ledger.usecases.invoicing import CHUNK

IN_JOURNAL = 1_000
PER_CUSTOMER = 5
_LOADED = (
    *("customer", "customer_address", "customer_words", "invoice", "invoice_row", "invoice_history", "invoice_words"),
    *("voucher", "posting", "payment", "allocation"),
)
_KEPT_BY_TRIGGERS = ("customer", "customer_address", "invoice")  # the words that they are found by

Told = tuple[UUID, UUID, UUID, int, bytes]
"""An event: its id, client, journal, running number, payload."""

_PAYERS = """
CREATE TEMP TABLE payers AS
SELECT c.id AS client_id, CASE WHEN c.place = 1 THEN greatest(%(all)s::bigint / 2, 20)
                               ELSE greatest(%(all)s::bigint / 2 / %(others)s::bigint, 20) END AS count,
       coalesce((SELECT max(number::bigint) FROM customer o WHERE o.client_id = c.id), 0) AS known
  FROM unnest(%(clients)s::uuid[]) WITH ORDINALITY AS c (id, place)
"""
_NAMES = """
SELECT p.client_id, k, (ARRAY['Alva','Bo','Cecilia','Dag','Eva','Filip','Greta','Hugo','Ines','Jon','Karin','Love',
       'Maj','Nils','Olga','Per','Rut'])[1 + (k % 17)::int] || ' ' ||
       (ARRAY['Ahlgren','Bergström','Ceder','Dahl','Ek','Forsman','Gran','Holm','Ivarsson','Jansson','Kvist','Lund',
       'Moberg','Norling','Olsson','Palm','Quist','Rosén','Sund','Toll'])[1 + (k % 20)::int] || ' ' || k AS name
  FROM payers p CROSS JOIN LATERAL generate_series(p.known + 1, p.count) AS k
"""
_CUSTOMERS = f"""
INSERT INTO customer (client_id, id, number, number_key, kind, name, sort_key, id_number, email, phone,
                      protected_identity)
SELECT client_id, uuidv7(), k, lpad(length(k::text)::text, 2, '0') || k || ' ' || k, 'COMPANY', name,
       replace(lower(name), ' ', '!') || ' ' || name, '', '', '', false
  FROM ({_NAMES}) AS n
"""
_ADDRESSES = """
INSERT INTO customer_address (client_id, customer_id, valid_from, care_of, street, postcode, town, country_code,
                              changed_by)
SELECT client_id, id, DATE '2025-01-01', '', 'Storgatan ' || number, '1' || lpad(right(number, 4), 4, '0'),
       'Stockholm', 'SE', 'seed' FROM customer c
 WHERE NOT EXISTS (SELECT FROM customer_address a WHERE a.client_id = c.client_id AND a.customer_id = c.id)
"""
# one row per invoice: place in its client (from 1), customer, days and amounts
_SEED = """
CREATE TEMP TABLE seed AS
WITH spread AS (
    SELECT n, CASE WHEN n %% 2 = 0 THEN 1 ELSE 2 + (n / 2) %% %(others)s::bigint END AS place
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), numbered AS (
    SELECT n, (%(clients)s::uuid[])[place] AS client_id, row_number() OVER (PARTITION BY place ORDER BY n) AS k
      FROM spread
), placed AS (
    SELECT s.n, s.client_id, s.k + coalesce(g.last, 0) AS k, (hashint8(s.n) & 1073741823) AS dice
      FROM numbered s LEFT JOIN gone g USING (client_id)
)
SELECT n, client_id, k, p.count AS payers, uuidv7() AS id, uuidv7() AS voucher_id, 400 * (1 + dice %% 25000) AS net,
       500 * (1 + dice %% 25000) AS total, (dice / 8) %% 2 = 0 AS paid, uuidv7() AS payment_id,
       uuidv7() AS payment_voucher_id, dice, %(today)s::date - 5 - dice %% 540 AS day
  FROM placed JOIN payers p USING (client_id)
"""
_PAY_ORDER = """
ALTER TABLE seed ADD COLUMN p bigint;
UPDATE seed SET p = o.p + coalesce(g.paid, 0)
  FROM (SELECT n, client_id, row_number() OVER (PARTITION BY client_id ORDER BY n) AS p FROM seed WHERE paid) AS o
  LEFT JOIN gone g USING (client_id)
 WHERE o.n = seed.n;
ANALYZE seed
"""
_JOURNALS = """
CREATE TEMP TABLE bunch AS
SELECT client_id, kind, part, uuidv7() AS id, uuidv7() AS receipt FROM (
    SELECT DISTINCT client_id, 'INVOICES' AS kind, (k - 1) / {size} AS part FROM seed
    UNION ALL SELECT DISTINCT client_id, 'TRANSACTIONS', (p - 1) / {size} FROM seed WHERE paid) AS parts;
INSERT INTO journal (client_id, id, kind, number, owner, version, approved_at, approved_by)
SELECT b.client_id, b.id, b.kind,
       coalesce((SELECT max(number) FROM journal j WHERE j.client_id = b.client_id), 0)
         + row_number() OVER (PARTITION BY b.client_id ORDER BY b.kind, b.part), 'seed', 1, now(), 'seed'
  FROM bunch b;
ANALYZE bunch
"""
_LISTED = (
    """
    INSERT INTO invoice_row (client_id, invoice_id, place, text_only, article_number, description, quantity, unit,
        unit_price, discount_percent, vat_percent, net_minor)
    SELECT client_id, id, 1, false, 'A' || dice %% 499, 'Tjänst ' || dice %% 499, 1, 'st', net / 100, 0, 25, net
      FROM seed ORDER BY n
    """,
    """
    INSERT INTO invoice (client_id, id, number, number_key, kind, service, customer_id, customer_number,
        customer_number_key, customer_sort_key, invoice_date, payment_terms_days, due_date, currency, exchange_rate,
        net_minor, vat_minor, rounding_minor, total_minor, paid_minor, open_minor, total_sek_minor, open_sek_minor,
        vat_sums, ocr_number, your_reference, our_reference, subject, journal_id, voucher_id, booking_date,
        reminded_at, sent_to_collection_on, document_id, document_sha256)
    SELECT s.client_id, s.id, s.k, lpad(length(s.k::text)::text, 2, '0') || s.k || ' ' || s.k,
           CASE WHEN s.dice %% 50 = 7 THEN 'R' ELSE 'F' END,
           CASE WHEN s.dice %% 3 = 0 THEN 'INVOICING' ELSE 'LEDGER' END,
           c.id, c.number, c.number_key, c.sort_key, s.day, 30, s.day + 30, 'SEK', 1, s.net, s.total - s.net, 0,
           s.total, CASE WHEN s.paid THEN s.total ELSE 0 END, CASE WHEN s.paid THEN 0 ELSE s.total END,
           s.total, CASE WHEN s.paid THEN 0 ELSE s.total END,
           jsonb_build_array(jsonb_build_object('percent', 25, 'net_minor', s.net, 'vat_minor', s.total - s.net)),
           s.k::text, 'Inköp ' || s.dice %% 97, 'Säljare ' || s.dice %% 31, 'Avtal ' || s.dice %% 1009, b.id,
           s.voucher_id, %(today)s::date, CASE WHEN s.dice %% 10 = 0 THEN now() END,
           CASE WHEN s.dice %% 33 = 0 THEN %(today)s::date END, d.id, CASE WHEN d.id IS NOT NULL THEN sha256('') END
      FROM seed s JOIN bunch b ON b.client_id = s.client_id AND b.kind = 'INVOICES' AND b.part = (s.k - 1) / {size}
      JOIN customer c ON c.client_id = s.client_id AND c.number = (1 + s.dice %% s.payers)::text
     CROSS JOIN LATERAL (SELECT CASE WHEN s.dice %% 30 = 0 THEN uuidv7() END AS id) AS d
     ORDER BY s.n
    """,
)
_WRITE = (
    *_LISTED,
    """
    INSERT INTO invoice_history (client_id, invoice_id, id, booking_date, kind, amount_minor, by, voucher)
    SELECT client_id, id, uuidv7(), %(today)s::date, 'REGISTERED', total, 'seed', 'F ' || k FROM seed
    UNION ALL
    SELECT client_id, id, uuidv7(), %(today)s::date, 'PAYMENT', -total, 'seed', 'B ' || p FROM seed WHERE paid
    """,
    """
    INSERT INTO voucher (client_id, id, series, year, number, kind, booking_date, journal_id, posting_count)
    SELECT s.client_id, s.voucher_id, 'F', extract(year FROM %(today)s::date), s.k, 'INVOICE', %(today)s::date, b.id, 3
      FROM seed s JOIN bunch b ON b.client_id = s.client_id AND b.kind = 'INVOICES' AND b.part = (s.k - 1) / {size}
    UNION ALL
    SELECT s.client_id, s.payment_voucher_id, 'B', extract(year FROM %(today)s::date), s.p, 'PAYMENT',
           %(today)s::date, b.id, 2
      FROM seed s JOIN bunch b ON b.client_id = s.client_id AND b.kind = 'TRANSACTIONS' AND b.part = (s.p - 1) / {size}
     WHERE s.paid
    """,
    """
    INSERT INTO posting (client_id, voucher_id, place, account, amount_minor, invoice_id, payment_id, currency,
        currency_minor)
    SELECT s.client_id, v.voucher_id, v.place, v.account, v.amount, v.invoice_id, v.payment_id, 'SEK', v.amount
      FROM seed s CROSS JOIN LATERAL (VALUES
           (s.voucher_id, 1, '1510', s.total, s.id, NULL::uuid),
           (s.voucher_id, 2, '3001', -s.net, s.id, NULL),
           (s.voucher_id, 3, '2611', s.net - s.total, s.id, NULL),
           (s.payment_voucher_id, 1, '1684', s.total, NULL, s.payment_id),
           (s.payment_voucher_id, 2, '1510', -s.total, s.id, s.payment_id)
           ) AS v (voucher_id, place, account, amount, invoice_id, payment_id)
     WHERE s.paid OR v.payment_id IS NULL
    """,
    """
    INSERT INTO payment (client_id, id, bank_reference, amount_minor, currency, bank_date, booking_date, payer_name,
        payer_account, message, channel, verdict, allocated_minor, journal_id, voucher_id)
    SELECT s.client_id, s.payment_id, 'seed ' || s.p, s.total, 'SEK', %(today)s::date, %(today)s::date, '', '', '',
           'MANUAL', 'OCR', s.total, b.id, s.payment_voucher_id
      FROM seed s JOIN bunch b ON b.client_id = s.client_id AND b.kind = 'TRANSACTIONS' AND b.part = (s.p - 1) / {size}
     WHERE s.paid
    """,
    """
    INSERT INTO allocation (client_id, id, invoice_id, amount_minor, amount_sek_minor, kind, payment_id, voucher_id,
        booking_date)
    SELECT client_id, uuidv7(), id, total, total, 'PAYMENT', payment_id, payment_voucher_id, %(today)s::date
      FROM seed WHERE paid
    """,
    """
    INSERT INTO counter (client_id, series, next)
    SELECT client_id, series, next FROM (
        SELECT client_id, 'invoice' AS series, max(k) + 1 AS next FROM seed GROUP BY client_id
        UNION ALL SELECT client_id, 'voucher F ' || extract(year FROM %(today)s::date), max(k) + 1 FROM seed
                   GROUP BY client_id
        UNION ALL SELECT client_id, 'voucher B ' || extract(year FROM %(today)s::date), max(p) + 1 FROM seed
                   WHERE paid GROUP BY client_id
        UNION ALL SELECT client_id, 'journal', max(number) + 1 FROM journal GROUP BY client_id) AS c
    ON CONFLICT (client_id, series) DO UPDATE SET next = excluded.next
    """,
)
_MADE = """
SELECT b.client_id, b.id, b.kind, j.number, array_agg(s.id ORDER BY s.n) AS items,
       array_agg(i.customer_id ORDER BY s.n) AS customers, array_agg(s.day ORDER BY s.n) AS days,
       array_agg(s.total ORDER BY s.n) AS totals
  FROM bunch b JOIN journal j ON j.client_id = b.client_id AND j.id = b.id
  JOIN seed s ON s.client_id = b.client_id AND (s.k - 1) / {size} = b.part
  JOIN invoice i ON i.client_id = s.client_id AND i.id = s.id
 WHERE b.kind = 'INVOICES' GROUP BY b.client_id, b.id, b.kind, j.number
UNION ALL
SELECT b.client_id, b.id, b.kind, j.number, array_agg(s.payment_id ORDER BY s.n), NULL, NULL,
       array_agg(s.total ORDER BY s.n)
  FROM bunch b JOIN journal j ON j.client_id = b.client_id AND j.id = b.id
  JOIN seed s ON s.client_id = b.client_id AND (s.p - 1) / {size} = b.part AND s.paid
 WHERE b.kind = 'TRANSACTIONS' GROUP BY b.client_id, b.id, b.kind, j.number
 ORDER BY client_id, number
"""


def fill(connection: psycopg.Connection[Any], clients: Sequence[UUID], count: int, *, booked: bool = True) -> None:
    """Add invoices until there are ``count``. The clients have terms; the connection is a superuser's.

    What is not ``booked`` has customers and rows, but nothing of the books: for what only reads lists.
    """
    with connection.transaction():
        _rows(connection, clients, count, _WRITE if booked else _LISTED)
        if booked:
            _receipts_and_events(connection)
        connection.execute("DROP TABLE seed, bunch, gone, payers")
    connection.execute("VACUUM ANALYZE")


def _rows(connection: psycopg.Connection[Any], clients: Sequence[UUID], count: int, written: Sequence[str]) -> None:
    connection.execute("SET LOCAL session_replication_role = replica")  # nothing is checked: verify does it afterwards
    connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
    connection.execute("SET LOCAL work_mem = '128MB'")
    connection.execute("SET LOCAL cursor_tuple_fraction = 1")
    connection.execute("SET LOCAL enable_nestloop = off")  # the planner knows nothing of (k - 1) / 1000
    connection.execute(
        "CREATE TEMP TABLE gone AS SELECT client_id, count(*) AS last, count(*) FILTER (WHERE NOT is_open) AS paid"
        " FROM invoice WHERE client_id = ANY(%s) GROUP BY client_id",
        [list(clients)],
    )
    there = _number(connection, "SELECT coalesce(sum(last), 0) FROM gone")
    indexes = _drop_indexes(connection)
    connection.execute("SELECT set_config('app.everywhere', 'on', true)")  # what keeps words reads under policies
    for table in _KEPT_BY_TRIGGERS:
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER note_words")
    others = len(clients) - 1
    connection.execute(_PAYERS, {"clients": list(clients), "others": others, "all": count // PER_CUSTOMER})
    connection.execute(_CUSTOMERS)
    connection.execute(_ADDRESSES)
    connection.execute("ANALYZE payers")
    values = {"clients": list(clients), "others": others, "first": there + 1, "last": count, "today": today()}
    connection.execute(_SEED, values)
    connection.execute(_PAY_ORDER)
    connection.execute(_JOURNALS.format(size=IN_JOURNAL))
    connection.execute("ANALYZE customer")
    for statement in written:
        connection.execute(statement.format(size=IN_JOURNAL), {"today": today()})
    for table in _KEPT_BY_TRIGGERS:
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER note_words")
    for index in indexes:
        connection.execute(index)


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Drop the indexes that no constraint needs, and say how to make them again: loading goes twice as fast."""
    found = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary"
        "   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [list(_LOADED)],
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    return [str(definition) for _, definition in found]


def _receipts_and_events(connection: Any) -> None:
    found = connection.execute("SELECT client_id, number, hash FROM receipt_head").fetchall()
    heads: dict[UUID, tuple[int, bytes]] = {client_id: (number, bytes(head)) for client_id, number, head in found}
    written: list[Receipt] = []
    told: list[Told] = []
    with connection.cursor("made", row_factory=namedtuple_row) as journals:
        journals.itersize = 20
        for made in journals.execute(_MADE.format(size=IN_JOURNAL)):
            receipt = _receipt(heads.get(made.client_id, (0, b"")), made)
            heads[made.client_id] = (receipt.number, receipt.hash)
            written.append(receipt)
            if receipt.journal_kind is JournalKind.INVOICES:
                told += _events(receipt, made)
    with connection.cursor() as cursor:
        _write_receipts(cursor, written)
        _write_events(cursor, told)


def _receipt(head: tuple[int, bytes], made: Any) -> Receipt:
    number, previous = head
    unsigned = Receipt(
        client_id=made.client_id,
        number=number + 1,
        journal_id=made.id,
        journal_kind=JournalKind(made.kind),
        journal_number=made.number,
        approved_at=datetime.now(UTC),
        approved_by="seed",
        item_count=len(made.items),
        sums={"SEK": sum(made.totals)},
        item_ids=tuple(made.items),
        content_hash=receipts.content_hash([]),
        previous_hash=previous,
    )
    return replace(unsigned, hash=receipts.hash_of(unsigned))


def _events(receipt: Receipt, made: Any) -> list[Told]:
    """What the ledger tells of a journal."""
    invoices = [
        events_pb2.ApprovedInvoice(
            invoice_id=str(invoice_id),
            customer_id=str(customer_id),
            kind=invoices_pb2.INVOICE_KIND_INVOICE,
            service=invoices_pb2.SERVICE_KIND_LEDGER,
            invoice_date=from_date(day),
            due_date=from_date(day + timedelta(days=30)),
            total=money(total),
        )
        for invoice_id, customer_id, day, total in zip(made.items, made.customers, made.days, made.totals, strict=True)
    ]
    chunks = [invoices[start : start + CHUNK] for start in range(0, len(invoices), CHUNK)]
    return [
        (
            uuid7(),
            receipt.client_id,
            receipt.journal_id,
            place,
            events_pb2.JournalApproved(
                journal_id=str(receipt.journal_id),
                kind=journals_pb2.JOURNAL_KIND_INVOICES,
                chunk=place,
                chunk_count=len(chunks),
                booking_date=from_date(today()),
                receipt_hash=receipt.hash.hex(),
                invoices=chunk,
            ).SerializeToString(deterministic=True),
        )
        for place, chunk in enumerate(chunks, start=1)
    ]


def _write_receipts(cursor: psycopg.Cursor[Any], written: Sequence[Receipt]) -> None:
    columns = (
        "client_id, number, journal_id, journal_kind, journal_number, approved_at, approved_by, item_count, sums,"
        " item_ids, content_hash, previous_hash, hash"
    )
    with cursor.copy(f"COPY receipt ({columns}) FROM STDIN") as into:
        for one in written:
            into.write_row(
                (
                    *(one.client_id, one.number, one.journal_id, one.journal_kind.value, one.journal_number),
                    *(one.approved_at, one.approved_by, one.item_count, json.dumps(dict(one.sums))),
                    *(list(one.item_ids), one.content_hash, one.previous_hash, one.hash),
                )
            )
    cursor.execute(
        "INSERT INTO receipt_head (client_id, number, hash)"
        " SELECT DISTINCT ON (client_id) client_id, number, hash FROM receipt ORDER BY client_id, number DESC"
        " ON CONFLICT (client_id) DO UPDATE SET number = excluded.number, hash = excluded.hash"
    )


def _write_events(cursor: psycopg.Cursor[Any], told: Sequence[Told]) -> None:
    columns = "event_id, client_id, aggregate_id, seq, payload, aggregate_type, type, occurred_at, published_at"
    kind = events_pb2.JournalApproved.DESCRIPTOR.full_name
    now = datetime.now(UTC)
    with cursor.copy(f"COPY outbox ({columns}) FROM STDIN") as into:
        for event in told:
            into.write_row((*event, "journal", kind, now, now))


def _number(connection: psycopg.Connection[Any], query: str, *values: Sequence[UUID]) -> int:
    row = connection.execute(query, [list(value) for value in values]).fetchone()
    assert row is not None
    return int(row[0])
