"""Forgetting what was built from events, so that the consumer builds it anew."""

FORGET = "TRUNCATE invoice_fact, case_fact, inbox, inbox_cursor, inbox_pending, inbox_position"
"""The read models, and the consumer's memory of what it has handled: it then asks its producers for every event.

Needs the role that owns the tables. Documents and jobs stay: a job is queued once per invoice, however often that is
told.
"""
