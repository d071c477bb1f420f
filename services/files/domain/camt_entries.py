"""The entries of a camt report: which of them are deposits, and whether their sums hold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from re import ASCII
from re import compile as regex
from typing import Final

from services.files.domain import camt_transactions, faults
from services.files.domain.camt_elements import Amount, Part, Place, account, minor_units
from services.files.domain.camt_transactions import Transaction
from services.files.domain.payments import Account, AccountKind, Deposit, IgnoredEntry, PaymentRow, RowKind

_GIRO_IN_REFERENCE = regex(r"(?P<kind>BG|PG)0*(?P<number>\d{2,8})\b", ASCII)
_GIRO_KINDS: Final = {"BG": AccountKind.BANKGIRO, "PG": AccountKind.PLUSGIRO}
_TRUE: Final = frozenset({"true", "1"})  # xs:boolean


@dataclass(slots=True)
class _Total:
    """Of credit or debit entries: all, and the booked ones. Banks count either in ``TxsSummry``."""

    amounts_minor: list[int] = field(default_factory=list)
    booked_minor: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """A statement or notification while it is read."""

    place: Place
    id: str = ""
    account: Account | None = None
    entries: int = 0
    is_page: bool = False  # of several: totals may be those of all pages
    has_faults: bool = False  # in an amount: then the totals cannot be right, and saying so would only add noise
    deposits: list[Deposit] = field(default_factory=list)
    ignored: list[IgnoredEntry] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)
    credits: _Total = field(default_factory=_Total)
    debits: _Total = field(default_factory=_Total)
    stated: list[tuple[str, int | None, str]] = field(default_factory=list)

    def take(self, name: str, part: Part) -> None:
        """A part of the report that is no entry."""
        match name:
            case "Id":
                self.id = (part.element.text or "").strip()
            case "Acct":
                self.account = account(part)
            case "StmtPgntn" | "NtfctnPgntn":
                self.is_page = part.text("PgNb") != "1" or part.text("LastPgInd") not in _TRUE
            case "TxsSummry":
                self.stated = [
                    (total_name, self.place.count(total, "NbOfNtries"), total.text("Sum"))
                    for total_name in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries")
                    if (total := part.one(total_name)) is not None
                ]

    def close(self) -> None:
        """Compare the stated totals with the entries."""
        if self.is_page or self.has_faults:
            return
        for part, count, total in self.stated:
            all_minor, booked_minor = self._counted(part)
            if count is not None and count not in {len(all_minor), len(booked_minor)}:
                self.place.fault(faults.FOOTER_COUNT, element=part, expected=count, found=len(all_minor))
            if not total or len(self.currencies) > 1:
                continue
            try:
                stated_minor = minor_units(total, next(iter(self.currencies), "SEK"))
            except ValueError:
                self.place.fault(faults.BAD_AMOUNT, element=part)
                continue
            if stated_minor not in {sum(all_minor), sum(booked_minor)}:
                self.place.fault(faults.FOOTER_SUM, element=part, expected=stated_minor, found=sum(all_minor))

    def _counted(self, part: str) -> tuple[list[int], list[int]]:
        totals = {"TtlCdtNtries": [self.credits], "TtlDbtNtries": [self.debits]}.get(part, [self.credits, self.debits])
        return [a for t in totals for a in t.amounts_minor], [a for t in totals for a in t.booked_minor]


@dataclass(frozen=True, slots=True)
class _Batch:
    details_no: int
    transactions: int
    stated_count: int | None
    stated_total: Amount | None

    def stated_minor_in(self, currency: str) -> int | None:
        return self.stated_total.minor if self.stated_total and self.stated_total.currency == currency else None


@dataclass(slots=True)
class Entry:
    """A ``Ntry`` while it is read. ``counts`` when it is incoming money, or a reversal, and booked."""

    place: Place
    report: Report
    number: int
    amount: Amount | None
    is_credit: bool
    is_reversal: bool
    is_booked: bool
    booking_date: date | None
    reference: str
    account_servicer_reference: str
    charges: tuple[Amount, ...]
    channel: str
    details_no: int = 0
    transactions_in_details: int = 0
    transactions: list[Transaction] = field(default_factory=list)
    batches: list[_Batch] = field(default_factory=list)
    message: str = ""

    @classmethod
    def opened(cls, part: Part, report: Report) -> "Entry":
        """The entry with what stands before its details."""
        place = Place(f"{report.place.position}/Ntry[{report.entries}]", report.place.found)
        indicator = part.text("CdtDbtInd")
        amount = place.amount(part.one("Amt"))
        if amount is None and part.one("Amt") is None:
            place.fault(faults.MISSING_ELEMENT, element="Amt")
        if indicator not in {"CRDT", "DBIT"}:
            place.fault(faults.BAD_CODE if indicator else faults.MISSING_ELEMENT, element="CdtDbtInd")
        entry = cls(
            place=place,
            report=report,
            number=report.entries,
            amount=amount,
            is_credit=indicator == "CRDT",
            is_reversal=part.text("RvslInd") in _TRUE,
            is_booked=part.text("Sts/Cd", "Sts") == "BOOK",
            booking_date=place.day(part, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"),
            reference=part.text("NtryRef"),
            account_servicer_reference=part.text("AcctSvcrRef"),
            charges=camt_transactions.charges(part, place),
            channel=camt_transactions.channel(part),
        )
        if entry.counts and entry.booking_date is None:
            place.fault(faults.MISSING_ELEMENT, element="BookgDt")
        return entry

    @property
    def counts(self) -> bool:
        return self.is_booked and (self.is_credit or self.is_reversal)

    @property
    def currency(self) -> str:
        return self.amount.currency if self.amount else ""

    def close_details(self, batch: Part | None) -> None:
        """At the end of a ``NtryDtls``, with its ``Btch``."""
        if batch is not None and self.counts:
            self.batches.append(
                _Batch(
                    self.details_no,
                    self.transactions_in_details,
                    self.place.count(batch, "NbOfTxs"),
                    self.place.amount(batch.one("TtlAmt")),
                )
            )
        self.transactions_in_details = 0

    def close(self, part: Part, next_row: Callable[[str], int]) -> None:
        """Count the entry in its report: as deposits, or as ignored."""
        if self.amount is None:
            self.report.has_faults = True
            return
        self.message = part.text("AddtlNtryInf")
        total = self.report.credits if self.is_credit else self.report.debits
        self.report.currencies.add(self.currency)
        total.amounts_minor.append(self.amount.minor)
        if self.is_booked:
            total.booked_minor.append(self.amount.minor)
        if not self.counts:
            reason = "DEBIT" if not self.is_credit else "NOT_BOOKED"
            self.report.ignored.append(IgnoredEntry(self.place.position, reason, self.amount.minor, self.currency))
            return
        before = len(self.place.found)
        self._check_batches()
        if self.booking_date is None or len(self.place.found) > before:
            return
        rows = [*self._rows(self.booking_date), *self._lumps(self.booking_date, next_row)]
        if len(self.place.found) == before:
            self._add_deposits(rows, self.booking_date, self.amount)

    def _check_batches(self) -> None:
        """Compare each told batch's stated count and total with its transactions."""
        inside: dict[int, list[Transaction]] = {}
        for transaction in self.transactions:
            inside.setdefault(transaction.details_no, []).append(transaction)
        for batch in self.batches:
            transactions = inside.get(batch.details_no, [])
            if not transactions:
                continue
            if batch.stated_count not in {None, len(transactions)}:
                self._batch_fault(faults.FOOTER_COUNT, batch.stated_count, len(transactions))
            amounts = [t.amount_in(self.currency) for t in transactions]
            if batch.stated_minor_in(self.currency) is None or None in amounts:
                continue
            total = sum(-a if t.is_debit else a for t, a in zip(transactions, amounts, strict=True) if a is not None)
            charges = _sum(self.currency, *(t.charges for t in transactions))
            if batch.stated_minor_in(self.currency) not in {total, total - charges}:
                self._batch_fault(faults.FOOTER_SUM, batch.stated_minor_in(self.currency), total)

    def _batch_fault(self, reason: str, expected: int | None, found: int) -> None:
        self.place.fault(reason, element="Btch", expected=expected, found=found)

    def _rows(self, booking_date: date) -> Iterator[tuple[Account | None, PaymentRow]]:
        alone = len(self.transactions) == 1 and not any(not batch.transactions for batch in self.batches)
        for index, transaction in enumerate(self.transactions, start=1):
            minor = transaction.amount_in(self.currency)
            if minor is None and alone and self.amount:
                minor = self.amount.minor  # paid in another currency: what was booked is what we got
            if minor is None:
                reason = faults.CURRENCY_MISMATCH if transaction.amounts else faults.MISSING_ELEMENT
                place = Place(transaction.position, self.place.found, transaction.row_no)
                place.fault(reason, element="AmtDtls/TxAmt/Amt", currency=self.currency)
                continue
            is_deduction = self.is_credit and transaction.is_debit is True
            yield (
                transaction.payee_account,
                PaymentRow(
                    row_no=transaction.row_no,
                    position=transaction.position,
                    bank_reference=self._bank_reference(transaction, index, alone=alone),
                    amount_minor=-minor if is_deduction or not self.is_credit else minor,
                    currency=self.currency,
                    booking_date=booking_date,
                    payer_name=transaction.payer_name,
                    payer_account=transaction.payer_account,
                    payer_org_no=transaction.payer_org_no,
                    references=transaction.references,
                    channel=transaction.channel or self.channel,
                    message=transaction.message or (self.message if alone else ""),
                    kind=self._kind(is_deduction=is_deduction, is_return=transaction.is_return),
                ),
            )

    def _lumps(self, booking_date: date, next_row: Callable[[str], int]) -> Iterator[tuple[Account | None, PaymentRow]]:
        """Payments whose transactions the bank does not tell: of an entry without details, or of a batch without."""
        untold = [batch for batch in self.batches if not batch.transactions]
        if not self.transactions and not untold:
            untold = [_Batch(1, 0, None, None)]
        alone = len(untold) == 1 and not self.transactions
        for batch in untold:
            minor = batch.stated_minor_in(self.currency)
            if alone and self.amount and minor is None:
                minor = self.amount.minor
            if minor is None:
                self.place.fault(faults.MISSING_ELEMENT, element="Btch/TtlAmt")
                continue
            key = self._key()
            yield (
                None,
                PaymentRow(
                    row_no=next_row(self.place.position),
                    position=self.place.position,
                    bank_reference=key if alone else f"{key}/batch{batch.details_no}",
                    amount_minor=minor if self.is_credit else -minor,
                    currency=self.currency,
                    booking_date=booking_date,
                    channel=self.channel,
                    message=self.message,
                    kind=self._kind(),
                    transaction_count=max(batch.stated_count or 1, 1),
                ),
            )

    def _kind(self, *, is_deduction: bool = False, is_return: bool = False) -> RowKind:
        if self.is_reversal or is_return:
            return RowKind.REVERSAL
        return RowKind.DEDUCTION if is_deduction else RowKind.PAYMENT

    def _key(self) -> str:
        """The entry's identity: the bank's own, or the best that the file gives."""
        if self.account_servicer_reference:
            return self.account_servicer_reference
        account_number = self.report.account.number if self.report.account else ""
        return f"{account_number}/{self.booking_date}/{self.reference or f'{self.report.id}/{self.number}'}"

    def _bank_reference(self, transaction: Transaction, index: int, *, alone: bool) -> str:
        """The bank's reference of the transaction; else the payer's, which is unique only within its entry."""
        if transaction.account_servicer_reference or transaction.transaction_id:
            return transaction.account_servicer_reference or transaction.transaction_id
        if alone and self.account_servicer_reference:
            return self.account_servicer_reference
        return f"{self._key()}/{transaction.end_to_end_id or index}"

    def _add_deposits(self, rows: list[tuple[Account | None, PaymentRow]], booking_date: date, booked: Amount) -> None:
        """One deposit for each receiving account, and the check that together they are what was booked."""
        signed_minor = booked.minor if self.is_credit else -booked.minor
        total = sum(row.amount_minor for _, row in rows)
        charges = _sum(self.currency, self.charges, *(t.charges for t in self.transactions))
        if total - signed_minor not in {0, charges}:
            self.place.fault(faults.SUM_MISMATCH, expected=signed_minor, found=total, charges=charges)
            return
        kept = total - signed_minor
        by_account: dict[Account, list[PaymentRow]] = {}
        for payee, row in rows:
            receiver = self._receiver(payee)
            if receiver is None:
                self.place.fault(faults.BAD_ACCOUNT)
                return
            by_account.setdefault(receiver, []).append(row)
        serial = self.reference or self.account_servicer_reference
        for receiver, payments in by_account.items():
            minor = sum(row.amount_minor for row in payments)
            deposit = Deposit(receiver, self.currency, booking_date, minor, serial, tuple(payments))
            if kept:  # charges are not told by receiver: the first bears them
                deposit, kept = replace(deposit, amount_minor=minor - kept, charges_minor=kept), 0
            self.report.deposits.append(deposit)

    def _receiver(self, payee: Account | None) -> Account | None:
        """The giro that was paid to; else the account of the report, where the money is."""
        if payee and payee.kind in _GIRO_KINDS.values():
            return payee
        if giro := _GIRO_IN_REFERENCE.match(self.reference):
            return Account(_GIRO_KINDS[giro["kind"]], giro["number"])
        return self.report.account


def _sum(currency: str, *charges: tuple[Amount, ...]) -> int:
    return sum(amount.minor for some in charges for amount in some if amount.currency == currency)
