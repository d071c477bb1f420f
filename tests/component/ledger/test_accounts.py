"""Kontoplan (M-17 to M-20): add, change, remove while unused, bring in from SIE."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from kernel.errors import DomainError, Kind
from rf.ledger.v1 import accounts_pb2 as pb
from tests.component.ledger.world import Desk, World, a_followed_up, faults

RECEIVABLE = "RECEIVABLE"
SIE = (
    "#FLAGGA 0\n#FORMAT PC8\n#SIETYP 4\n"
    '#KONTO 1510 "Kundfordringar på företag"\n#KTYP 1510 T\n#KONTO 3041 Försäljning\n'
)


def listed(desk: Desk, client_id: UUID) -> dict[str, pb.Account]:
    found: dict[str, pb.Account] = {}
    token = ""
    while True:
        request = pb.ListAccountsRequest(client_id=str(client_id), page_size=7, page_token=token)
        answer = desk.accounts.ListAccounts(request)
        found |= {one.number: one for one in answer.accounts}
        if not (token := answer.next_page_token):
            return found


def put(desk: Desk, client_id: UUID, number: str, *, is_new: bool = True, **fields: Any) -> pb.Account:
    account = pb.Account(**{"number": number, "name": "Egna avgifter", "type": "I", **fields})
    request = pb.PutAccountRequest(request_id=str(uuid4()), client_id=str(client_id), account=account, is_new=is_new)
    answer: pb.PutAccountResponse = desk.accounts.PutAccount(request)
    return answer.account


def remove(desk: Desk, client_id: UUID, number: str) -> None:
    request = pb.RemoveAccountRequest(request_id=str(uuid4()), client_id=str(client_id), number=number)
    desk.accounts.RemoveAccount(request)


def bring_in(desk: Desk, client_id: UUID, content: bytes) -> tuple[int, int]:
    request = pb.ImportAccountsRequest(request_id=str(uuid4()), client_id=str(client_id), content=content)
    answer = desk.accounts.ImportAccounts(request)
    return answer.added, answer.changed


def test_a_new_client_has_the_accounts_of_bas_that_matter_each_with_its_use(desk: Desk, client_id: UUID) -> None:
    found = listed(desk, client_id)
    assert list(found) == sorted(found)
    assert (found["1510"].name, found["1510"].type, list(found["1510"].uses)) == ("Kundfordringar", "T", [RECEIVABLE])


def test_an_account_is_added_and_amounts_go_to_it(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    """M-20: what it is used for moves to it, and the next voucher is booked there."""
    added = put(desk, client_id, "1519", type="T", uses=[RECEIVABLE], vat_code="05")
    assert (list(added.uses), added.vat_code, added.booked) == ([RECEIVABLE], "05", False)
    assert not listed(desk, client_id)["1510"].uses
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    assert world.balance(client_id)["1519"] > 0
    assert listed(desk, client_id)["1519"].booked
    assert world.findings() == []


def test_an_account_is_renamed(desk: Desk, client_id: UUID) -> None:
    """M-19."""
    put(desk, client_id, "3990", is_new=False, name="Övriga intäkter", uses=["WRITTEN_OFF"])
    assert listed(desk, client_id)["3990"].name == "Övriga intäkter"


def test_an_account_is_removed_only_while_nothing_needs_it(desk: Desk, client_id: UUID, customer: str) -> None:
    """M-19: refused with the reason."""
    put(desk, client_id, "3911")
    remove(desk, client_id, "3911")
    assert "3911" not in listed(desk, client_id)
    with pytest.raises(DomainError, match="ACCOUNT_IN_USE"):
        remove(desk, client_id, "1510")  # amounts go to it
    desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    put(desk, client_id, "1519", type="T", uses=[RECEIVABLE])
    with pytest.raises(DomainError, match="ACCOUNT_IN_USE"):
        remove(desk, client_id, "1510")  # something is booked on it


def test_faults_are_named_by_field(desk: Desk, client_id: UUID) -> None:
    cases: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({"number": "151"}, {"account.number": "FORMAT"}),
        ({"number": "1510"}, {"account.number": "TAKEN"}),
        ({"number": "3911", "name": " "}, {"account.name": "REQUIRED"}),
        ({"number": "3911", "type": "X"}, {"account.type": "CHOICE"}),
        ({"number": "3911", "uses": ["NOTHING"]}, {"account.uses": "CHOICE"}),
        ({"number": "3911", "vat_code": "99"}, {"account.vat_code": "CHOICE"}),
    ]
    for fields, found in cases:
        with pytest.raises(DomainError) as refused:
            put(desk, client_id, fields.pop("number"), **fields)
        assert faults(refused.value) == found
    with pytest.raises(DomainError) as refused:
        put(desk, client_id, "1510", is_new=False, type="T")
    assert faults(refused.value) == {"account.uses": "USE_NEEDS_ACCOUNT"}


@pytest.mark.parametrize("encoding", ["cp437", "utf-8", "utf-8-sig", "latin-1"])
def test_accounts_come_from_a_sie_file_whatever_its_letters_are_written_in(
    desk: Desk, client_id: UUID, encoding: str
) -> None:
    assert bring_in(desk, client_id, SIE.encode(encoding)) == (1, 1)
    found = listed(desk, client_id)
    assert (found["1510"].name, list(found["1510"].uses)) == ("Kundfordringar på företag", [RECEIVABLE])
    assert (found["3041"].name, found["3041"].type) == ("Försäljning", "I")
    assert bring_in(desk, client_id, SIE.encode(encoding)) == (0, 0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"kalle", "NOT_SIE"),
        (b"#FLAGGA 0\n#SIETYP 4\n", "NO_ACCOUNTS"),
        (b"", "REQUIRED"),
        (b"#KONTO" * 200_000, "TOO_LONG"),
    ],
)
def test_what_is_no_chart_of_accounts_is_refused_whole(
    desk: Desk, client_id: UUID, content: bytes, reason: str
) -> None:
    with pytest.raises(DomainError) as refused:
        bring_in(desk, client_id, content)
    assert faults(refused.value) == {"content": reason}


def test_whoever_only_reads_changes_nothing(world: World, client_id: UUID) -> None:
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    assert listed(reader, client_id)
    for act in (
        lambda: put(reader, client_id, "3911"),
        lambda: remove(reader, client_id, "3911"),
        lambda: bring_in(reader, client_id, SIE.encode("cp437")),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.kind is Kind.DENIED
