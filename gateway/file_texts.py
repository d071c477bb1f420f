"""What can be wrong in a file that was sent, in Swedish, by the reasons of ``services/files``.

A test asks that every reason has its text here. ``{expected}`` is what the file itself says.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from kernel.formats import format_amount

FAULTS: Final[Mapping[str, str]] = {
    "EMPTY_FILE": "Filen är tom. Hämta den på nytt från banken.",
    "FILE_TOO_LARGE": "Filen är för stor. En fil får vara högst 64 MB; dela upp den.",
    "TOO_MANY_ROWS": "Filen har fler än {max_rows} betalningar. Dela upp den.",
    "UNKNOWN_FORMAT": "Formatet känns inte igen. Skicka BgMax, camt.054 eller camt.053 som banken lämnade filen.",
    "UNKNOWN_VERSION": "Version {version} av formatet läses inte. Be banken om BgMax 01 eller camt 001.02 till 001.13.",
    "WRONG_ENCODING": "Tecknen går inte att läsa. Skicka filen som banken lämnade den, utan att spara om den.",
    "TEST_FILE": "Det är en testfil. Inget i den får bokföras; hämta den riktiga.",
    "TRUNCATED": "Filen är avhuggen. Hämta den på nytt från banken.",
    "MISSING_START": "Startposten saknas. Filen är bara en del av en leverans; skicka hela.",
    "MISSING_END": "Slutposten saknas. Filen är avhuggen; hämta den på nytt från banken.",
    "MISSING_SECTION_END": "Insättningsposten som avslutar ett avsnitt saknas. Hämta filen på nytt från banken.",
    "RECORD_OUTSIDE_SECTION": "Posttyp {record} står utanför ett avsnitt. Hämta filen på nytt från banken.",
    "RECORD_AFTER_END": "Posttyp {record} står efter slutposten. Skicka en leverans per fil.",
    "REPEATED_RECORD": "Posttyp {record} finns två gånger. Skicka en leverans per fil.",
    "BAD_RECORD": "Raden börjar inte med en posttyp, t.ex. 20. Skicka filen som banken lämnade den.",
    "LINE_TOO_LONG": "Raden är längre än formatets 80 tecken. Skicka filen som banken lämnade den.",
    "BAD_ACCOUNT": "Kontot eller gironumret som pengarna kom till saknas eller är fel. Fråga banken.",
    "BAD_AMOUNT": "Beloppet går inte att läsa. Fråga banken.",
    "NEGATIVE_AMOUNT": "Beloppet är negativt. En inbetalning ska vara större än noll; fråga banken.",
    "BAD_CODE": "En kod är inte en av formatets. Fråga banken.",
    "BAD_CURRENCY": "Valutan går inte att läsa. Den ska vara tre bokstäver, t.ex. SEK.",
    "BAD_DATE": "Datumet finns inte. Det ska vara t.ex. 2026-12-02.",
    "BAD_SERIAL": "Löpnumret är inte bara siffror. Fråga banken.",
    "CURRENCY_MISMATCH": "Valutan är inte densamma som kontots eller avsnittets. Fråga banken.",
    "SUM_MISMATCH": "Betalningarna blir {found} men insättningen är {expected}. Fråga banken.",
    "FOOTER_COUNT": "Antalet stämmer inte: filen säger {expected} men har {found}. Hämta den på nytt från banken.",
    "FOOTER_SUM": "Summan stämmer inte: filen säger {expected} men har {found}. Hämta den på nytt från banken.",
    "DUPLICATE_REFERENCE": "Samma betalning finns två gånger i filen. Fråga banken vilken som gäller.",
    "XML_NOT_WELL_FORMED": "XML-koden är trasig här. Skicka filen som banken lämnade den.",
    "XML_FORBIDDEN": "Filen har en dokumenttyp (DOCTYPE), och det tas inte emot. Skicka filen som banken lämnade den.",
    "XML_TOO_COMPLEX": "Filen är djupare eller bredare än en bankfil är. Skicka filen som banken lämnade den.",
    "MISSING_ELEMENT": "Uppgiften {element} saknas. Fråga banken.",
    # of the file as a whole, beside its content
    "MESSAGE_ALREADY_RECEIVED": "Samma leverans från banken kom i en annan fil {received_on}. Inget läggs in på nytt.",
    "FILE_TOO_COMPLEX": "Filen tar för mycket kraft att läsa. Be banken om filen på nytt, eller om två mindre.",
    "FILE_UNREADABLE": "Filen gick inte att läsa hos oss. Skicka den igen, och hör av dig om det inte hjälper.",
}
_WITHOUT_FIGURES: Final = {  # where the file does not say them
    "FOOTER_COUNT": "Antalet i filen går inte att läsa. Hämta den på nytt från banken.",
    "UNKNOWN_VERSION": "Formatets version läses inte. Be banken om BgMax 01 eller camt 001.02 till 001.13.",
}
_AMOUNTS: Final = frozenset({"FOOTER_SUM", "SUM_MISMATCH"})


def fault(reason: str, details: Mapping[str, str]) -> str:
    """What is wrong at one place of a file, and what to do about it."""
    said = {name: _amount(value) if reason in _AMOUNTS else value for name, value in details.items() if value}
    pattern = FAULTS.get(reason, "Något går inte att läsa här. Fråga banken.")
    try:
        return pattern.format_map(said)
    except KeyError:
        unsaid: Mapping[str, str] = defaultdict(lambda: "okänt", said)
        return _WITHOUT_FIGURES.get(reason) or pattern.format_map(unsaid)


def place(position: str) -> str:
    """``line 12`` in Swedish; a path into XML stays as it is."""
    return f"rad {position.removeprefix('line ')}" if position.startswith("line ") else position


def _amount(minor: str) -> str:
    try:
        return format_amount(int(minor))
    except ValueError:
        return minor
