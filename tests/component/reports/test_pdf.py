"""The PDF of an invoice: what the law wants stands in it, to the öre, and what strangers wrote does nothing."""

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from services.reports.domain.invoice_document import InvoiceDocument, InvoiceKind
from services.reports.rendering import html
from services.reports.rendering.assets import Assets, instance
from services.reports.rendering.pdf import ForeignAddress, OurAssetsOnly, Renderer
from tests.component.reports.conftest import FONTS
from tests.unit.reports.builders import RECEIVER, SENDER, a_credit, a_row, an_invoice, many_rows

# WeasyPrint 70 leaves its colour profile to the garbage collector to close.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014:ResourceWarning")


class Watched(OurAssetsOnly):
    """Says what was asked for."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(assets.files)
        self.asked: list[str] = []

    def fetch(self, url: str, headers: Any = None) -> Any:
        self.asked.append(url)
        return super().fetch(url, headers)


@pytest.fixture(scope="module")
def renderer(letter_assets: Assets) -> Renderer:
    return Renderer(letter_assets)


def text_of(pdf: bytes) -> str:
    """All that is written, with every kind of space as one space."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.fixture
def read(renderer: Renderer) -> Any:
    def read(document: InvoiceDocument) -> str:
        return text_of(renderer.render(html.invoice(document)))

    return read


def test_every_fact_that_the_law_asks_for_stands_there(read: Any) -> None:
    said = read(an_invoice(rounding_minor=-3))
    for fact in (
        "Faktura",
        "Fakturanummer 40718568",
        "Fakturadatum 2026-09-22",
        "KundNr 104757",
        "Förfallodatum 2026-10-22",
        "Betalningsvillkor 30 dagar netto",
        "Er referens Elvira K",
        "Vår referens Kundtjänst",
        "Kvarnåsens Fiber AB",
        "Ljusgatan 7, 812 90 Lidsjö",
        "org.nr 559999-0016",
        "Momsreg.nr SE559999001601",
        "Godkänd för F-skatt",
        "Elvira Kornstrand",
        "Vallmotorget 3 lgh 1102",
        "812 92 Lidsjö",
        "Avtal 2026-1182",
        "räntelagen (1975:635): referensräntan plus 8 procentenheter",
        "08-465 004 10",
    ):
        assert fact in said


def test_rows_and_sums_are_exact_to_the_ore(read: Any) -> None:
    said = read(an_invoice(rounding_minor=-3))
    assert "F250 Fiber 250/250, oktober–december 3 mån 163,00 25 % 489,00" in said
    assert "T-6 Serietidning, provnummer 1,5 st 19,905 10 % 6 % 26,87" in said
    assert "Summa exklusive moms 515,87" in said
    assert "Moms 25 % på 489,00 122,25" in said
    assert "Moms 6 % på 26,87 1,61" in said
    assert "Öresavrundning −0,03" in said
    assert "Att betala, kr 639,70" in said


def test_the_payment_part_says_how_to_pay(read: Any) -> None:
    said = read(an_invoice(rounding_minor=-3))
    assert "OCR-nummer 407185685" in said
    assert "Bankgiro 5999-0010" in said
    assert "Betala senast 2026-10-22" in said
    assert "Betalningsmottagare Resultat Finans AB, klientmedel" in said
    assert "Kronor 639 Öre 70" in said
    assert all(field in said for field in ("# 407185685 #", "639 70 8 >", "59990010#41#"))


def test_a_credit_names_its_invoice_and_is_not_paid(read: Any) -> None:
    said = read(a_credit())
    assert "Kreditfaktura" in said
    assert "Krediterar faktura 40718568" in said
    assert "Att kreditera, kr −639,73" in said
    assert "Den ska inte betalas" in said
    assert "Inbetalning" not in said
    assert "dröjsmålsränta" not in said


def test_an_interest_invoice_asks_for_no_interest_and_no_vat(read: Any) -> None:
    said = read(an_invoice((a_row("Ränta", 1234, vat_percent=0),), kind=InvoiceKind.INTEREST))
    assert "Räntefaktura" in said
    assert "Moms 0 % på 12,34 0,00" in said
    assert "dröjsmålsränta" not in said
    assert "Inbetalning" in said


def test_another_currency_says_the_vat_in_kronor_and_has_no_code_line(read: Any) -> None:
    said = read(an_invoice(currency="EUR", exchange_rate=Decimal("11.25")))
    assert "Att betala, EUR 639,73" in said
    assert "Varav moms i SEK 1 393,43" in said
    assert "#41#" not in said


