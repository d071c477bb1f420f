"""The search of Reskontra: fifty rows of five thousand invoices and of a million, for one client and for fifty.

Of five thousand only orders and filters are asked, to see whether they cost the same; of a million all of `searches`.

The floor of the RPC is its own SQL, sent by psycopg in one transaction: statements and parameters are taken from the
servicer itself. The floor of the page is that and its template, rendered with the same context by the same environment.
Page, RPC and SQL are measured in turns, so that what disturbs one disturbs all.
"""

import http.client
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from flask import Flask, g, template_rendered

from benchmarks import million, people
from benchmarks.figures import ROUNDS, Figure, Goal, percentile
from benchmarks.people import Person
from benchmarks.searches import GROUPS, OPEN, Address, Question, to_sum
from benchmarks.stand import Stand
from benchmarks.statements import Floor
from chassis import paging, settings
from deploy.local.topology import Seat
from gateway import app as gateway_app
from gateway.neighbours import Neighbours
from services.ledger.api.invoices import InvoiceServicer

CLIENTS = 50
FEW, MANY = 5_000, 1_000_000
PAGE = 50
FAR = 1_000
FIRST_NUMBER = 2001
FLAT = 1.2
RPC_OVER_MS, PAGE_OVER_MS, SUMS_TIMES = 3, 10, 1.5
LISTED = "lists"


@dataclass
class Taken:
    """Milliseconds, one of each per round."""

    sql: list[float] = field(default_factory=list)
    rpc: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    template: list[float] = field(default_factory=list)


def search(stand: Stand, scale: float) -> list[Figure]:
    """RPC and page at both sizes, for both people."""
    stand.need(Seat("auth", "serve"), Seat("ledger", "serve"), Seat("gateway", "serve"))
    clients = [uuid5(NAMESPACE_URL, f"klientwebben/benchmark/{place}") for place in range(CLIENTS)]
    for place, client_id in enumerate(clients):
        stand.client(client_id, f"Klienten {place} AB")
    people.register(stand, clients, FIRST_NUMBER)
    one, fifty = people.sign_in(stand, "one client", clients[:1]), people.sign_in(stand, "fifty clients", clients)
    both = (one, fifty)
    web, floor = _Web(stand), Floor.of(stand, "ledger")
    found: list[Figure] = []
    medians: dict[tuple[int, str], Taken] = {}
    many = max(round(MANY * scale), 2 * FEW)
    for size in (FEW, many):
        with stand.connect("ledger") as superuser:
            million.fill(superuser, clients, size)
        for person in both:
            for group, cases in GROUPS.items():
                if size == FEW and group != LISTED:
                    continue  # what terms find is another thing there
                far = _far(stand, person) if group == LISTED else {}
                taken = {
                    name: _measure(web, floor, person, address, scale) for name, address in {**cases, **far}.items()
                }
                found += _figures(taken, f"{group}, {person.name}, {size:,}")
                if group == LISTED:
                    medians[size, person.name] = _together(taken)
    found += [_sums(floor, person) for person in both]
    floor.close()
    wrong = stand.house.verify(["ledger"])
    for what in ("rpc", "page"):
        found += _flatness(medians, both, many, what)
    print(f"verify of the seeded ledger: {'found faults' if wrong else 'nothing wrong'}", flush=True)
    return found


# -- what is measured --------------------------------------------------------------------------------------------


def _far(stand: Stand, person: Person) -> Mapping[str, Address]:
    """A page far behind (the last one where there are not as many)."""
    with stand.connect("ledger") as connection:
        rows = connection.execute(
            "SELECT number_key, id FROM invoice WHERE client_id = ANY(%s) ORDER BY number_key, id LIMIT 1 OFFSET least("
            " %s, (SELECT count(*) FROM invoice WHERE client_id = ANY(%s)) / %s * %s - %s - 1)",
            [list(person.clients), FAR * PAGE, list(person.clients), PAGE, PAGE, PAGE],
        ).fetchall()
    number, invoice_id = rows[0]
    far: Address = {"sida": [paging.token(str(number), str(invoice_id), "")], "fran": str(FAR * PAGE)}
    return {f"FakturaNr, page {FAR:,}": far}


def _measure(web: "_Web", floor: Floor, person: Person, address: Address, scale: float) -> Taken:
    query = urlencode(address, doseq=True)
    question = Question.read(query)
    statements = floor.statements(person.clients, lambda: question.serve(floor.database))
    path = f"/reskontra/?{query}"
    render = web.template(path, person.cookie)
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("sql", lambda: floor.run(statements)),
        ("rpc", lambda: question.ask(person.ledger)),
        ("page", lambda: web.get(path, person.cookie)),
        ("template", render),
    )
    return _in_turns(steps, max(round(2 * ROUNDS * min(scale, 1)), ROUNDS))


