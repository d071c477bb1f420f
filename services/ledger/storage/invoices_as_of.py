"""Invoices and customers as they were on a day: FROM items with those columns that searches read. SQL.

What invoices owed, and which final invoice replaced them, is worked out from the dated allocations; that they were
printed or in a case is told by the dated history; due days and stops by what they were before the first later
change. Names, numbers and references are those of today. ``is_open`` stays what it is now: it says in which half of an
index a row is, and nothing else. What was revoked later stood there until then: whoever asks sees it (``see_revoked``).
"""

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from chassis.business_day import STOCKHOLM
from services.ledger.domain.criteria import AsOf

_INVOICES = """(
SELECT o.client_id, o.id, o.number, o.number_key, o.kind, o.service, o.customer_id, o.customer_number,
       o.customer_number_key, o.customer_sort_key, o.invoice_date, o.currency, o.total_minor, o.ocr_number,
       o.your_reference, o.our_reference, o.is_open, b.paid_minor, b.credited_minor, b.open_minor, n.*,
       coalesce(e.due_date_before, o.due_date) AS due_date, coalesce(e.stop_before, o.stop) AS stop,
       CASE WHEN e.id IS NULL THEN o.stop_until ELSE e.stop_until_before END AS stop_until,
       invoice_phase(o.kind, o.service, b.open_minor, b.paid_minor, b.credited_minor, n.document_id, n.reminded_at,
                     n.sent_to_collection_on, n.final_invoiced_by) AS phase
  FROM invoice o
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(a.amount_minor) FILTER (WHERE a.payment_id IS NOT NULL), 0)::bigint AS paid,
           coalesce(sum(a.amount_minor) FILTER (WHERE a.payment_id IS NULL), 0)::bigint AS less,
           CASE WHEN sum(a.amount_minor) FILTER (WHERE a.kind = 'FINAL') <> 0
                THEN (array_agg(a.final_invoice_id) FILTER (WHERE a.kind = 'FINAL'))[1] END AS final_invoiced_by
      FROM allocation a
     WHERE a.client_id = o.client_id AND a.invoice_id = o.id AND a.booking_date <= :day {and_known}
 ) AS t
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(a.amount_minor), 0)::bigint AS used FROM allocation a
     WHERE a.client_id = o.client_id AND a.credit_invoice_id = o.id AND a.booking_date <= :day {and_known}
 ) AS u
 CROSS JOIN LATERAL (
    SELECT t.paid AS paid_minor, t.less - u.used AS credited_minor,
           o.total_minor - t.paid - t.less + u.used AS open_minor
 ) AS b
 CROSS JOIN LATERAL (
    SELECT CASE WHEN 'DOCUMENT_ARCHIVED' = ANY(h.kinds) THEN o.document_id END AS document_id,
           CASE WHEN 'CASE_REGISTERED' = ANY(h.kinds) THEN o.case_number END AS case_number,
           t.final_invoiced_by,
           CASE WHEN o.reminded_at < :day_end THEN o.reminded_at END AS reminded_at,
           CASE WHEN o.sent_to_collection_on <= :day THEN o.sent_to_collection_on END AS sent_to_collection_on
      FROM (SELECT array_agg(h.kind) AS kinds FROM invoice_history h
             WHERE h.client_id = o.client_id AND h.invoice_id = o.id AND h.at < :day_end) AS h
 ) AS n
  LEFT JOIN LATERAL (
    SELECT e.id, e.due_date_before, e.stop_before, e.stop_until_before FROM invoice_change e
     WHERE e.client_id = o.client_id AND e.invoice_id = o.id AND (e.day > :day {or_changed}) ORDER BY e.id LIMIT 1
 ) AS e ON true
 WHERE o.booking_date <= :day {and_approved} AND (o.revoked_at IS NULL OR {not_yet_revoked})
)"""
_CUSTOMERS = """(
SELECT o.client_id, o.id, o.number, o.number_key, o.name, o.sort_key, o.protected_identity,
       coalesce(s.reminder_block, false) AS reminder_block, coalesce(s.collection_block, false) AS collection_block
  FROM customer o
  LEFT JOIN LATERAL (
    SELECT s.reminder_block, s.collection_block FROM customer_stop s
     WHERE s.client_id = o.client_id AND s.customer_id = o.id AND s.day <= :day {and_stopped} ORDER BY s.id DESC LIMIT 1
 ) AS s ON true
)"""


_BOOKED = {
    "and_known": "",
    "and_approved": "",
    "or_changed": "",
    "and_stopped": "",
    "not_yet_revoked": "EXISTS (SELECT FROM allocation r WHERE r.client_id = o.client_id AND r.invoice_id = o.id"
    " AND r.kind = 'REVERSAL' AND r.booking_date > :day)",
}
_LOOKED = {
    "and_known": "AND a.registered_at < :day_end",
    "and_approved": "AND o.approved_at < :day_end",
    "or_changed": "OR e.at >= :day_end",
    "and_stopped": "AND s.at < :day_end",
    "not_yet_revoked": "o.revoked_at >= :day_end",
}


@cache
def sources(*, as_it_looked: bool) -> tuple[str, str]:
    """The FROM items of invoices and customers, to be given an alias; their parameters are those of ``parameters``."""
    known = _LOOKED if as_it_looked else _BOOKED
    return _INVOICES.format(**known), _CUSTOMERS.format(**known)


def parameters(as_of: AsOf) -> dict[str, Any]:
    """The day, and the moment at which it ends in Stockholm."""
    return {"day": as_of.day, "day_end": datetime.combine(as_of.day + timedelta(days=1), time(), STOCKHOLM)}
