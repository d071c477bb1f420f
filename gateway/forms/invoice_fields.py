"""The fields of Registrera faktura: their labels, their choices, and where each stands in the message."""

from collections.abc import Mapping
from typing import Final

from gateway.forms.labels import Label
from rf.ledger.v1 import invoices_pb2

KINDS: Final[Mapping[str, tuple[str, "invoices_pb2.InvoiceKind.ValueType"]]] = {
    "F": ("Faktura", invoices_pb2.INVOICE_KIND_INVOICE),
    "K": ("Kreditfaktura", invoices_pb2.INVOICE_KIND_CREDIT),
    "R": ("Räntefaktura", invoices_pb2.INVOICE_KIND_INTEREST),
    "S": ("Slutfaktura kundkonto", invoices_pb2.INVOICE_KIND_FINAL),
}
SERVICES: Final[Mapping[str, tuple[str, "invoices_pb2.ServiceKind.ValueType"]]] = {
    "fakturaservice": ("Fakturaservice", invoices_pb2.SERVICE_KIND_INVOICING),
    "reskontraservice": ("Reskontraservice", invoices_pb2.SERVICE_KIND_LEDGER),
}
RATES: Final = ("25", "12", "6", "0")
MAX_ROWS: Final = 500
QUANTITY_DECIMALS: Final = 4
PRICE_DECIMALS: Final = 6
PERCENT_DECIMALS: Final = 4
RATE_DECIMALS: Final = 9

_AMOUNT = "Skriv ett belopp, t.ex. 1 250,00."
LABELS: Final[Mapping[str, Label]] = {
    "klient": Label("Klient", "Välj i listan."),
    "tjanst": Label("Tjänst", "Välj Fakturaservice eller Reskontraservice."),
    "typ": Label("Fakturatyp", "Välj i listan."),
    "kundnr": Label("KundNr", "Skriv ett nummer, ett namn eller ett ID-nummer, t.ex. 104361."),
    "fakturanr": Label("FakturaNr", "Skriv bokstäver och siffror, t.ex. 40719988."),
    "fakturadatum": Label("Fakturadatum", "Skriv t.ex. 2026-11-24, 24 eller i (i dag)."),
    "villkor": Label("Betalningsvillkor", "Skriv antal dagar från 0 till 180, t.ex. 30."),
    "forfallodatum": Label("Förfallodatum", "Skriv t.ex. 2026-12-24 eller +30."),
    "valuta": Label("Valuta", "Välj i listan."),
    "kurs": Label("Kurs", "Skriv vad en enhet av valutan kostar i kronor, t.ex. 11,2345."),
    "er_referens": Label("Er referens"),
    "var_referens": Label("Vår referens"),
    "avser": Label("Fakturan avser"),
    "krediterar": Label("Krediterar faktura", "Skriv ett fakturanummer, t.ex. 40719988."),
    "avgift": Label("Faktureringsavgift"),
    "netto": Label("Nettobelopp", _AMOUNT),
    "moms": Label("Moms", _AMOUNT),
    "belopp": Label("Belopp", _AMOUNT),
    "ocr": Label("OCR-nummer", "Skriv numret med kontrollsiffra, eller töm fältet."),
}
CELLS: Final[Mapping[str, Label]] = {
    "artikel": Label("Artikel", "Skriv högst 20 tecken."),
    "benamning": Label("Benämning", "Skriv vad raden gäller, t.ex. Fast avgift, oktober."),
    "antal": Label("Antal", "Skriv ett antal, t.ex. 1 eller 0,5."),
    "enhet": Label("Enhet", "Skriv högst 10 tecken, t.ex. st."),
    "pris": Label("À-pris", "Skriv ett belopp, t.ex. 39,00."),
    "rabatt": Label("Rabatt", "Skriv procent från 0 till 100, t.ex. 10."),
    "moms": Label("Moms", "Välj 25, 12, 6 eller 0 %."),
    "text": Label("Text", "Skriv en text, eller ta bort raden."),
}
FIELD_OF: Final[Mapping[str, str]] = {  # of the message → of the form
    "client_id": "klient",
    "service": "tjanst",
    "kind": "typ",
    "customer_number": "kundnr",
    "invoice_number": "fakturanr",
    "invoice_date": "fakturadatum",
    "payment_terms_days": "villkor",
    "due_date": "forfallodatum",
    "currency_code": "valuta",
    "exchange_rate": "kurs",
    "your_reference": "er_referens",
    "our_reference": "var_referens",
    "subject": "avser",
    "credits_invoice_number": "krediterar",
    "with_invoice_fee": "avgift",
    "net": "netto",
    "vat": "moms",
    "total": "belopp",
    "ocr_number": "ocr",
}
CELL_OF: Final[Mapping[str, str]] = {
    "article_number": "artikel",
    "description": "benamning",
    "quantity": "antal",
    "unit": "enhet",
    "unit_price": "pris",
    "discount_percent": "rabatt",
    "vat_percent": "moms",
}
