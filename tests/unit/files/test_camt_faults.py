"""Broken camt files: each row of the table is one way to break a message, and the reasons it is refused for."""

import pytest

from services.files.domain import faults
from services.files.domain.limited import Limits
from tests.unit.files.builders import a_camt054, a_transaction, an_entry, camt_of, details, reasons

GOOD = camt_of(an_entry(details(a_transaction("60.00", "T1"), a_transaction("40.00", "T2"))))


def summary(part: str) -> str:
    return f"<TxsSummry>{part}</TxsSummry>"


TABLE = [
    ("empty", b"", [faults.EMPTY_FILE]),
    ("no camt", b"<?xml version='1.0'?><Invoice/>", [faults.UNKNOWN_FORMAT]),
    ("pain", GOOD.replace(b"camt.054.001.02", b"pain.001.001.03"), [faults.UNKNOWN_FORMAT]),
    ("older version", GOOD.replace(b"001.02", b"001.01"), [faults.UNKNOWN_VERSION]),
    ("newer version", GOOD.replace(b"001.02", b"001.14"), [faults.UNKNOWN_VERSION]),
    ("cut in a tag", GOOD[:-200], [faults.TRUNCATED]),
    ("cut at the end", GOOD[:-11], [faults.TRUNCATED]),
    ("crossed tags", GOOD.replace(b"</Ntry>", b"</Entry>"), [faults.XML_NOT_WELL_FORMED]),
    ("undeclared entity", GOOD.replace(b">R1<", b">&who;<"), [faults.XML_NOT_WELL_FORMED]),
    ("Latin-1 called UTF-8", GOOD.replace(b">R1<", ">Å<".encode("latin-1")), [faults.WRONG_ENCODING]),
    ("UTF-7", GOOD.replace(b"UTF-8", b"UTF-7"), [faults.WRONG_ENCODING]),
    ("declared UTF-16 but is not", GOOD.replace(b"UTF-8", b"UTF-16"), [faults.WRONG_ENCODING]),
    ("no header", camt_of(an_entry(), header=""), [faults.MISSING_ELEMENT]),
    (
        "no message id",
        camt_of(an_entry(), header="<GrpHdr><CreDtTm>2026-11-24T10:00:00</CreDtTm></GrpHdr>"),
        [faults.MISSING_ELEMENT],
    ),
    ("no time", camt_of(an_entry(), header="<GrpHdr><MsgId>M</MsgId></GrpHdr>"), [faults.BAD_DATE]),
    ("053 inside 054", GOOD.replace(b"BkToCstmrDbtCdtNtfctn", b"BkToCstmrStmt"), [faults.MISSING_ELEMENT]),
    ("no amount", camt_of(an_entry(amount="")), [faults.MISSING_ELEMENT]),
    ("no currency", camt_of(an_entry(amount="<Amt>100.00</Amt>")), [faults.BAD_CURRENCY]),
    ("comma", camt_of(an_entry(amount='<Amt Ccy="SEK">100,00</Amt>')), [faults.BAD_AMOUNT]),
    ("part of an öre", camt_of(an_entry(amount='<Amt Ccy="SEK">100.005</Amt>')), [faults.BAD_AMOUNT]),
    ("part of a yen", camt_of(an_entry(amount='<Amt Ccy="JPY">100.5</Amt>')), [faults.BAD_AMOUNT]),
    ("exponent", camt_of(an_entry(amount='<Amt Ccy="SEK">1E2</Amt>')), [faults.BAD_AMOUNT]),
    ("not a number", camt_of(an_entry(amount='<Amt Ccy="SEK">NaN</Amt>')), [faults.BAD_AMOUNT]),
    ("larger than int64", camt_of(an_entry(amount=f'<Amt Ccy="SEK">{"9" * 18}</Amt>')), [faults.BAD_AMOUNT]),
    ("negative", camt_of(an_entry(amount='<Amt Ccy="SEK">-100.00</Amt>')), [faults.NEGATIVE_AMOUNT]),
    ("no direction", camt_of(an_entry(indicator="")), [faults.MISSING_ELEMENT]),
    ("wrong direction", camt_of(an_entry(indicator="<CdtDbtInd>KRED</CdtDbtInd>")), [faults.BAD_CODE]),
    ("no day", camt_of(an_entry(day="")), [faults.MISSING_ELEMENT]),
    (
        "wrong day",
        camt_of(an_entry(day="<BookgDt><Dt>2026-11-31</Dt></BookgDt>")),
        [faults.BAD_DATE, faults.MISSING_ELEMENT],
    ),
    (
        "transactions do not sum",
        camt_of(an_entry(details(a_transaction("60.00", "1"), a_transaction("30.00", "2")))),
        [faults.SUM_MISMATCH],
    ),
    ("one transaction is not the entry", camt_of(an_entry(details(a_transaction("90.00")))), [faults.SUM_MISMATCH]),
    (
        "two transactions in another currency",
        camt_of(an_entry(details(a_transaction("6", "1", currency="EUR"), a_transaction("3", "2", currency="EUR")))),
        [faults.CURRENCY_MISMATCH] * 2,
    ),
    (
        "batch count",
        camt_of(an_entry(details(a_transaction(), batch="<Btch><NbOfTxs>2</NbOfTxs></Btch>"))),
        [faults.FOOTER_COUNT],
    ),
    (
        "batch sum",
        camt_of(an_entry(details(a_transaction(), batch='<Btch><TtlAmt Ccy="SEK">99</TtlAmt></Btch>'))),
        [faults.FOOTER_SUM],
    ),
    (
        "number of credits",
        camt_of(summary("<TtlCdtNtries><NbOfNtries>2</NbOfNtries></TtlCdtNtries>") + an_entry()),
        [faults.FOOTER_COUNT],
    ),
    (
        "sum of credits",
        camt_of(summary("<TtlCdtNtries><Sum>99</Sum></TtlCdtNtries>") + an_entry()),
        [faults.FOOTER_SUM],
    ),
    ("sum of all", camt_of(summary("<TtlNtries><Sum>99</Sum></TtlNtries>") + an_entry()), [faults.FOOTER_SUM]),
    (
        "same payment twice",
        camt_of(an_entry(details(a_transaction("50.00"), a_transaction("50.00")))),
        [faults.DUPLICATE_REFERENCE],
    ),
    (
        "no receiver",
        camt_of(an_entry()).replace(b"<Acct><Id><Othr><Id>54401060156</Id>", b"<Acct><Id><Othr>"),
        [faults.BAD_ACCOUNT],
    ),
    (
        "bad part amount",
        camt_of(
            an_entry(
                details(
                    a_transaction(
                        inside='<RmtInf><Strd><RfrdDocAmt><RmtdAmt Ccy="SEK">x</RmtdAmt></RfrdDocAmt></Strd></RmtInf>'
                    )
                )
            )
        ),
        [faults.BAD_AMOUNT],
    ),
]


@pytest.mark.parametrize(("content", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_broken_file_is_refused_with_its_reason(content: bytes, expected: list[str]) -> None:
    assert reasons(content) == expected


def test_the_file_that_the_table_breaks_is_good() -> None:
    assert reasons(GOOD) == []


def test_limits_of_rows_and_bytes() -> None:
    assert reasons(GOOD, limits=Limits(max_rows=1)) == [faults.TOO_MANY_ROWS]
    assert reasons(GOOD, limits=Limits(max_bytes=len(GOOD) - 1)) == [faults.FILE_TOO_LARGE]
    assert reasons(GOOD, limits=Limits(max_bytes=len(GOOD), max_rows=2)) == []


@pytest.mark.parametrize("number", range(2, 14))
def test_every_version_is_taken(number: int) -> None:
    assert reasons(a_camt054(version=f"001.{number:02}")) == []