def _sums(floor: Floor, person: Person) -> Figure:
    """The exact sums of all that is open."""
    request = to_sum(urlencode(OPEN, doseq=True))
    servicer = InvoiceServicer(floor.database)
    statements = floor.statements(person.clients, lambda: servicer.SumInvoices(request, None))  # type: ignore[arg-type]
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("sql", lambda: floor.run(statements)),
        ("rpc", lambda: person.ledger.invoices.SumInvoices(request)),
    )
    taken = _in_turns(steps, ROUNDS)
    what = f"sums of all that is open, {person.name}"
    return Figure(what, "ms", median(taken.rpc), median(taken.sql), Goal.RATIO_AT_MOST, SUMS_TIMES)


def _in_turns(steps: Sequence[tuple[str, Callable[[], object]]], rounds: int) -> Taken:
    taken = Taken()
    for place in range(rounds + 2):
        for name, step in random.sample(steps, len(steps)):
            began = time.perf_counter()
            step()
            if place > 1:
                getattr(taken, name).append((time.perf_counter() - began) * 1000)
    return taken


class _Web:
    """The gateway as a browser meets it, and its templates without it."""

    def __init__(self, stand: Stand) -> None:
        environment = stand.house.settings.seat(Seat("gateway", "serve"))
        values = settings.read(gateway_app.Settings, environment)
        self._app = gateway_app.build(values, Neighbours(values))
        host, _, port = values.web_listen.rpartition(":")
        self._browser = http.client.HTTPConnection(host, int(port), timeout=30)

    def get(self, path: str, cookie: str) -> bytes:
        """A page. Raises AssertionError for anything but a page with a result."""
        self._browser.request("GET", path, headers={"Cookie": f"session={cookie}"})
        answer = self._browser.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, path, body[:500])
        assert b'id="resultat"' in body, path
        return body

    def template(self, path: str, cookie: str) -> Callable[[], str]:
        """Renders what the view renders for this address, and does nothing else."""
        self._browser.close()  # while the ledger was filled the server has hung up; the next request opens it again
        rendered: list[tuple[Any, dict[str, Any]]] = []

        def note(_: Flask, template: Any, context: dict[str, Any], **__: Any) -> None:
            rendered.append((template, context))

        context = self._app.test_request_context(path, headers={"Cookie": f"session={cookie}"})
        with context, template_rendered.connected_to(note, self._app):
            self._app.full_dispatch_request()
            known = {name: g.get(name) for name in g}
        [(template, values)] = rendered

        def render() -> str:
            with context:
                for name, value in known.items():
                    setattr(g, name, value)
                return str(template.render(values))

        return render


# -- what came of it ---------------------------------------------------------------------------------------------


def _together(taken: Mapping[str, Taken]) -> Taken:
    """All cases as one; each case's median once."""
    return Taken(
        *([median(getattr(one, name)) for one in taken.values()] for name in ("sql", "rpc", "page", "template"))
    )


def _figures(taken: Mapping[str, Taken], what: str) -> list[Figure]:
    every = {name: [v for one in taken.values() for v in getattr(one, name)] for name in vars(Taken())}
    floor = [a + b for a, b in zip(every["sql"], every["template"], strict=True)]
    worst = max(taken, key=lambda name: median(taken[name].sql))
    slowest = f"slowest: {worst}, SQL {median(taken[worst].sql):.1f} ms"

    def line(name: str, ours: str, floor: Sequence[float], percent: float, limit: float, note: str = "") -> Figure:
        at = f"{name}, {'median' if percent == 50 else 'p95'}: {what}"
        values = percentile(every[ours], percent), percentile(floor, percent)
        return Figure(at, "ms", *values, Goal.OVER_AT_MOST, limit, note)

    return [
        line("RPC", "rpc", every["sql"], 50, RPC_OVER_MS, slowest),
        line("RPC", "rpc", every["sql"], 95, RPC_OVER_MS),
        line("page", "page", floor, 50, PAGE_OVER_MS),
        line("page", "page", floor, 95, PAGE_OVER_MS),
    ]


def _flatness(medians: Mapping[tuple[int, str], Taken], both: Sequence[Person], many: int, what: str) -> list[Figure]:
    """A million beside five thousand and fifty clients beside one (the mean of all cases), page 1,000 beside page 1."""
    cases: dict[tuple[int, str], list[float]] = {key: getattr(one, what) for key, one in medians.items()}
    mean = {key: sum(values) / len(values) for key, values in cases.items()}
    name = "RPC" if what == "rpc" else "page"
    one, fifty = both
    beside = [
        *((f"{many:,} beside {FEW:,} invoices, {p.name}", mean[many, p.name], mean[FEW, p.name]) for p in both),
        (f"fifty clients beside one, {many:,} invoices", mean[many, fifty.name], mean[many, one.name]),
        *((f"page {FAR:,} beside page 1, {p.name}", cases[many, p.name][-1], cases[many, p.name][0]) for p in both),
    ]
    return [Figure(f"{name}, {how}", "ms", ours, floor, Goal.RATIO_AT_MOST, FLAT) for how, ours, floor in beside]