def test_without_f_tax_nothing_is_said_of_it(read: Any) -> None:
    assert "F-skatt" not in read(an_invoice(sender=replace(SENDER, f_tax=False)))


def test_five_hundred_rows_are_all_there_with_carried_sums(renderer: Renderer) -> None:
    rows = tuple(a_row(f"Mätning {n}", 100 * n, article=f"A{n}") for n in range(1, 501))
    pdf = renderer.render(html.invoice(an_invoice(rows)))
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]
    said = " ".join(pages)
    assert all(f"A{n} Mätning {n} " in said for n in range(1, 501))
    assert "Transport till sida 2" in pages[0]
    assert "Transport från sida 1" in pages[1]
    assert f"Sida {len(pages)} av {len(pages)}" in pages[-1]
    assert "Summa exklusive moms 125 250,00" in pages[-1]
    assert all("Inbetalning" not in page for page in pages[:-1])


def test_the_same_invoice_gives_the_same_bytes(renderer: Renderer, letter_assets: Assets) -> None:
    document = an_invoice(many_rows(3))
    first = renderer.render(html.invoice(document))
    assert renderer.render(html.invoice(document)) == first
    assert Renderer(letter_assets).render(html.invoice(document)) == first


def test_a_weight_is_cut_to_the_same_bytes_each_time() -> None:
    variable = (FONTS / "familjen-grotesk/files/familjen-grotesk-latin-wght-normal.woff2").read_bytes()
    assert instance(variable, 600) == instance(variable, 600)


def test_letters_from_all_over_latin_europe_are_printed(read: Any) -> None:
    name = "Zoë Łukasz Świętosławska-Ångström"
    assert name in read(an_invoice(receiver=replace(RECEIVER, name=name)))


def test_a_foreign_address_ends_with_its_country(read: Any) -> None:
    assert "DANMARK" in read(an_invoice(receiver=replace(RECEIVER, country_code="DK")))


HOSTILE = (
    "<b>fet</b>",
    '<link rel=attachment href="file:///etc/passwd">',
    '<link rel=stylesheet href="http://169.254.169.254/">',
    '<img src="file:///etc/passwd">',
    "<style>@import url(http://127.0.0.1/)</style>",
    "</title><svg><image href='http://127.0.0.1/a'/></svg>",
    "\"><iframe src='file:///etc/passwd'>",
    "{{ 7*7 }}{% for x in y %}",
    "url(file:///etc/passwd)",
    "/* */ } body { background: url(http://127.0.0.1/) }",
)


@pytest.mark.parametrize("first", range(0, len(HOSTILE), 3))
def test_what_a_stranger_wrote_is_only_text(first: int, letter_assets: Assets) -> None:
    name, street, reference, *_ = HOSTILE[first:] + HOSTILE
    document = an_invoice(
        tuple(a_row(text, 100, article=text[:20], unit=text[:10]) for text in HOSTILE),
        receiver=replace(RECEIVER, name=name, care_of=street, street=reference, town=name),
        sender=replace(SENDER, name=street, email=name),
        your_reference=reference,
        subject=street,
    )
    renderer = Renderer(letter_assets)
    watched = renderer._fetcher = Watched(letter_assets)
    pdf = renderer.render(html.invoice(document))
    assert watched.asked == []
    said = "".join(text_of(pdf).split())
    assert all("".join(text.split()) in said for text in HOSTILE)
    assert PdfReader(io.BytesIO(pdf)).attachments == {}


@pytest.mark.parametrize(
    "page",
    [
        '<link rel=stylesheet href="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/a.png">',
        '<img src="data:image/png;base64,AAAA">',
        "<style>@import url(http://127.0.0.1:9/)</style>",
        "<style>@font-face{font-family:a;src:url(file:///etc/passwd)} body{font-family:a}</style>a",
        '<img src="asset:unknown">',
    ],
)
def test_even_our_own_page_may_fetch_nothing_but_our_assets(page: str, renderer: Renderer) -> None:
    with pytest.raises(ForeignAddress):
        renderer.render(page)


def test_everything_is_black(letter_assets: Assets) -> None:
    colours = {word for word in letter_assets.css.replace(";", " ").replace("}", " ").split() if word.startswith("#")}
    assert colours == {"#000"}
