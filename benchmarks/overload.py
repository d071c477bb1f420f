"""Overload: four times as many pages as the house can make, and an object store that takes five seconds.

Capacity is what callers who wait for their answers get; then browsers come four times as fast, whether they are
answered or not. Who is taken in should be about as quick as at capacity, and the rest hear 503 at once.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import NAMESPACE_URL, uuid5

from benchmarks import million, people
from benchmarks.arrivals import Answer, Browsers, Pages, browsers
from benchmarks.figures import Figure, Goal, percentile
from benchmarks.stand import Stand
from deploy.local.topology import Seat
from gateway.admission import AT_WORK
from tests.resilience.harness.proxy import Proxy, Weather

CLIENTS = [uuid5(NAMESPACE_URL, f"klientwebben/benchmark/overload/{place}") for place in range(2)]
NUMBER = 2901
INVOICES = 5_000
FEW_CALLERS = 4
TIMES = 4
SLOW_S = 5.0
COPIES_PER_S = 5
OK, REFUSED = 200, {429, 503}
LIST, REGISTER = "/reskontra/", "/reskontra/registrera-faktura"


def overload(stand: Stand, scale: float) -> list[Figure]:
    """Goodput, who is taken in, who is refused, recovery, and pages beside a slow object store."""
    seconds = max(20 * scale, 5)
    stand.house.migrate(("files", "reports", "collection"))
    stand.need(*(Seat(service, "serve") for service in ("auth", "ledger", "collection", "reports", "files", "gateway")))
    for client_id in CLIENTS:
        stand.client(client_id, "Överlast AB")
    people.register(stand, CLIENTS, NUMBER)
    person = people.sign_in(stand, "overload", CLIENTS)
    with stand.connect("ledger") as superuser:
        million.fill(superuser, CLIENTS, INVOICES)
        found = superuser.execute("SELECT id FROM invoice WHERE client_id = %s LIMIT 20", CLIENTS[:1]).fetchall()
    dialogs = [f"/reskontra/faktura/{row[0]}" for row in found]
    port = stand.house.settings.ports["gateway-serve/web"]
    pages = Pages(port, person.cookie, [LIST, REGISTER, *dialogs[:2]])
    with browsers() as crowd:
        return [
            *_four_times(crowd, pages, seconds),
            *_slow_store(stand, crowd, pages, Pages(port, person.cookie, [f"{it}/kopia.pdf" for it in dialogs])),
        ]


def _four_times(crowd: Browsers, pages: Pages, seconds: float) -> list[Figure]:
    crowd.stay(pages, AT_WORK, 3).result()  # what is made once
    before = crowd.stay(pages, AT_WORK, seconds).result()
    capacity = _of(before, OK)
    assert len(capacity) == len(before), "pages failed before there was any overload"
    answers = crowd.come(pages, TIMES * len(capacity) / seconds, seconds).result()
    recovery = _recovery(crowd, pages, percentile(capacity, 99))
    taken, refused = _of(answers, OK), _of(answers, *REFUSED)
    lost = len(answers) - len(taken) - len(refused)
    note = f"{len(answers)} came, {len(taken)} taken in, {len(refused)} refused, {lost} lost"
    return [
        Figure(
            "overload of 4: pages a second", "/s", len(taken) / seconds, len(capacity) / seconds, Goal.RATIO_AT_LEAST,
            0.8, note,
        ),
        Figure(
            "overload of 4: taken in, p99", "ms", percentile(taken, 99) * 1000, percentile(capacity, 99) * 1000,
            Goal.RATIO_AT_MOST, 3,
        ),
        Figure("overload of 4: refused, median", "ms", percentile(refused, 50) * 1000, 0, Goal.AT_MOST, 100),
        Figure("overload of 4: refused, p99", "ms", percentile(refused, 99) * 1000, 0, Goal.NONE),
        Figure("after the overload: until as before", "s", recovery, 0, Goal.AT_MOST, 5),
    ]  # fmt: skip


def _recovery(crowd: Browsers, pages: Pages, usual_s: float) -> float:
    """Seconds until the same callers as before are answered, all of them, as before."""
    began = time.perf_counter()
    while time.perf_counter() - began < 60:
        answers = crowd.stay(pages, AT_WORK, 0.5).result()
        if len(_of(answers, OK)) == len(answers) and percentile(_of(answers, OK), 50) <= usual_s:
            break
    return time.perf_counter() - began


def _slow_store(stand: Stand, crowd: Browsers, pages: Pages, copies: Pages) -> list[Figure]:
    """Pages that need no document, while others ask for documents of a store that takes five seconds."""
    with _far_store(stand) as proxy:
        first = crowd.stay(copies, 1, 8).result()  # made and archived when first opened
        assert _of(first, OK), f"no copy could be opened: {sorted({answer.status for answer in first})}"
        usual = _of(crowd.stay(pages, FEW_CALLERS, 5).result(), OK)
        with proxy.weather(Weather(delay_s=SLOW_S)):
            waiting = crowd.come(copies, COPIES_PER_S, 8)
            time.sleep(1)
            beside = crowd.stay(pages, FEW_CALLERS, 5).result()
            waiting.result()
    good = _of(beside, OK)
    note = f"{len(beside) - len(good)} of {len(beside)} pages failed"
    return [
        Figure(
            "pages beside a store that takes 5 s, p95", "ms", percentile(good, 95) * 1000, percentile(usual, 95) * 1000,
            Goal.RATIO_AT_MOST, 1.3, note,
        )
    ]  # fmt: skip


@contextmanager
def _far_store(stand: Stand) -> Iterator[Proxy]:
    """The object store behind a proxy, for files."""
    house = stand.house
    proxy = Proxy(house.settings.ports["s3"])
    endpoint = house.settings.store.endpoint.replace(f":{house.settings.ports['s3']}", f":{proxy.port}")
    try:
        house.running["files-serve"].stop()
        house.restart("files-serve", env={"RF_S3_ENDPOINT": endpoint})
        yield proxy
    finally:
        proxy.close()


def _of(answers: Sequence[Answer], *statuses: int) -> list[float]:
    return [answer.seconds for answer in answers if answer.status in statuses] or [0.0]
