"""Letters per second of one rendering process, beside WeasyPrint alone on the same HTML in the same run.

Ours is everything from the document to the PDF in the service's hands: template, pipe to the process and back. Goal:
at least 0.75 of WeasyPrint alone. The two take turns in small groups, so that a busy machine disturbs both alike.
"""

import time
from functools import partial
from pathlib import Path

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


def run() -> dict[str, float]:
    """Letters per second of both, and their ratio."""
    invoices = [an_invoice(number=str(40718568 + n)) for n in range(LETTERS)]
    pages = [html.invoice(invoice) for invoice in invoices]
    load = partial(assets.load, FONTS, KEPT)
    alone, pool = Renderer(load()), Pool(load, 1)
    try:
        alone.render(pages[0])
        pool.render(pages[0])
        alone_s = ours_s = 0.0
        for start in range(0, LETTERS, GROUP):
            alone_s += _alone(alone, pages[start : start + GROUP])
            ours_s += _ours(pool, invoices[start : start + GROUP])
    finally:
        pool.close()
    return {
        "letters_per_s": LETTERS / ours_s,
        "weasyprint_alone_per_s": LETTERS / alone_s,
        "ratio": alone_s / ours_s,
        "goal": GOAL,
    }


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


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:24} {value:8.2f}")
