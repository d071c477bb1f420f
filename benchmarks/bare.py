"""What register and approve of one invoice come to without anything of ours: its rows, in the same two commits.

Once straight by psycopg, once behind a gRPC server with SQLAlchemy, as a service without a single rule would be.
"""

import multiprocessing
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID, uuid4

import grpc
import psycopg
from sqlalchemy import create_engine, text

from benchmarks.rows import BY_APPROVAL, Copies, Table

Ids = Mapping[UUID, UUID]
Statement = tuple[str, dict[str, Any]]

THREADS = 8
_COUNT = "UPDATE counter SET next = next + 1 WHERE client_id = {client} AND series = '{series}'"
_CLOSE = "UPDATE journal SET approved_at = now(), approved_by = owner WHERE client_id = {client} AND id = {id}"
_HEAD = "UPDATE receipt_head SET number = number + 1 WHERE client_id = {client}"


def both(tables: Mapping[str, Table], ids: Ids, style: str) -> tuple[list[Statement], list[Statement]]:
    """The statements of registering, and those of approving, under new keys; ``style`` as in `Table.insert`."""
    fresh = Copies(tables, ids).fresh()
    client, journal = style.format("client_id"), style.format("id")
    [head] = fresh["journal"]
    year = fresh["voucher"][0]["year"]

    def inserts(*names: str) -> list[Statement]:
        return [(tables[name].insert(style), row) for name in names for row in fresh[name]]

    def count(series: str) -> Statement:
        return _COUNT.format(client=client, series=series), head

    first, second = fresh["request"]
    remember = tables["request"].insert(style)
    # the journal is written open, and closed by the approval
    opened = {**head, "approved_at": None, "approved_by": None}
    registering = [count("journal"), (tables["journal"].insert(style), opened), *inserts("journal_item")]
    approving = [
        count("invoice"),
        count(f"voucher F {year}"),
        *inserts(*BY_APPROVAL),
        (_CLOSE.format(client=client, id=journal), head),
        (_HEAD.format(client=client), head),
    ]
    return [*registering, (remember, first)], [*approving, (remember, second)]


# -- by psycopg --------------------------------------------------------------------------------------------------


def psycopg_callers(database: str, tables: Mapping[str, Table], copies: Sequence[Ids]) -> list[Callable[[], object]]:
    """One caller with a connection of its own per entry of ``copies``."""
    return [partial(_by_psycopg, psycopg.connect(database), tables, ids) for ids in copies]


def _by_psycopg(connection: psycopg.Connection[Any], tables: Mapping[str, Table], ids: Ids) -> None:
    for statements in both(tables, ids, "%({})s"):
        for statement, row in statements:
            connection.execute(statement, row)
        connection.commit()


# -- behind gRPC -------------------------------------------------------------------------------------------------


@contextmanager
def served(database: str, tables: Mapping[str, Table]) -> Iterator[str]:
    """A server process of its own; gives its address."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, database, tables), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{here.recv()}"
    finally:
        here.send("stop")
        process.join(5)
        if process.is_alive():
            process.terminate()


def _serve(pipe: Connection, database: str, tables: Mapping[str, Table]) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(database), pool_size=THREADS, max_overflow=2
    )

    waiting: dict[bytes, list[Statement]] = {}

    def write(statements: Sequence[Statement]) -> None:
        with engine.begin() as connection:
            for statement, row in statements:
                connection.execute(text(statement), row)

    def register(request: bytes, _: grpc.ServicerContext) -> bytes:
        journal = uuid4().bytes
        first, waiting[journal] = both(tables, pickle.loads(request), ":{}")  # noqa: S301 - of our own process
        write(first)
        return journal

    def approve(journal: bytes, _: grpc.ServicerContext) -> bytes:
        write(waiting.pop(journal))
        return journal

    methods = {"Register": register, "Approve": approve}
    server = grpc.server(ThreadPoolExecutor(THREADS))
    handlers: dict[str, Any] = {name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("bare", handlers)])
    pipe.send(server.add_insecure_port("127.0.0.1:0"))
    server.start()
    pipe.recv()
    server.stop(1).wait()


def rpc_callers(target: str, copies: Sequence[Ids]) -> list[Callable[[], object]]:
    """One caller per entry of ``copies``."""
    channel = grpc.insecure_channel(target)
    return [partial(_by_rpc, channel, pickle.dumps(dict(ids))) for ids in copies]


def _by_rpc(channel: grpc.Channel, request: bytes) -> None:
    register: Any = channel.unary_unary("/bare/Register")
    approve: Any = channel.unary_unary("/bare/Approve")
    approve(register(request, timeout=30), timeout=30)
