"""One transaction (``TxDtls``) of a camt entry: who paid, how much, and for what.

The elements' names and order differ between versions 001.02 and 001.13 in few places: a party is ``Dbtr/Nm`` or
``Dbtr/Pty/Nm``, an amount ``AmtDtls/TxAmt/Amt`` or ``Amt``. Both are looked for, whatever the version.
"""

from dataclasses import dataclass
from re import ASCII
from re import compile as regex
from typing import Final

from services.files.domain import faults
from services.files.domain.camt_elements import Amount, Part, Place, account
from services.files.domain.payments import Account, Reference, ReferenceKind, stated_number_kind

# In the order of preference. TxAmt and the others may be in the payer's currency: the first in the entry's one counts.
_AMOUNTS: Final = (
    "Amt",
    "AmtDtls/TxAmt/Amt",
    "AmtDtls/CntrValAmt/Amt",
    "AmtDtls/AnncdPstngAmt/Amt",
    "AmtDtls/InstdAmt/Amt",
)
_CREDIT_NOTES: Final = frozenset({"CREN", "CNFA"})
_BANKS_OWN_NUMBERS: Final = frozenset({"BANK", "CUST"})  # a customer number with the bank, no organisation number
_DIGITS = regex(r"\d+", ASCII)
_VAT_NO = regex(r"SE(\d{10})01", ASCII)


@dataclass(frozen=True, slots=True)
class Transaction:
    """``amounts`` are all it states, best first; ``is_debit`` is None when it does not say.

    ``is_return`` when it is a payment of our own that came back.
    """

    row_no: int
    position: str
    details_no: int
    account_servicer_reference: str
    transaction_id: str
    end_to_end_id: str
    amounts: tuple[Amount, ...]
    is_debit: bool | None
    is_return: bool
    charges: tuple[Amount, ...]
    payer_name: str
    payer_account: Account | None
    payer_org_no: str | None
    payee_account: Account | None
    references: tuple[Reference, ...]
    message: str
    channel: str

    def amount_in(self, currency: str) -> int | None:
        return next((amount.minor for amount in self.amounts if amount.currency == currency), None)


def read(part: Part, place: Place, details_no: int, currency: str) -> Transaction:
    """A ``TxDtls`` element in the ``NtryDtls`` number ``details_no`` of an entry in ``currency``."""
    amounts = tuple(amount for path in _AMOUNTS if (amount := place.amount(part.one(path))))
    end_to_end_id = part.text("Refs/EndToEndId")
    return Transaction(
        row_no=place.row_no or 0,
        position=place.position,
        details_no=details_no,
        account_servicer_reference=part.text("Refs/AcctSvcrRef"),
        transaction_id=part.text("Refs/TxId"),
        end_to_end_id="" if end_to_end_id == "NOTPROVIDED" else end_to_end_id,
        amounts=amounts,
        is_debit=_is_debit(part, place),
        is_return=part.one("RtrInf") is not None,
        charges=charges(part, place),
        payer_name=_payer_name(part),
        payer_account=account(part, "RltdPties/DbtrAcct"),
        payer_org_no=_payer_org_no(part),
        payee_account=account(part, "RltdPties/CdtrAcct"),
        references=_references(part, place, currency),
        message=_message(part),
        channel=channel(part),
    )


def channel(part: Part) -> str:
    """The bank transaction code as ``PMNT/RCDT/ATXN``, or the bank's own code."""
    code = "/".join(
        filter(
            None,
            (
                part.text("BkTxCd/Domn/Cd"),
                part.text("BkTxCd/Domn/Fmly/Cd"),
                part.text("BkTxCd/Domn/Fmly/SubFmlyCd"),
            ),
        )
    )
    return code or part.text("BkTxCd/Prtry/Cd")


def charges(part: Part, place: Place) -> tuple[Amount, ...]:
    """What the bank took: ``Chrgs`` of an entry or a transaction (001.02: one each; later: a total, or records)."""
    taken = []
    for charge in part.every("Chrgs"):
        total = charge.one("TtlChrgsAndTaxAmt")
        parts = [charge, *charge.every("Rcrd")] if total is None else []
        amounts = [total] if total is not None else [one.one("Amt") for one in parts if _is_taken(one)]
        taken += [amount for amount in map(place.amount, amounts) if amount]
    return tuple(taken)


