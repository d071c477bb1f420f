"""Excel of a hundred thousand invoices beside bare xlsxwriter on the same rows, and the memory that it takes.

Ours is the whole way: the ledger streams, reports writes, pieces come back. Both write with constant memory, in turns.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from uuid import UUID

import xlsxwriter

from benchmarks import million
from benchmarks.figures import Figure, Goal
from benchmarks.stand import MAY, Stand
from chassis.rpc_client import Neighbour
from deploy.local.topology import Seat
from rf.ledger.v1 import invoices_pb2
from rf.reports.v1 import exports_pb2, exports_pb2_grpc
from services.reports.domain.lists import INVOICES, Cell, Line
from services.reports.neighbours.ledger_lists import LedgerLists

ROWS = 100_000
TIMES = 1.3
FLAT_MB = 16
ROUNDS = 3
LEDGER, REPORTS = Seat("ledger", "serve"), Seat("reports", "serve")


def export(stand: Stand, scale: float) -> list[Figure]:
    """Seconds of both, and by how much the processes grew from a file of a tenth to the whole one."""
    stand.need(LEDGER, REPORTS)
    rows = max(round(ROWS * min(scale, 1)), 2_000)
    clients = [stand.client().id for _ in range(2)]
    token = stand.token(dict.fromkeys(clients, MAY))
    neighbour = Neighbour("reports", stand.house.settings.targets("reports"), lambda: token, timeout_s=600)
    lists = neighbour.stub(exports_pb2_grpc.ExportServiceStub)
    _fill(stand, clients, rows // 10)
    _ours(lists)
    before = {seat: _peak_mb(stand, seat) for seat in (LEDGER, REPORTS)}
    _fill(stand, clients, rows)
    ledger = LedgerLists(Neighbour("ledger", stand.ledger_target, lambda: token, timeout_s=600))
    lines = list(ledger.invoices(invoices_pb2.StreamInvoicesRequest()))
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(_ours(lists))
        bare.append(_bare(lines))
    name = f"Excel of {len(lines):,} invoices"
    return [
        Figure(name, "s", median(ours), median(bare), Goal.RATIO_AT_MOST, TIMES, "bare xlsxwriter"),
        *(
            Figure(
                f"  memory beyond that of a tenth, {seat.service}",
                "MB",
                _peak_mb(stand, seat) - was,
                0,
                Goal.AT_MOST,
                FLAT_MB,
            )
            for seat, was in before.items()
        ),
    ]


def _fill(stand: Stand, clients: Sequence[UUID], count: int) -> None:
    with stand.connect("ledger") as superuser:
        million.fill(superuser, clients, count, booked=False)


def _ours(lists: exports_pb2_grpc.ExportServiceStub) -> float:
    """Seconds of a whole file."""
    asked = exports_pb2.GetInvoiceListRequest(
        search=invoices_pb2.StreamInvoicesRequest(), format=exports_pb2.LIST_FORMAT_XLSX
    )
    began = time.perf_counter()
    for _ in lists.GetInvoiceList(asked):
        pass
    return time.perf_counter() - began


def _bare(lines: Sequence[Line]) -> float:
    """Seconds of the same cells, with nothing around xlsxwriter."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(Path(folder) / "list.xlsx", {"constant_memory": True, "tmpdir": folder})
        page = book.add_worksheet("Fakturor")
        day, amount = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
        for place, column in enumerate(INVOICES):
            page.write_string(0, place, column.heading)
        for row, line in enumerate(lines, 1):
            for place, (column, value) in enumerate(zip(INVOICES, line.values, strict=True)):
                if column.cell is Cell.TEXT:
                    page.write_string(row, place, value)
                elif column.cell is Cell.DAY:
                    page.write_datetime(row, place, value, day)
                elif column.cell is Cell.AMOUNT:
                    page.write_number(row, place, value / 100, amount)  # type: ignore[operator]
                else:
                    page.write_number(row, place, value)
        book.close()
    return time.perf_counter() - began


def _peak_mb(stand: Stand, seat: Seat) -> float:
    """The most memory that the process has had."""
    status = Path(f"/proc/{stand.house.running[seat.name].pid}/status").read_text(encoding="utf-8")
    [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peak) / 1024
