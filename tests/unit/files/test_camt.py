"""camt.053 and camt.054 as the standard and Swedish banks have them, where the samples show no case."""

from datetime import date

import pytest

from services.files.domain.payments import Account, AccountKind, ReferenceKind, RowKind
from tests.unit.files.builders import (
    a_transaction,
    an_entry,
    camt_of,
    credit_note,
    details,
    invoice,
    ocr,
    read,
)

DEBIT = "<CdtDbtInd>DBIT</CdtDbtInd>"
REVERSED = "<RvslInd>true</RvslInd>"


def remittance(*structured: str) -> str:
    return f"<RmtInf>{''.join(f'<Strd>{one}</Strd>' for one in structured)}</RmtInf>"


def creditor(value: str, code: str = "<Cd>SCOR</Cd>") -> str:
    kind = f"<Tp><CdOrPrtry>{code}</CdOrPrtry></Tp>" if code else ""
    return f"<CdtrRefInf>{kind}<Ref>{value}</Ref></CdtrRefInf>"


def document(number: str, code: str = "CINV") -> str:
    return f"<RfrdDocInf><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Nb>{number}</Nb></RfrdDocInf>"


def part(amount: str, currency: str = "SEK") -> str:
    return f'<RfrdDocAmt><RmtdAmt Ccy="{currency}">{amount}</RmtdAmt></RfrdDocAmt>'


def test_an_entry_without_transactions_is_one_payment() -> None:
    (payment,) = read(camt_of(an_entry("<AddtlNtryInf>Insättning</AddtlNtryInf>"))).payments

    assert (payment.amount_minor, payment.bank_reference, payment.message) == (10_000, "E1", "Insättning")
    assert payment.position == "/Document/BkToCstmrDbtCdtNtfctn/Ntfctn[1]/Ntry[1]"


def test_a_batch_without_transactions_says_how_many_payments_it_is() -> None:
    batch = '<Btch><NbOfTxs>25</NbOfTxs><TtlAmt Ccy="SEK">100.00</TtlAmt></Btch>'
    (payment,) = read(camt_of(an_entry(details(batch=batch)))).payments

    assert (payment.amount_minor, payment.transaction_count) == (10_000, 25)


def test_a_batch_without_transactions_beside_told_ones() -> None:
    batch = '<Btch><NbOfTxs>2</NbOfTxs><TtlAmt Ccy="SEK">40.00</TtlAmt></Btch>'
    payments = read(camt_of(an_entry(details(a_transaction("60.00")) + details(batch=batch)))).payments

    assert [(p.bank_reference, p.amount_minor, p.transaction_count) for p in payments] == [
        ("T1", 6_000, 1),
        ("E1/batch2", 4_000, 2),
    ]


def test_details_may_come_one_transaction_each() -> None:
    entry = an_entry(details(a_transaction("60.00", "T1")) + details(a_transaction("40.00", "T2")))
    payments = read(camt_of(entry)).payments

    assert [p.position.rpartition("Ntry[1]")[2] for p in payments] == [
        "/NtryDtls[1]/TxDtls[1]",
        "/NtryDtls[2]/TxDtls[1]",
    ]


@pytest.mark.parametrize("status", ["<Sts>PDNG</Sts>", "<Sts><Cd>INFO</Cd></Sts>", "<Sts>FUTR</Sts>", ""])
def test_what_is_not_booked_is_ignored(status: str) -> None:
    file = read(camt_of(an_entry(details(a_transaction("1.00")), status=status, day="")))

    assert file.deposits == ()
    assert [(entry.reason, entry.amount_minor) for entry in file.ignored] == [("NOT_BOOKED", 10_000)]


def test_outgoing_payments_are_ignored_and_not_checked() -> None:
    file = read(camt_of(an_entry(details(a_transaction("1.00")), indicator=DEBIT)))

    assert (file.deposits, [entry.reason for entry in file.ignored]) == ((), ["DEBIT"])


