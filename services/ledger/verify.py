"""Recomputes the books from what they are made of; run by ``make verify`` with the role that sees all clients.

Each check names an invariant of the ledger and finds the rows that break it. A healthy ledger has no findings.
"""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import Connection, text

from chassis import verifying
from services.ledger.domain.receipts import content_hash, faults_in_chain
from services.ledger.storage import receipts
from services.ledger.storage.journals import item_content

MOST_SHOWN = 20

CHECKS: dict[str, str] = {
    "voucher does not balance or is not whole": """
        SELECT v.client_id, v.series || ' ' || v.number AS what
          FROM voucher v LEFT JOIN posting p ON p.client_id = v.client_id AND p.voucher_id = v.id
         GROUP BY v.client_id, v.id, v.series, v.number, v.posting_count
        HAVING coalesce(sum(p.amount_minor), 1) <> 0 OR count(p.place) <> v.posting_count
    """,
    "posting without a voucher": """
        SELECT p.client_id, p.voucher_id::text AS what FROM posting p
         WHERE NOT EXISTS (SELECT FROM voucher v WHERE v.client_id = p.client_id AND v.id = p.voucher_id)
    """,
    "postings of a client do not sum to zero": """
        SELECT client_id, sum(amount_minor)::text AS what FROM posting GROUP BY client_id HAVING sum(amount_minor) <> 0
    """,
    "voucher series has a gap": """
        SELECT client_id, series || ' ' || year AS what FROM voucher GROUP BY client_id, series, year
        HAVING min(number) <> 1 OR max(number) <> count(*)
    """,
    "voucher counter is not past its series": """
        SELECT v.client_id, v.series || ' ' || v.year AS what FROM voucher v
          LEFT JOIN counter c ON c.client_id = v.client_id AND c.series = 'voucher ' || v.series || ' ' || v.year
         GROUP BY v.client_id, v.series, v.year, c.next HAVING c.next IS DISTINCT FROM max(v.number) + 1
    """,
    "invoice series has a gap": """
        SELECT c.client_id, (c.next - t.first_invoice_number - count(DISTINCT i.number))::text AS what
          FROM counter c JOIN client_terms t ON t.client_id = c.client_id
          LEFT JOIN invoice i ON i.client_id = c.client_id AND i.number ~ '^[1-9][0-9]{0,17}$'
               AND i.number::bigint >= t.first_invoice_number AND i.number::bigint < c.next
         WHERE c.series = 'invoice'
         GROUP BY c.client_id, c.next, t.first_invoice_number
        HAVING count(DISTINCT i.number) < c.next - t.first_invoice_number
    """,
    "open amount is not what the allocations leave": """
        WITH taken AS (
            SELECT client_id, invoice_id AS id, sum(amount_minor) AS minor, sum(amount_sek_minor) AS sek,
                   sum(amount_minor) FILTER (WHERE kind IN ('CREDIT', 'FINAL', 'REVERSAL')) AS credited
              FROM allocation GROUP BY client_id, invoice_id
        ), used AS (
            SELECT client_id, credit_invoice_id AS id, sum(amount_minor) AS minor, sum(credit_sek_minor) AS sek
              FROM allocation WHERE credit_invoice_id IS NOT NULL GROUP BY client_id, credit_invoice_id
        )
        SELECT i.client_id, i.number AS what
          FROM invoice i
          LEFT JOIN taken t ON t.client_id = i.client_id AND t.id = i.id
          LEFT JOIN used u ON u.client_id = i.client_id AND u.id = i.id
         WHERE i.open_minor <> i.total_minor - coalesce(t.minor, 0) + coalesce(u.minor, 0)
            OR i.open_sek_minor <> i.total_sek_minor - coalesce(t.sek, 0) + coalesce(u.sek, 0)
            OR i.credited_minor <> coalesce(t.credited, 0) - coalesce(u.minor, 0)
    """,
    "receivable account does not agree with an invoice": """
        SELECT i.client_id, i.number AS what
          FROM invoice i
          JOIN account_mapping m ON m.client_id = i.client_id AND m.use = 'receivable'
          LEFT JOIN posting p ON p.client_id = i.client_id AND p.invoice_id = i.id AND p.account = m.account
         GROUP BY i.client_id, i.id, i.number, i.open_sek_minor
        HAVING coalesce(sum(p.amount_minor), 0) <> i.open_sek_minor
    """,
    "receivable account does not agree with the ledger": """
        SELECT m.client_id, m.account AS what
          FROM account_mapping m
         WHERE m.use = 'receivable'
           AND coalesce((SELECT sum(p.amount_minor) FROM posting p
                          WHERE p.client_id = m.client_id AND p.account = m.account), 0)
            <> coalesce((SELECT sum(i.open_sek_minor) FROM invoice i WHERE i.client_id = m.client_id), 0)
    """,
    "rows of an invoice do not add up to its net": """
        SELECT i.client_id, i.number AS what
          FROM invoice i JOIN invoice_row r ON r.client_id = i.client_id AND r.invoice_id = i.id
         GROUP BY i.client_id, i.id, i.number, i.net_minor, i.fee_minor
        HAVING sum(r.net_minor) + i.fee_minor <> i.net_minor
    """,
    "row without an invoice": """
        SELECT r.client_id, r.invoice_id::text AS what FROM invoice_row r
         WHERE NOT EXISTS (SELECT FROM invoice i WHERE i.client_id = r.client_id AND i.id = r.invoice_id)
    """,
    "payment is not what became of it": """
        WITH placed AS (
            SELECT client_id, payment_id, sum(amount_minor) AS minor FROM allocation
             WHERE kind = 'PAYMENT' GROUP BY client_id, payment_id
        ), cases AS (
            SELECT client_id, payment_id, sum(amount_minor) AS minor FROM case_payment
             WHERE overpayment_id IS NULL GROUP BY client_id, payment_id
        ), cleared AS (
            SELECT client_id, payment_id, sum(amount_minor) FILTER (WHERE kind <> 'PLACE') AS minor FROM clearing
             WHERE overpayment_id IS NULL GROUP BY client_id, payment_id
        )
        SELECT p.client_id, p.id::text AS what
          FROM payment p
          LEFT JOIN placed a ON a.client_id = p.client_id AND a.payment_id = p.id
          LEFT JOIN cases c ON c.client_id = p.client_id AND c.payment_id = p.id
          LEFT JOIN cleared l ON l.client_id = p.client_id AND l.payment_id = p.id
         WHERE CASE WHEN p.reversed_by IS NULL THEN p.allocated_minor ELSE 0 END <> coalesce(a.minor, 0)
            OR p.for_case_minor <> coalesce(c.minor, 0)
            OR p.cleared_minor <> coalesce(l.minor, 0)
            OR p.amount_minor
            <> p.allocated_minor + p.for_case_minor + p.overpaid_minor + p.unplaced_minor + p.cleared_minor
    """,
    "overpayment is not what its clearings leave": """
        SELECT o.client_id, o.id::text AS what
          FROM overpayment o LEFT JOIN clearing c ON c.client_id = o.client_id AND c.overpayment_id = o.id
         GROUP BY o.client_id, o.id, o.amount_minor, o.remaining_minor
        HAVING o.remaining_minor <> o.amount_minor - coalesce(sum(c.amount_minor), 0)
    """,
    "accounts of overpayments and unplaced payments do not agree with a payment": """
        WITH control AS (
            SELECT client_id, use, account FROM account_mapping WHERE use IN ('overpayment', 'unplaced')
        ), open_items AS (
            SELECT i.client_id, i.payment_id, m.account, sum(i.minor) AS minor
              FROM (SELECT client_id, id AS payment_id, 'unplaced' AS use, unplaced_minor AS minor FROM payment
                     WHERE reversed_by IS NULL
                     UNION ALL SELECT client_id, payment_id, 'overpayment', remaining_minor FROM overpayment
                     WHERE reversed_by IS NULL) AS i
              JOIN control m ON m.client_id = i.client_id AND m.use = i.use
             GROUP BY i.client_id, i.payment_id, m.account
        ), booked AS (
            SELECT p.client_id, p.payment_id, p.account, -sum(p.currency_minor) AS minor, sum(p.amount_minor) AS sek
              FROM posting p
             WHERE p.payment_id IS NOT NULL
               AND EXISTS (SELECT FROM control m WHERE m.client_id = p.client_id AND m.account = p.account)
             GROUP BY p.client_id, p.payment_id, p.account
        )
        SELECT client_id, payment_id::text || ' ' || account AS what
          FROM open_items o FULL JOIN booked b USING (client_id, payment_id, account)
         WHERE coalesce(o.minor, 0) <> coalesce(b.minor, 0) OR coalesce(o.minor, 0) = 0 AND coalesce(b.sek, 0) <> 0
    """,
    "receivable account moved otherwise than its open items on a day": """
        WITH items AS (
            SELECT client_id, day, sum(minor) AS minor
              FROM (SELECT client_id, booking_date AS day, total_sek_minor AS minor FROM invoice
                     UNION ALL SELECT client_id, booking_date, -amount_sek_minor FROM allocation
                     UNION ALL SELECT client_id, booking_date, credit_sek_minor FROM allocation
                                WHERE credit_sek_minor IS NOT NULL) AS moved
             GROUP BY client_id, day
        ), booked AS (
            SELECT p.client_id, v.booking_date AS day, sum(p.amount_minor) AS minor
              FROM posting p
              JOIN account_mapping m ON m.client_id = p.client_id AND m.account = p.account AND m.use = 'receivable'
              JOIN voucher v ON v.client_id = p.client_id AND v.id = p.voucher_id
             GROUP BY p.client_id, v.booking_date
        )
        SELECT client_id, day::text AS what FROM items i FULL JOIN booked b USING (client_id, day)
         WHERE coalesce(i.minor, 0) <> coalesce(b.minor, 0)
    """,
    "overpayments are not what payments and cases left over": """
        WITH noted AS (
            SELECT client_id, payment_id, sum(amount_minor) AS minor FROM overpayment GROUP BY client_id, payment_id
        ), cases AS (
            SELECT client_id, payment_id, sum(surplus_minor) AS minor FROM case_payment GROUP BY client_id, payment_id
        )
        SELECT p.client_id, p.id::text AS what
          FROM payment p
          LEFT JOIN noted o ON o.client_id = p.client_id AND o.payment_id = p.id
          LEFT JOIN cases c ON c.client_id = p.client_id AND c.payment_id = p.id
         WHERE coalesce(o.minor, 0) <> p.overpaid_minor + coalesce(c.minor, 0)
    """,
    "settlement of a case is not what was allocated": """
        SELECT c.client_id, c.id::text AS what
          FROM case_payment c
          LEFT JOIN allocation a ON a.client_id = c.client_id AND a.case_payment_id = c.id
         GROUP BY c.client_id, c.id, c.capital_minor
        HAVING coalesce(sum(a.amount_minor), 0) <> coalesce(c.capital_minor, 0)
    """,
    "mirrored voucher is not its mirror": """
        SELECT m.client_id, m.series || ' ' || m.number AS what
          FROM voucher m
          LEFT JOIN posting n ON n.client_id = m.client_id AND n.voucher_id = m.id
          LEFT JOIN posting o ON o.client_id = m.client_id AND o.voucher_id = m.reverses AND o.place = n.place
         WHERE m.reverses IS NOT NULL
         GROUP BY m.client_id, m.id, m.series, m.number, m.posting_count
        HAVING count(*) FILTER (WHERE o.account = n.account AND o.amount_minor = -n.amount_minor
                                  AND o.currency_minor = -n.currency_minor AND o.currency = n.currency
                                  AND o.invoice_id IS NOT DISTINCT FROM n.invoice_id
                                  AND o.payment_id IS NOT DISTINCT FROM n.payment_id) <> m.posting_count
    """,
    "undone journal has a voucher that is not mirrored, or mirrors another's": """
        SELECT u.client_id, u.number::text AS what
          FROM journal u
          JOIN voucher v ON v.client_id = u.client_id AND v.journal_id IN (u.id, u.reverses)
         WHERE u.reverses IS NOT NULL
         GROUP BY u.client_id, u.id, u.number
        HAVING array_agg(v.id ORDER BY v.id) FILTER (WHERE v.journal_id = u.reverses)
            IS DISTINCT FROM array_agg(v.reverses ORDER BY v.reverses) FILTER (WHERE v.journal_id = u.id)
    """,
    "undone journal left something of what it made": """
        SELECT u.client_id, u.number::text AS what
          FROM journal u
          LEFT JOIN invoice i ON i.client_id = u.client_id AND i.journal_id = u.reverses
          LEFT JOIN payment p ON p.client_id = u.client_id AND p.journal_id = u.reverses
         WHERE u.reverses IS NOT NULL
           AND (i.id IS NOT NULL AND (i.open_minor <> 0 OR i.paid_minor <> 0 OR i.reversed_by IS DISTINCT FROM u.id
                                      OR (i.revoked_at IS NOT NULL) <> (u.reversal = 'REVOCATION'))
                OR p.id IS NOT NULL AND p.reversed_by IS DISTINCT FROM u.id)
         GROUP BY u.client_id, u.number
    """,
    "invoice or payment is reversed by no journal": """
        SELECT o.client_id, o.id::text AS what
          FROM (SELECT client_id, id, journal_id, reversed_by FROM invoice
                 UNION ALL SELECT client_id, id, journal_id, reversed_by FROM payment) AS o
         WHERE o.reversed_by IS NOT NULL
           AND NOT EXISTS (SELECT FROM journal u WHERE u.client_id = o.client_id AND u.id = o.reversed_by
                            AND u.reverses = o.journal_id)
    """,
    "final invoice is not what it lists": """
        SELECT f.client_id, f.number AS what
          FROM invoice f
          LEFT JOIN allocation a ON a.client_id = f.client_id AND a.final_invoice_id = f.id
         WHERE f.kind = 'S'
         GROUP BY f.client_id, f.id, f.number, f.total_minor, f.reversed_by
        HAVING coalesce(sum(a.amount_minor), 0) <> CASE WHEN f.reversed_by IS NULL THEN f.total_minor ELSE 0 END
            OR count(*) FILTER (WHERE f.reversed_by IS NULL AND NOT EXISTS (
                   SELECT FROM invoice i WHERE i.client_id = a.client_id AND i.id = a.invoice_id
                    AND i.final_invoiced_by = f.id AND i.open_minor = 0)) > 0
    """,
    "booked into a closed period": """
        SELECT v.client_id, v.series || ' ' || v.number AS what
          FROM closed_period c
          JOIN voucher v ON v.client_id = c.client_id AND v.booking_date >= c.month
               AND v.booking_date < c.month + interval '1 month' AND v.registered_at > c.closed_at
    """,
    "journal is approved without a receipt": """
        SELECT j.client_id, j.number::text AS what
          FROM journal j LEFT JOIN receipt r ON r.client_id = j.client_id AND r.journal_id = j.id
         WHERE (j.approved_at IS NOT NULL) <> (r.number IS NOT NULL)
    """,
    "receipt chain does not end where its head says": """
        SELECT h.client_id, h.number::text AS what
          FROM receipt_head h LEFT JOIN receipt r ON r.client_id = h.client_id AND r.number = h.number
         WHERE h.number > 0 AND h.hash IS DISTINCT FROM r.hash
            OR h.number <> (SELECT count(*) FROM receipt c WHERE c.client_id = h.client_id)
    """,
}


