"""The payment part: what its machine-read code line and its QR code say.

The layout of the code line is from general knowledge and from the picture of the reminder; Bankgirot's slip
specification and its approval of a printed sample come before the first real print (see README).
"""

import json
from decimal import Decimal

from stdnum import luhn

from kernel.money import SEK, exponent
from services.reports.domain.invoice_document import InvoiceDocument, Payee

DOCUMENT_TYPE = "41"  # a slip with a filled-in amount and an OCR number


def amount_parts(minor: int) -> tuple[str, str]:
    """Kronor and öre as digits. Raises ValueError for a negative amount."""
    if minor < 0:
        raise ValueError("a payment is never negative")
    kronor, ore = divmod(minor, 100)
    return str(kronor), f"{ore:02}"


def code_line(payee: Payee, minor: int) -> tuple[str, str, str]:
    """The three fields of the code line: reference, amount with its check digit (10-modulus), account and type.

    >>> code_line(Payee("A", "59990010", "407185685", True), 55476)
    ('#     407185685 #', '554 76   6 >', '59990010#41#')
    """
    kronor, ore = amount_parts(minor)
    check = luhn.calc_check_digit(kronor + ore)
    return f"#     {payee.reference} #", f"{kronor} {ore}   {check} >", f"{payee.bankgiro}#{DOCUMENT_TYPE}#"


def has_code_line(document: InvoiceDocument) -> bool:
    """A bankgiro slip is in kronor and has an OCR number; without either there is nothing for a machine to read."""
    return document.slip is not None and document.slip.is_ocr and document.currency == SEK


def qr_payload(document: InvoiceDocument, payee: Payee) -> str:
    """What the QR code says: JSON in the manner of UsingQR 1, which the Swedish banks' apps read.

    ``uqr`` version, ``tp`` 1 = invoice, ``nme`` payee, ``cid`` organisation number, ``iref`` reference, ``idt`` and
    ``ddt`` invoice and due day, ``due`` amount, ``cur`` currency, ``pt`` kind of account, ``acc`` account.
    """
    values: dict[str, str | int] = {
        "uqr": 1,
        "tp": 1,
        "nme": payee.name,
        "cid": hyphened(document.sender.organisation_number),
        "iref": payee.reference,
        "idt": f"{document.invoice_date:%Y%m%d}",
        "ddt": f"{document.due_date:%Y%m%d}",
        "cur": document.currency,
        "pt": "BG",
        "acc": hyphened(payee.bankgiro),
    }
    due = Decimal(document.total_minor).scaleb(-exponent(document.currency))  # a number to JSON, and exact
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))[:-1] + f',"due":{due}' + "}"


def hyphened(digits: str) -> str:
    """A bankgiro or organisation number as it is written: a hyphen before the last four."""
    return f"{digits[:-4]}-{digits[-4:]}" if len(digits) > 4 else digits