def test_a_payment_taken_back_is_a_negative_reversal() -> None:
    (deposit,) = read(camt_of(an_entry(details(a_transaction()), indicator=DEBIT + REVERSED))).deposits

    assert (deposit.amount_minor, deposit.payments[0].kind) == (-10_000, RowKind.REVERSAL)
    assert deposit.payments[0].amount_minor == -10_000


def test_our_own_payment_that_comes_back_is_a_reversal_too() -> None:
    (payment,) = read(camt_of(an_entry(indicator="<CdtDbtInd>CRDT</CdtDbtInd>" + REVERSED))).payments

    assert (payment.kind, payment.amount_minor) == (RowKind.REVERSAL, 10_000)


def test_a_returned_transaction_is_a_reversal() -> None:
    returned = a_transaction(inside="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
    (payment,) = read(camt_of(an_entry(details(returned)))).payments

    assert payment.kind is RowKind.REVERSAL


def test_a_debit_inside_a_deposit_is_a_deduction() -> None:
    less = a_transaction("20.00", "T2", inside="").replace("<AmtDtls>", "<CdtDbtInd>DBIT</CdtDbtInd><AmtDtls>")
    payments = read(camt_of(an_entry(details(a_transaction("120.00"), less)))).payments

    assert [(p.kind, p.amount_minor) for p in payments] == [(RowKind.PAYMENT, 12_000), (RowKind.DEDUCTION, -2_000)]


@pytest.mark.parametrize(
    "charges",
    [
        '<Chrgs><Amt Ccy="SEK">5.00</Amt></Chrgs>',
        '<Chrgs><TtlChrgsAndTaxAmt Ccy="SEK">5.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="SEK">5.00</Amt></Rcrd></Chrgs>',
        '<Chrgs><Rcrd><Amt Ccy="SEK">2.00</Amt></Rcrd><Rcrd><Amt Ccy="SEK">3.00</Amt></Rcrd></Chrgs>',
    ],
)
def test_charges_explain_why_less_was_deposited_than_paid(charges: str) -> None:
    (deposit,) = read(camt_of(an_entry(details(a_transaction("105.00", inside=charges))))).deposits

    assert (deposit.amount_minor, deposit.charges_minor) == (10_000, 500)
    assert deposit.payments[0].amount_minor == 10_500


def test_charges_taken_apart_from_the_deposit_change_nothing() -> None:
    charges = '<Chrgs><Amt Ccy="SEK">5.00</Amt></Chrgs>'
    (deposit,) = read(camt_of(an_entry(details(a_transaction(inside=charges))))).deposits

    assert (deposit.amount_minor, deposit.charges_minor) == (10_000, 0)


@pytest.mark.parametrize(
    ("structured", "expected"),
    [
        ([creditor("9854779") + part("40")], [ocr("9854779", 4_000)]),
        ([part("40") + creditor("9854779")], [ocr("9854779", 4_000)]),
        ([creditor("9854779", "")], [ocr("9854779")]),
        ([creditor("RF18539007547034")], [ocr("RF18539007547034")]),
        (
            [document("98547") + part("40"), document("K1", "CREN") + part("5")],
            [invoice("98547", 4_000), credit_note("K1", -500)],
        ),
        ([document("98547") + part("4", "EUR")], [invoice("98547")]),
        ([document("1", "CINV") + document("2", "CINV") + part("40")], [invoice("1", 4_000), invoice("2")]),
        ([document("98547") + creditor("9854779") + part("40")], [ocr("9854779", 4_000), invoice("98547")]),
    ],
)
def test_structured_references(structured: list[str], expected: list[object]) -> None:
    (payment,) = read(camt_of(an_entry(details(a_transaction(inside=remittance(*structured)))))).payments

    assert list(payment.references) == expected


def test_words_where_a_number_belongs_are_text() -> None:
    structured = remittance(document("1154602 3288-26 EXEMPELSSON") + part("40"), creditor("Hej", "<Prtry>X</Prtry>"))
    (payment,) = read(camt_of(an_entry(details(a_transaction(inside=structured))))).payments

    assert [(r.kind, r.amount_minor) for r in payment.references] == [
        (ReferenceKind.TEXT, 4_000),
        (ReferenceKind.TEXT, None),
    ]


def test_free_text_is_the_message() -> None:
    inside = "<RmtInf><Ustrd>Faktura  98547</Ustrd><Ustrd>tack</Ustrd></RmtInf><AddtlTxInf>via app</AddtlTxInf>"
    (payment,) = read(camt_of(an_entry(details(a_transaction(inside=inside))))).payments

    assert (payment.message, payment.references) == ("Faktura 98547\ntack\nvia app", ())


@pytest.mark.parametrize(("before", "after"), [("", ""), ("<Pty>", "</Pty>")])
@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("<OrgId><Othr><Id>202100-5489</Id></Othr></OrgId>", "2021005489"),
        ("<OrgId><Othr><Id>SE202100548901</Id></Othr></OrgId>", "2021005489"),
        ("<PrvtId><Othr><Id>19701063-2391</Id></Othr></PrvtId>", "197010632391"),
        ("<OrgId><Othr><Id>0033112780</Id><SchmeNm><Cd>BANK</Cd></SchmeNm></Othr></OrgId>", None),
        ("<OrgId><Othr><Id>KUND 7</Id></Othr></OrgId>", None),
    ],
)
def test_the_payer_in_both_layouts(before: str, after: str, identity: str, expected: str | None) -> None:
    debtor = f"<RltdPties><Dbtr>{before}<Nm>Åke Öst</Nm><Id>{identity}</Id>{after}</Dbtr></RltdPties>"
    (payment,) = read(camt_of(an_entry(details(a_transaction(inside=debtor))))).payments

    assert (payment.payer_name, payment.payer_org_no) == ("Åke Öst", expected)


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("<IBAN>SE3550000000054910000003</IBAN>", Account(AccountKind.IBAN, "SE3550000000054910000003")),
        (
            "<Othr><Id>0991-2346</Id><SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr>",
            Account(AccountKind.BANKGIRO, "9912346"),
        ),
        ("<Othr><Id>4203-3</Id><SchmeNm><Prtry>PGNR</Prtry></SchmeNm></Othr>", Account(AccountKind.PLUSGIRO, "42033")),
        ("<Othr><Id>54401060156</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr>", Account(AccountKind.BBAN, "54401060156")),
        ("<Othr><Id>X1</Id></Othr>", Account(AccountKind.OTHER, "X1")),
    ],
)
def test_the_payers_account(identity: str, expected: Account) -> None:
    inside = f"<RltdPties><DbtrAcct><Id>{identity}</Id></DbtrAcct></RltdPties>"
    (payment,) = read(camt_of(an_entry(details(a_transaction(inside=inside))))).payments

    assert payment.payer_account == expected