_CONTENTS = """
SELECT r.client_id, r.number, r.content_hash, i.id, i.position, i.payload, i.currency, i.amount_minor
  FROM receipt r
  LEFT JOIN journal_item i ON i.client_id = r.client_id AND i.journal_id = r.journal_id
 ORDER BY r.client_id, r.number, i.position
"""


def check(connection: Connection) -> list[str]:
    """What is wrong with the books of all clients; empty when nothing is. Reads only."""
    findings = [
        f"{title}: {row.what} (client {row.client_id})"
        for title, statement in CHECKS.items()
        for row in connection.execute(text(f"SELECT * FROM ({statement}) AS found LIMIT {MOST_SHOWN}"))
    ]
    return [*findings, *_chains(connection), *_contents(connection)]


def _chains(connection: Connection) -> Iterator[str]:
    for client_id, chain in groupby(receipts.every(connection), key=lambda receipt: receipt.client_id):
        for fault in faults_in_chain(list(chain)):
            yield f"{fault} (client {client_id})"


def _contents(connection: Connection) -> Iterator[str]:
    """The items of an approved journal are kept, and are still what its receipt was signed for."""
    rows = connection.execute(text(_CONTENTS).execution_options(yield_per=1000))
    for (client_id, number), items in groupby(rows, key=lambda row: (row.client_id, row.number)):
        kept = list(items)
        found = content_hash(item_content(i) for i in kept if i.id is not None)
        if found != bytes(kept[0].content_hash):
            yield f"what was approved is not what receipt {number} was signed for (client {client_id})"


def main() -> int:
    """The exit code of the command: 0 when everything agrees."""
    return verifying.run("ledger", check)
