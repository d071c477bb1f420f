"""An event's way from the commit of its fact to the commit of the read model, while invoices are approved steadily.

Both times are PostgreSQL's own (``pg_xact_commit_timestamp``), of one server. The floor is nats-py alone with the same
messages at the same pace and the same server: from before the publish until the message has been fetched.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import nats
import psycopg
from nats.js import api

from benchmarks.approval import approve
from benchmarks.figures import ROUNDS, Figure, Goal, percentile
from benchmarks.stand import Client, Ledger, Stand
from chassis.business_day import today
from chassis.wire import from_date, money
from deploy.local import broker
from deploy.local.topology import Seat
from rf.ledger.v1 import invoices_pb2, journals_pb2

PER_S = 20
"""Journals approved a second: a moderate load, about a quarter of what this house does at most on two cores."""
SECONDS = 8
CALLERS = 4
PATIENCE_S = 60
BATCH = 100
WORKERS = (Seat("ledger", "work"), Seat("reports", "work"))

_COMMITTED = """
SELECT i.id, pg_xact_commit_timestamp(r.xmin) FROM invoice i JOIN receipt r USING (client_id, journal_id)
 WHERE client_id = ANY(%s)
"""
_READABLE = "SELECT invoice_id, pg_xact_commit_timestamp(xmin) FROM invoice_fact WHERE client_id = ANY(%s)"
_HANDLED = "SELECT count(*), count(DISTINCT event_id) FROM inbox WHERE consumer = 'reports'"
_TOLD = "SELECT o.payload FROM outbox o WHERE client_id = ANY(%s) AND aggregate_type = 'journal' LIMIT 1"


def events(stand: Stand, scale: float) -> list[Figure]:
    """Milliseconds from commit to read model, and what was lost or came twice."""
    stand.need(Seat("auth", "serve"), Seat("ledger", "serve"), *WORKERS)
    try:
        return _events(stand, max(SECONDS * scale, 2))
    finally:
        stand.stop(*WORKERS)


def _events(stand: Stand, seconds: float) -> list[Figure]:
    clients = [stand.client() for _ in range(CALLERS)]
    ids = [client.id for client in clients]
    desks = [(stand.ledger([client.id]), client) for client in clients]
    floors: list[float] = []
    approved = 0
    with stand.connect("ledger") as ledger, stand.connect("reports") as reports:
        warm = _steadily(desks, 2)
        _arrived(reports, ids, warm)
        for _ in range(ROUNDS):
            approved += _steadily(desks, seconds)
            _arrived(reports, ids, warm + approved)
            row = ledger.execute(_TOLD, [ids]).fetchone()
            assert row is not None
            floors += asyncio.run(_bare(stand, bytes(row[0]), seconds))
        committed: dict[UUID, datetime] = dict(ledger.execute(_COMMITTED, [ids]).fetchall())
        readable: dict[UUID, datetime] = dict(reports.execute(_READABLE, [ids]).fetchall())
        [(handled, different)] = reports.execute(_HANDLED).fetchall()
    first = sorted(committed.values())[warm - 1]
    lags = [
        (readable[one] - at) / timedelta(milliseconds=1)
        for one, at in committed.items()
        if one in readable and at > first
    ]
    lost = len(committed) - len(readable)
    twice = len(readable) - len(committed & readable.keys()) + handled - different
    note = f"{len(lags)} events, {PER_S} a second"
    return [
        Figure("commit to read model, median", "ms", median(lags), median(floors), Goal.NONE, 0, "bare nats-py"),
        Figure("commit to read model, p99", "ms", percentile(lags, 99), percentile(floors, 99), Goal.NONE),
        Figure("commit to read model, p99, itself", "ms", percentile(lags, 99), 0, Goal.AT_MOST, 1000, note),
        Figure("events lost", "", lost, 0, Goal.AT_MOST, 0),
        Figure("events with two effects", "", twice, 0, Goal.AT_MOST, 0),
    ]


# -- ours --------------------------------------------------------------------------------------------------------


def _steadily(desks: Sequence[tuple[Ledger, Client]], seconds: float) -> int:
    """Approve journals at the pace; says how many."""
    counts = [0] * len(desks)
    step = len(desks) / PER_S

    def keep_on(place: int) -> None:
        began = time.monotonic() + step * place / len(desks)
        while (at := began + counts[place] * step) < began + seconds:
            time.sleep(max(at - time.monotonic(), 0))
            ledger, client = desks[place]
            approve(ledger, _registered(ledger, client))
            counts[place] += 1

    threads = [threading.Thread(target=partial(keep_on, place)) for place in range(len(desks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _registered(ledger: Ledger, client: Client) -> journals_pb2.Journal:
    """An invoice that nobody prints: rendering it is another benchmark's matter."""
    draft = invoices_pb2.InvoiceDraft(
        client_id=str(client.id),
        service=invoices_pb2.SERVICE_KIND_LEDGER,
        kind=invoices_pb2.INVOICE_KIND_INVOICE,
        customer_number=client.customer,
        invoice_number=str(uuid4().int % 10**12),
        invoice_date=from_date(today()),
        payment_terms_days=30,
        currency_code="SEK",
        net=money(100_00),
        vat=money(25_00),
        total=money(125_00),
    )
    request = journals_pb2.RegisterInvoicesRequest(request_id=str(uuid4()), client_id=str(client.id), invoices=[draft])
    journal: journals_pb2.Journal = ledger.journals.RegisterInvoices(request).journal
    return journal


def _arrived(reports: psycopg.Connection[Any], clients: Sequence[UUID], count: int) -> None:
    """Wait until the read model knows them all; what has not come in a minute is lost."""
    until = time.monotonic() + PATIENCE_S
    query = "SELECT count(*) FROM invoice_fact WHERE client_id = ANY(%s)"
    while time.monotonic() < until:
        [(known,)] = reports.execute(query, [list(clients)]).fetchall()
        if known >= count:
            return
        time.sleep(0.1)


# -- the floor ---------------------------------------------------------------------------------------------------


async def _bare(stand: Stand, payload: bytes, seconds: float) -> list[float]:
    """Milliseconds of each message from publish to fetched, at the same pace."""
    client = await nats.connect(broker.url(stand.house.settings.ports["nats"]))
    try:
        js = client.jetstream()
        name = f"BARE{uuid4().hex[:8]}"
        await js.add_stream(api.StreamConfig(name=name, subjects=[f"bare.{name}"], storage=api.StorageType.FILE))
        subscription = await js.pull_subscribe(f"bare.{name}", durable="bare", stream=name)
        count = int(seconds * PER_S)
        sent: dict[str, float] = {}
        taken: list[float] = []

        async def fetch() -> None:
            while len(taken) < count:
                for message in await subscription.fetch(BATCH, timeout=5):
                    taken.append((time.perf_counter() - sent[(message.headers or {})["Nats-Msg-Id"]]) * 1000)
                    await message.ack()

        fetching = asyncio.create_task(fetch())
        for _ in range(count):
            key = uuid4().hex
            sent[key] = time.perf_counter()
            await js.publish(f"bare.{name}", payload, headers={"Nats-Msg-Id": key})
            await asyncio.sleep(1 / PER_S)
        await fetching
        await js.delete_stream(name)
        return taken
    finally:
        await client.close()