def _is_taken(charge: Part) -> bool:
    return charge.text("CdtDbtInd") != "CRDT"


def _is_debit(part: Part, place: Place) -> bool | None:
    indicator = part.text("CdtDbtInd")
    if indicator not in {"", "CRDT", "DBIT"}:
        place.fault(faults.BAD_CODE, element="CdtDbtInd")
    return indicator == "DBIT" if indicator else None


def _payer_name(part: Part) -> str:
    parties = ("RltdPties/Dbtr", "RltdPties/UltmtDbtr", "RltdPties/InitgPty")
    return part.text(*(f"{party}/{name}" for party in parties for name in ("Nm", "Pty/Nm")))


def _payer_org_no(part: Part) -> str | None:
    """The first identity that is an organisation number or a personal number, as 10 or 12 digits."""
    for party in ("RltdPties/Dbtr", "RltdPties/Dbtr/Pty", "RltdPties/UltmtDbtr", "RltdPties/UltmtDbtr/Pty"):
        for identity in part.every(f"{party}/Id/OrgId/Othr") + part.every(f"{party}/Id/PrvtId/Othr"):
            if identity.text("SchmeNm/Cd", "SchmeNm/Prtry").upper() in _BANKS_OWN_NUMBERS:
                continue
            number = identity.text("Id").replace("-", "").replace(" ", "").upper()
            if vat := _VAT_NO.fullmatch(number):
                return vat[1]
            if _DIGITS.fullmatch(number) and len(number) in {10, 12}:
                return number
    return None


def _references(part: Part, place: Place, currency: str) -> tuple[Reference, ...]:
    return tuple(
        reference
        for structured in part.every("RmtInf/Strd")
        for reference in _of_structured(structured, place, currency)
    )


def _of_structured(structured: Part, place: Place, currency: str) -> list[Reference]:
    """One ``Strd``: a creditor reference, documents, or both names of the same debt.

    Its amount belongs to all it names, so it is told with the first reference only.
    """
    references = []
    if value := structured.text("CdtrRefInf/Ref"):
        references.append((_creditor_reference_kind(structured, value), value))
    for document in structured.every("RfrdDocInf"):
        code = document.text("Tp/CdOrPrtry/Cd")
        if number := document.text("Nb"):
            is_credit_note = code in _CREDIT_NOTES
            references.append((ReferenceKind.CREDIT_NOTE if is_credit_note else stated_number_kind(number), number))
    remitted = place.amount(structured.one("RfrdDocAmt/RmtdAmt"))
    credited = place.amount(structured.one("RfrdDocAmt/CdtNoteAmt"))
    stated = remitted or credited
    part = stated.minor if stated and stated.currency == currency else None
    if part is not None and ((credited and not remitted) or _only_credit_notes(references)):
        part = -part
    if part is not None and not references:
        references.append((ReferenceKind.TEXT, ""))
    return [Reference(kind, value, None if index else part) for index, (kind, value) in enumerate(references)]


def _only_credit_notes(references: list[tuple[ReferenceKind, str]]) -> bool:
    return bool(references) and all(kind is ReferenceKind.CREDIT_NOTE for kind, _ in references)


def _creditor_reference_kind(structured: Part, value: str) -> ReferenceKind:
    """SCOR is the OCR number. Some banks leave the type out or write their own: then digits alone are taken for one."""
    code = structured.text("CdtrRefInf/Tp/CdOrPrtry/Cd")
    if code == "SCOR" or (not code and _DIGITS.fullmatch(value)):
        return ReferenceKind.OCR
    return ReferenceKind.TEXT


def _message(part: Part) -> str:
    lines = [
        *part.every("RmtInf/Ustrd"),
        *part.every("RmtInf/Strd/AddtlRmtInf"),
        *part.every("AddtlTxInf"),
    ]
    return "\n".join(filter(None, (" ".join((line.element.text or "").split()) for line in lines)))