def test_the_receiver_is_the_giro_paid_to_else_that_of_the_entry_else_the_account() -> None:
    giro = "<Othr><Id>9912346</Id><SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr>"
    to_giro = f"<RltdPties><CdtrAcct><Id>{giro}</Id></CdtrAcct></RltdPties>"
    file = read(
        camt_of(
            an_entry(details(a_transaction("60", "T1", to_giro), a_transaction("40", "T2")))
            + an_entry(reference="<AcctSvcrRef>E2</AcctSvcrRef>").replace(
                "<Ntry>", "<Ntry><NtryRef>BG05550000 001</NtryRef>"
            )
        )
    )

    assert [(d.account.kind, d.account.number, d.amount_minor) for d in file.deposits] == [
        (AccountKind.BANKGIRO, "9912346", 6_000),
        (AccountKind.BBAN, "54401060156", 4_000),
        (AccountKind.BANKGIRO, "5550000", 10_000),
    ]


@pytest.mark.parametrize(
    ("refs", "entry", "expected"),
    [
        ("<AcctSvcrRef>T1</AcctSvcrRef><TxId>X1</TxId>", "E1", "T1"),
        ("<EndToEndId>P1</EndToEndId><TxId>X1</TxId>", "E1", "X1"),
        ("<EndToEndId>P1</EndToEndId>", "E1", "E1"),
        ("<EndToEndId>P1</EndToEndId>", "", "54401060156/2026-11-24/N7/P1"),
        ("<EndToEndId>NOTPROVIDED</EndToEndId>", "", "54401060156/2026-11-24/N7/1"),
    ],
)
def test_the_bank_reference_is_the_best_there_is(refs: str, entry: str, expected: str) -> None:
    transaction = f"<TxDtls><Refs>{refs}</Refs></TxDtls>"
    own = f"<AcctSvcrRef>{entry}</AcctSvcrRef>" if entry else ""
    content = an_entry(details(transaction), reference=own).replace("<Ntry>", "<Ntry><NtryRef>N7</NtryRef>")

    assert read(camt_of(content)).payments[0].bank_reference == expected


