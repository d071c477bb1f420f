"""A client's chart of accounts and which of them each kind of amount goes to (DOMAIN 3.1, BAS 2021)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from re import compile as regex
from typing import Final

from kernel.errors import DomainError, Kind

MAX_NAME: Final = 100
TYPES: Final = ("T", "S", "I", "K")
VAT_CODES: Final = ("", "05", "06", "07", "08", "10", "11", "12", "35", "36", "39", "40", "41", "42", "48", "49")
"""Boxes of the VAT return that a posting on the account counts in; none for most."""
_NUMBER = regex(r"[1-8][0-9]{3,5}")


class AccountInUse(DomainError):
    """Something is booked on the account, or amounts go to it."""

    reason = "ACCOUNT_IN_USE"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a client's chart. ``uses`` are what it is used for; ``booked`` says whether anything is on it."""

    number: str
    name: str
    type: str
    vat_code: str = ""
    uses: "tuple[Use, ...]" = ()
    booked: bool = False


def is_number(text: str) -> bool:
    """Whether it is the number of an account: four to six digits, the first one its class."""
    return bool(_NUMBER.fullmatch(text))


def type_of(number: str) -> str:
    """The type that the class of an account says, where nothing else does."""
    return {"1": "T", "2": "S", "3": "I"}.get(number[0], "K")


class Use(StrEnum):
    """What an account is used for."""

    RECEIVABLE = "receivable"
    BANK = "bank"  # the client's bank, or its claim on Resultat Finans for what that has collected
    OWN_BANK = "own_bank"  # where direct payments come: the client's own bank, whoever holds the account of the others
    VAT_25 = "vat25"
    VAT_12 = "vat12"
    VAT_6 = "vat6"
    REVENUE_25 = "revenue25"
    REVENUE_12 = "revenue12"
    REVENUE_6 = "revenue6"
    REVENUE_0 = "revenue0"
    INVOICE_FEE = "invoice_fee"
    REMINDER_FEE = "reminder_fee"
    COLLECTION_COSTS = "collection_costs"
    INTEREST = "interest"
    ROUNDING = "rounding"
    OVERPAYMENT = "overpayment"
    UNPLACED = "unplaced"
    RECEIVED_FOR_CASE = "received_for_case"
    FX_GAIN = "fx_gain"
    FX_LOSS = "fx_loss"
    WRITTEN_OFF = "written_off"  # overpayments and unplaced payments that nobody claims


AccountMapping = Mapping[Use, str]

REVENUE: Mapping[int, Use] = {25: Use.REVENUE_25, 12: Use.REVENUE_12, 6: Use.REVENUE_6, 0: Use.REVENUE_0}
VAT: Mapping[int, Use] = {25: Use.VAT_25, 12: Use.VAT_12, 6: Use.VAT_6}

BANK_ACCOUNT = "1930"
SETTLEMENT_ACCOUNT = "1684"

CHART: tuple[tuple[str, str, str], ...] = (
    ("1510", "Kundfordringar", "T"),
    ("1684", "Kortfristiga fordringar hos leverantörer", "T"),
    ("1930", "Företagskonto", "T"),
    ("2420", "Förskott från kunder", "S"),
    ("2611", "Utgående moms på försäljning inom Sverige, 25 %", "S"),
    ("2621", "Utgående moms på försäljning inom Sverige, 12 %", "S"),
    ("2631", "Utgående moms på försäljning inom Sverige, 6 %", "S"),
    ("2890", "Övriga kortfristiga skulder", "S"),
    ("2899", "Inbetalt till inkassoärenden", "S"),
    ("3001", "Försäljning inom Sverige, 25 % moms", "I"),
    ("3002", "Försäljning inom Sverige, 12 % moms", "I"),
    ("3003", "Försäljning inom Sverige, 6 % moms", "I"),
    ("3004", "Försäljning inom Sverige, momsfri", "I"),
    ("3540", "Faktureringsavgifter", "I"),
    ("3590", "Övriga fakturerade kostnader", "I"),
    ("3740", "Öres- och kronutjämning", "I"),
    ("3960", "Valutakursvinster på fordringar", "I"),
    ("3990", "Övriga ersättningar och intäkter", "I"),
    ("7960", "Valutakursförluster på fordringar", "K"),
    ("8313", "Ränteintäkter från kortfristiga fordringar", "I"),
)
"""Number, name and type (as SIE: T asset, S debt, I income, K cost) of what a new client starts with."""

_USES: Mapping[Use, str] = {
    Use.RECEIVABLE: "1510",
    Use.OWN_BANK: BANK_ACCOUNT,
    Use.VAT_25: "2611",
    Use.VAT_12: "2621",
    Use.VAT_6: "2631",
    Use.REVENUE_25: "3001",
    Use.REVENUE_12: "3002",
    Use.REVENUE_6: "3003",
    Use.REVENUE_0: "3004",
    Use.INVOICE_FEE: "3540",
    Use.REMINDER_FEE: "3540",
    Use.COLLECTION_COSTS: "3590",
    Use.INTEREST: "8313",
    Use.ROUNDING: "3740",
    Use.OVERPAYMENT: "2420",
    Use.UNPLACED: "2890",
    Use.RECEIVED_FOR_CASE: "2899",
    Use.FX_GAIN: "3960",
    Use.FX_LOSS: "7960",
    Use.WRITTEN_OFF: "3990",
}


def first_mapping(*, holds_bank_account: bool) -> dict[Use, str]:
    """What a new client's amounts go to. Money comes to its bank, or is a claim on Resultat Finans until settled."""
    return {**_USES, Use.BANK: BANK_ACCOUNT if holds_bank_account else SETTLEMENT_ACCOUNT}
