"""The demo's made-up world: clients, customers, invoices and what became of them. Pure: same day, same world.

Names are invented. Organisation numbers are of the series 555555-…, which no company has (they begin at 556);
private persons have no ID number, since any that passes the check may belong to somebody.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum import luhn

CUSTOMERS = 500
INVOICES = 5_000
MONTHS = 18
CASES = 150
SEED = 20_140_401

FIRST_NAMES = re.findall(
    r"\S+",
    """
Ylva Nils-Petter Saga Torkel Disa Henning Rut Gustaf Hedda Imre Elsa Frida Petra Sixten Alva Ebbe Tuva Arvid Signe
Folke Maj Ture Linnéa Åke Östen Ärna Zoë Wilma Viggo Märta
""",
)
LAST_NAMES = re.findall(
    r"\S+",
    """
Nattsjö Avasjö Tornevall Fjällhage Grankvist-Ö Stenåker Svanefors Immerud Lövkulle Tallgård Rimfors Ahlgård Sjögårde
Myrhem Åsvik Älvstrand Öbrink Kvarnmo Dalhem Ekvret Zätterfors Wåhlhem Hällmark Ljungvall
""",
)
COMPANIES = re.findall(
    r"\w[^,\n]*",
    """
Måleri Pensel & Son, Café Tre Kransar, Lidsjö Pizzeria, Brf Hällmarken, Bageri Gyllene Degen, Norrvret Bygg, Ådalens
Trädgård, Tandvård i Lidsjö, Fjällhage Transport, Öbrinks Snickeri, Verkstad Kuggen, Salong Saxen
""",
)
STREETS = re.findall(
    r"\S+",
    """
