"""From a document to HTML. What people wrote is data: Jinja escapes it, and it never becomes a template."""

from decimal import Decimal
from functools import cache

import segno
from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kernel.formats import format_amount, format_date, format_postcode, format_quantity
from kernel.money import SEK, exponent
from services.reports.domain import payment_slip, sheets
from services.reports.domain.invoice_document import InvoiceDocument, Payee, Receiver
from services.reports.rendering.assets import TEMPLATES

NUMBER_EM = 0.64  # of a digit, as wide as sheets.width_em says


def invoice(document: InvoiceDocument) -> str:
    """The invoice's pages."""
    slip = document.slip
    return (
        _environment()
        .get_template("invoice.html")
        .render(
            document=document,
            sheets=sheets.lay_out(document),
            slip=slip,
            slip_amount=payment_slip.amount_parts(document.total_minor) if slip else None,
            code_line=payment_slip.code_line(slip, document.total_minor)
            if slip and payment_slip.has_code_line(document)
            else None,
            has_long_subject=sheets.has_long_subject(document),
            qr=_qr(document, slip) if slip else None,
            receiver_lines=_address(document.receiver),
            unit="kr" if document.currency == SEK else document.currency,
            decimals=exponent(document.currency),
        )
    )


def _address(receiver: Receiver) -> list[str]:
    """The lines of the window, without empty ones; the country where it is another."""
    town = f"{format_postcode(receiver.postcode)} {receiver.town}".strip()
    lines = [receiver.name, f"c/o {receiver.care_of}" if receiver.care_of else "", receiver.street, town]
    if receiver.country_code not in {"", "SE"}:
        lines.append(_countries().get(receiver.country_code, receiver.country_code).upper())
    return [line for line in lines if line]


@cache
def _countries() -> dict[str, str]:
    return dict(Locale("sv").territories)


def _qr(document: InvoiceDocument, payee: Payee) -> Markup:
    code = segno.make_qr(payment_slip.qr_payload(document, payee), error="m")
    return Markup(code.svg_inline(border=0, omitsize=True))  # noqa: S704 - drawn by us: numbers only


def _price(price: Decimal, decimals: int) -> str:
    """A price with at least the currency's decimals, and more where it has them."""
    whole = format_quantity(price)
    _, comma, fraction = whole.partition(",")
    missing = decimals - len(fraction)
    return whole + ("" if comma or missing <= 0 else ",") + "0" * max(missing, 0)


def _shrink(text: str, width_mm: float) -> Markup:
    """A style attribute that makes a number fit its column, empty for nearly all of them."""
    needed = max(len(text) * NUMBER_EM * sheets.FONT_MM, 1.0)
    smaller = Markup(' style="font-size:{}%"').format(int(100 * width_mm / needed))
    return smaller if needed > width_mm else Markup()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        amount=format_amount,
        day=format_date,
        quantity=format_quantity,
        price=_price,
        postcode=format_postcode,
        hyphened=payment_slip.hyphened,
        shrink=_shrink,
    )
    return environment
