"""Letters per second of one rendering process, beside WeasyPrint alone on the same HTML in the same run.

Ours is everything from the document to the PDF in the service's hands: template, pipe to the process and back. Goal:
at least 0.75 of WeasyPrint alone. The two take turns in small groups, so that a busy machine disturbs both alike.
"""

import time
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, Goal
from benchmarks.stand import Stand
from services.reports.domain.invoice_document import InvoiceDocument
from services.reports.rendering import assets, html
from services.reports.rendering.pdf import Renderer
from services.reports.rendering.pool import Pool
from tests.unit.reports.builders import an_invoice

LETTERS = 200
GROUP = 20
GOAL = 0.75
FONTS = Path("gateway/node_modules/@fontsource-variable")
KEPT = Path("build/fonts")


def letters(_: Stand, scale: float) -> list[Figure]:
    """Letters per second of both."""
    count = max(round(LETTERS * min(scale, 1)) // GROUP, 5) * GROUP
    invoices = [an_invoice(number=str(40718568 + n)) for n in range(count)]
    pages = [html.invoice(invoice) for invoice in invoices]
    load = partial(assets.load, FONTS, KEPT)
    alone, pool = Renderer(load()), Pool(load, 1)
    try:
        alone.render(pages[0])
        pool.render(pages[0])
        alone_s = ours_s = 0.0
        for start in range(0, count, GROUP):
            alone_s += _alone(alone, pages[start : start + GROUP])
            ours_s += _ours(pool, invoices[start : start + GROUP])
    finally:
        pool.close()
    ours, floor = count / ours_s, count / alone_s
    return [Figure("letters of one worker", "per s", ours, floor, Goal.RATIO_AT_LEAST, GOAL, "WeasyPrint alone")]


def _alone(renderer: Renderer, pages: list[str]) -> float:
    began = time.perf_counter()
    for page in pages:
        renderer.render(page)
    return time.perf_counter() - began


def _ours(pool: Pool, invoices: list[InvoiceDocument]) -> float:
    began = time.perf_counter()
    for invoice in invoices:
        pool.render(html.invoice(invoice))
    return time.perf_counter() - began