Tranbärsstigen Kvarngatan Lingonvägen Smedjegatan Åkerbacken Ängsvägen Torggatan Hällvägen Mossvägen
""",
)
TOWNS = (("81290", "Lidsjö"), ("81291", "Lidsjö"), ("83100", "Östervret"), ("11122", "Stockholm"), ("90320", "Umeå"))


@dataclass(frozen=True)
class DemoClient:
    """A client of the demo and its terms."""

    number: str
    name: str
    organisation_number: str
    bankgiro: str
    holds_bank_account: bool
    length_digit: bool
    rounds_to_krona: bool
    own_name: bool  # egen inkasso
    first_invoice_number: int
    first_customer_number: int
    street: str
    articles: tuple[tuple[str, str, str, str, int], ...]  # number, text, unit, price, VAT %


CLIENTS = (
    DemoClient(
        number="1042",
        name="Kvarnåsens Energi AB",
        organisation_number="5555555555",
        bankgiro="9912346",
        holds_bank_account=False,
        length_digit=True,
        rounds_to_krona=True,
        own_name=False,
        first_invoice_number=40_710_000,
        first_customer_number=100_000,
        street="Kvarnåsvägen 1",
        articles=(
            ("EL-RÖR", "Elhandel rörligt pris", "kWh", "0.8742", 25),
            ("EL-FAST", "Fast avgift", "mån", "39", 25),
            ("NÄT", "Nätavgift", "mån", "245", 25),
        ),
    ),
    DemoClient(
        number="1057",
        name="Lidsjö Fiber AB",
        organisation_number="5555550028",
        bankgiro="55550008",
        holds_bank_account=True,
        length_digit=False,
        rounds_to_krona=False,
        own_name=True,
        first_invoice_number=220_000,
        first_customer_number=5_000,
        street="Fiberstigen 4",
        articles=(
            ("FIB-100", "Fiber 100 Mbit/s", "mån", "349", 25),
            ("FIB-1000", "Fiber 1 000 Mbit/s", "mån", "489", 25),
            ("HANDBOK", "Handbok, tryckt", "st", "120", 6),
        ),
    ),
    DemoClient(
        number="1063",
        name="Lidsjö Matlådor AB",
        organisation_number="5555550036",
        bankgiro="55550016",
        holds_bank_account=False,
        length_digit=False,
        rounds_to_krona=True,
        own_name=False,
        first_invoice_number=900_000,
        first_customer_number=70_000,
        street="Hamngatan 12",
        articles=(
            ("LÅDA-4", "Matlåda fyra portioner", "st", "412.50", 6),
            ("FÖRP", "Förpackning", "st", "25", 25),
            ("CATER", "Catering per person", "st", "185", 12),
        ),
    ),
)
SHARES = (0.5, 0.3, 0.2)


@dataclass(frozen=True)
class DemoCustomer:
    """A customer; numbers are given by the ledger in the order of registration."""

    name: str
    id_number: str  # companies only
    street: str
    postcode: str
    town: str
    protected: bool = False


@dataclass(frozen=True)
class DemoInvoice:
    """An invoice and its fate."""

    customer: int  # place among the client's customers
    day: date
    due: date
    printed: bool  # Fakturaservice
    rows: tuple[tuple[str, str, str, str, str, int], ...]  # article, text, quantity, unit, price, VAT %
    fate: str  # paid, late, part, over, open
    paid_on: date | None


def customers_of(client: int) -> list[DemoCustomer]:
    """The customers of a client, by its place in CLIENTS."""
    chance = random.Random(SEED + client)  # noqa: S311 - a made-up world, no secret
    made = []
    for place in range(round(CUSTOMERS * SHARES[client])):
        postcode, town = chance.choice(TOWNS)
        street = f"{chance.choice(STREETS)} {chance.randint(1, 90)}"
        if chance.random() < 0.22:
            kind = chance.choice(("AB", "HB", "ek. för."))
            name = (
                f"{chance.choice(COMPANIES)} {kind}"
                if chance.random() < 0.8
                else f"{chance.choice(LAST_NAMES)} & Co AB"
            )
            made.append(DemoCustomer(name, _organisation_number(client, place), street, postcode, town))
        else:
            name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
            made.append(DemoCustomer(name, "", street, postcode, town, protected=place == 13))
    return made


def invoices_of(client: int, today: date) -> list[DemoInvoice]:
    """The invoices of a client over 18 months until ``today``, oldest first."""
    chance = random.Random(SEED * 7 + client)  # noqa: S311
    terms = CLIENTS[client]
    count = round(INVOICES * SHARES[client])
    customers = round(CUSTOMERS * SHARES[client])
    days = sorted(chance.randint(0, MONTHS * 30) for _ in range(count))
    return [_invoice(chance, terms, customers, today - timedelta(days=MONTHS * 30 - day), today) for day in days]


def _invoice(chance: random.Random, client: DemoClient, customers: int, day: date, today: date) -> DemoInvoice:
    rows = []
    for article, text, unit, price, vat in chance.sample(client.articles, chance.randint(1, len(client.articles))):
        quantity = str(chance.randint(80, 1900)) if unit == "kWh" else str(chance.randint(1, 6) if unit == "st" else 1)
        rows.append((article, text, quantity, unit, price, vat))
    due = day + timedelta(days=30)
    fate = chance.choices(("paid", "late", "part", "over", "open"), (74, 12, 2, 1, 11))[0]
    delay = {"paid": chance.randint(-12, 0), "late": chance.randint(3, 40)}.get(fate, chance.randint(-5, 20))
    paid_on = None if fate == "open" else due + timedelta(days=delay)
    if paid_on is not None and paid_on > today:
        fate, paid_on = "open", None
    printed = chance.random() < 0.85
    return DemoInvoice(chance.randrange(customers), day, due, printed, tuple(rows), fate, paid_on)


def _organisation_number(client: int, place: int) -> str:
    base = f"555555{client + 1}{place % 100:02}"
    return base + str(luhn.calc_check_digit(base))


def batches(items: list[DemoInvoice], size: int) -> Iterator[tuple[int, list[DemoInvoice]]]:
    """Parts of a list with the place of each."""
    for start in range(0, len(items), size):
        yield start, items[start : start + size]
