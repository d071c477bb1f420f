"""Wires the service: the only file that knows all its layers."""

import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis import settings
from chassis.process import House, Parts
from chassis.rpc_server import Served
from rf.reports.v1 import (
    documents_pb2,
    documents_pb2_grpc,
    exports_pb2,
    exports_pb2_grpc,
    statistics_pb2,
    statistics_pb2_grpc,
)
from services.reports import events
from services.reports.api.documents import DocumentServicer
from services.reports.api.exports import ExportServicer
from services.reports.api.statistics import StatisticsServicer
from services.reports.domain.invoice_document import Administrator
from services.reports.neighbours.archive import Archive
from services.reports.neighbours.ledger import Ledger
from services.reports.neighbours.ledger_lists import LedgerLists
from services.reports.rendering import assets
from services.reports.rendering.pool import Limits, Pool
from services.reports.usecases.invoice_copies import JOB, InvoiceCopies
from services.reports.usecases.lists import Lists

LIST_S = 600.0  # a list of a million rows takes its time


@dataclass(frozen=True)
class Settings(settings.Service):
    """Read from the environment; the README lists them."""

    ledger_target: str = ""
    collection_target: str = ""
    files_target: str = ""
    render_days: int = 90
    render_workers: int = 2
    render_timeout_s: int = 30
    render_memory_mb: int = 2048
    fonts: Path = Path("gateway/node_modules/@fontsource-variable")
    font_cache: Path = Path("build/fonts")
    house_name: str = "Resultat Finans AB"
    house_address: str = "Box 412, 812 90 Lidsjö"


def build(house: House) -> Parts:
    """The parts of the service."""
    values: Settings = house.settings
    limits = Limits(timeout_s=values.render_timeout_s, memory_bytes=values.render_memory_mb * 1024**2)
    load = partial(assets.load, values.fonts, values.font_cache)
    pool = Pool(load, values.render_workers, limits)
    copies = InvoiceCopies(
        database=house.database,
        ledger=Ledger(house.as_service("ledger"), Administrator(values.house_name, values.house_address)),
        archive=Archive(house.as_service("files", timeout_s=20)),
        callers_archive=Archive(house.as_caller("files", timeout_s=20)),
        render=pool.render,
    )
    callers_ledger = house.as_caller("ledger", timeout_s=LIST_S)
    lists = Lists(house.database, lambda: LedgerLists(callers_ledger))
    threading.Thread(target=load, name="fonts", daemon=True).start()  # so that the first letter need not wait for them
    return Parts(
        served=[
            Served(
                documents_pb2_grpc.add_DocumentServiceServicer_to_server,
                DocumentServicer(copies),
                documents_pb2.DESCRIPTOR.services_by_name["DocumentService"],
            ),
            Served(
                exports_pb2_grpc.add_ExportServiceServicer_to_server,
                ExportServicer(lists),
                exports_pb2.DESCRIPTOR.services_by_name["ExportService"],
            ),
            Served(
                statistics_pb2_grpc.add_StatisticsServiceServicer_to_server,
                StatisticsServicer(house.database),
                statistics_pb2.DESCRIPTOR.services_by_name["StatisticsService"],
            ),
        ],
        consumes=events.sources(values.render_days),
        jobs={JOB: copies.do_job},
        job_concurrency=values.render_workers,
        close=pool.close,
    )
