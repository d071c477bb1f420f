"""Rendering processes: fresh, bounded, replaceable, and without anything to steal."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from services.reports.rendering import assets, html
from services.reports.rendering.assets import Assets
from services.reports.rendering.pdf import Renderer
from services.reports.rendering.pool import Limits, Pool, RenderingBusy, RenderingFailed
from tests.component.reports.conftest import FONTS, KEPT
from tests.unit.reports.builders import an_invoice

PAGE = "<!doctype html><title>a</title><p>Hej"
SLOW = "<!doctype html><title>a</title>" + "<table><tr><td>" * 60 + "".join(f"<p>{n}" for n in range(20_000))


@pytest.fixture
def a_pool() -> Iterator[Callable[..., Pool]]:
    pools: list[Pool] = []

    def make(limits: Limits, size: int = 1) -> Pool:
        pools.append(Pool(partial(assets.load, FONTS, KEPT), size, limits))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def worker_of(pool: Pool) -> int:
    """The process that rests in a pool of one."""
    worker = pool._seats.get_nowait()
    pool._seats.put(worker)
    assert worker is not None
    return worker.pid


@pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014:ResourceWarning")  # as in test_pdf.py
def test_a_process_gives_what_weasyprint_gives(pool: Pool, letter_assets: Assets) -> None:
    page = html.invoice(an_invoice())
    assert pool.render(page) == Renderer(letter_assets).render(page)


def test_a_process_that_dies_is_replaced_and_the_document_made(pool: Pool) -> None:
    pool.render(PAGE)
    first = worker_of(pool)
    os.kill(first, signal.SIGKILL)
    assert pool.render(PAGE).startswith(b"%PDF")
    assert worker_of(pool) != first


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_made(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(Limits())
    pool.render(PAGE)
    with pytest.raises(RenderingFailed, match="took too long"):
        pool.render(SLOW, 0.4)
    assert pool.render(PAGE).startswith(b"%PDF")


def test_a_document_that_needs_too_much_memory_fails_alone(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(Limits(timeout_s=60, memory_bytes=400 * 1024**2))
    pool.render(PAGE)
    with pytest.raises(RenderingFailed):
        pool.render("<p>" + "a " * 20_000_000)
    assert pool.render(PAGE).startswith(b"%PDF")


def test_who_cannot_wait_is_told_that_all_are_busy(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(Limits())
    pool.render(PAGE)

    def occupy() -> None:
        with contextlib.suppress(RenderingFailed):
            pool.render(SLOW, 1.5)

    slow = threading.Thread(target=occupy)
    slow.start()
    while pool._seats.qsize():
        pass
    with pytest.raises(RenderingBusy):
        pool.render(PAGE, 0.05)
    slow.join()


def test_a_process_ends_after_its_share_of_documents(a_pool: Callable[..., Pool]) -> None:
    pool = a_pool(Limits(documents=2))
    pool.render(PAGE)
    first = worker_of(pool)
    pool.render(PAGE)
    pool.render(PAGE)
    assert worker_of(pool) != first


def test_a_failing_page_costs_no_process(pool: Pool) -> None:
    pool.render(PAGE)
    before = worker_of(pool)
    with pytest.raises(RenderingFailed, match="ForeignAddress"):
        pool.render('<img src="file:///etc/passwd">')
    assert worker_of(pool) == before


def test_there_is_no_secret_in_its_environment(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RF_DATABASE_URL", "postgresql://secret")
    fresh = Pool(partial(assets.load, FONTS, KEPT), 1)
    fresh.render(PAGE)
    environment = Path(f"/proc/{worker_of(fresh)}/environ").read_bytes().decode()
    fresh.close()
    assert "secret" not in environment
    assert "RF_" not in environment