def test_one_reference_on_different_payments_is_made_unique_whatever_their_order() -> None:
    one, two = a_transaction("60.00", "SAME"), a_transaction("40.00", "SAME")
    forwards = read(camt_of(an_entry(details(one, two)))).payments
    backwards = read(camt_of(an_entry(details(two, one)))).payments

    assert len({p.bank_reference for p in forwards}) == 2
    assert {p.bank_reference: p.amount_minor for p in forwards} == {p.bank_reference: p.amount_minor for p in backwards}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("<BookgDt><DtTm>2026-11-24T23:30:00+01:00</DtTm></BookgDt>", date(2026, 11, 24)),
        ("<BookgDt><Dt>2026-11-24+01:00</Dt></BookgDt>", date(2026, 11, 24)),
        ("<ValDt><Dt>2026-11-25</Dt></ValDt>", date(2026, 11, 25)),
    ],
)
def test_the_booking_day(day: str, expected: date) -> None:
    assert read(camt_of(an_entry(day=day))).deposits[0].booking_date == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("100", "SEK", 10_000),
        ("100.5", "SEK", 10_050),
        ("8625.000", "SEK", 862_500),
        ("+1.00", "SEK", 100),
        (".5", "SEK", 50),
        ("100", "JPY", 100),
        ("1.234", "KWD", 1234),
    ],
)
def test_amounts_in_minor_units(amount: str, currency: str, expected: int) -> None:
    assert read(camt_of(an_entry(amount=f'<Amt Ccy="{currency}">{amount}</Amt>'))).deposits[0].amount_minor == expected


def test_totals_may_count_booked_entries_or_all() -> None:
    entries = an_entry() + an_entry(status="<Sts>PDNG</Sts>")
    for total, count in (("100.00", "1"), ("200", "2")):
        summary = (
            f"<TxsSummry><TtlCdtNtries><NbOfNtries>{count}</NbOfNtries><Sum>{total}</Sum></TtlCdtNtries></TxsSummry>"
        )
        assert len(read(camt_of(summary + entries)).deposits) == 1


def test_totals_of_a_page_may_be_those_of_all_pages() -> None:
    page = "<NtfctnPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></NtfctnPgntn>"
    summary = "<TxsSummry><TtlCdtNtries><Sum>999</Sum></TtlCdtNtries></TxsSummry>"

    assert len(read(camt_of(page + summary + an_entry())).deposits) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_letters_are_right_in_every_encoding(encoding: str) -> None:
    message = camt_of(an_entry("<AddtlNtryInf>Åäö</AddtlNtryInf>")).decode()
    declared = encoding.removesuffix("-sig")

    assert read(message.replace("UTF-8", declared).encode(encoding)).payments[0].message == "Åäö"


def test_a_prefix_of_the_namespace_makes_no_difference() -> None:
    content = camt_of(an_entry(details(a_transaction()))).replace(b"<", b"<n:").replace(b"<n:/", b"</n:")
    content = content.replace(b"<n:?", b"<?").replace(b"xmlns=", b"xmlns:n=")

    assert read(content).payments[0].bank_reference == "T1"
