"""Skicka fil: taken once, read wholly or not at all, shown with the ledger's verdicts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from chassis.crashpoints import EXIT_CODE
from chassis.permissions import Permission
from chassis.rpc_errors import Unavailable
from chassis.tokens import CallerKind
from kernel.errors import DomainError
from rf.files.v1 import uploads_pb2
from rf.ledger.v1 import payments_pb2
from services.files.domain import writers
from tests.component.files.world import Door, World
from tests.unit.files.builders import (
    a_bgmax,
    a_camt054,
    a_deposit,
    a_payment,
    a_transaction,
    an_entry,
    camt_of,
    details,
    invoice,
    ocr,
)
from tests.unit.files.samples import sample

PARSED, REFUSED = uploads_pb2.UPLOAD_STATUS_PARSED, uploads_pb2.UPLOAD_STATUS_REFUSED
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02">&b;</Document>"""


@pytest.fixture(scope="module", autouse=True)
def working(world: World) -> Iterator[None]:
    """The work role runs beside."""
    with world.working():
        yield


@pytest.fixture
def sender(world: World, client_id: UUID) -> Door:
    return world.user(client_id)


def refused(call, *arguments, **names):
    with pytest.raises(DomainError) as caught:
        call(*arguments, **names)
    return caught.value


def two_payments() -> bytes:
    first = a_payment(12_500, bank_reference="R1", references=(ocr("9854779"),))
    second = a_payment(500, bank_reference="R2", row_no=2, references=(invoice("1007"),), message="Tack\nför hjälpen")
    return a_camt054(a_deposit(first, second))


def test_a_file_is_read_and_its_rows_are_shown_with_the_verdict_of_each(world: World, sender: Door, client_id: UUID):
    upload = sender.send(client_id, two_payments(), "bank.xml")
    assert upload.status == PARSED
    assert (upload.format, upload.format_version, upload.file_name) == ("CAMT_054", "001.02", "bank.xml")
    assert (upload.payment_count, upload.ignored_count) == (2, 0)
    assert [(money.currency_code, money.minor_units) for money in upload.sums] == [("SEK", 13_000)]
    shown = sender.get(upload)
    assert [row.payment.verdict for row in shown.rows] == [
        payments_pb2.MATCH_VERDICT_OCR,
        payments_pb2.MATCH_VERDICT_UNPLACED,
    ]
    assert {one.verdict: one.count for one in shown.verdict_counts} == {
        payments_pb2.MATCH_VERDICT_OCR: 1,
        payments_pb2.MATCH_VERDICT_UNPLACED: 1,
    }
    assert (shown.counted_count, shown.verdicts_missing, shown.next_page_token) == (2, False, "")
    first, second = (row.payment.payment for row in shown.rows)
    assert first.bank_reference == "9912346:R1"
    assert (first.amount.minor_units, first.channel) == (12_500, "CAMT054")
    assert (first.references[0].value, first.references[0].is_ocr) == ("9854779", True)
    assert (second.references[0].value, second.references[0].is_ocr) == ("1007", False)
    assert second.message == "Tack för hjälpen"
    assert world.told(upload.upload_id) == ["UploadParsed"]


def test_rows_come_in_pages(sender: Door, client_id: UUID):
    upload = sender.send(client_id, two_payments())
    first = sender.get(upload, page_size=1)
    second = sender.get(upload, page_size=1, page_token=first.next_page_token)
    assert [row.row for row in (*first.rows, *second.rows)] == [1, 2]
    assert first.counted_count == 2
    assert second.rows[0].payment.verdict == payments_pb2.MATCH_VERDICT_UNPLACED
    assert (second.next_page_token, second.counted_count) == ("", 0)


def test_a_ledger_that_is_away_or_closed_to_the_caller_leaves_the_verdicts_out(world: World, client_id: UUID):
    reader = world.user(client_id, may=[Permission.FILES_SEND])
    upload = reader.send(client_id, two_payments())
    shown = reader.get(upload)
    assert (len(shown.rows), shown.verdicts_missing, shown.counted_count) == (2, True, 0)
    world.ledger.down = True
    try:
        shown = world.user(client_id).get(upload)
    finally:
        world.ledger.down = False
    assert (len(shown.rows), shown.verdicts_missing) == (2, True)
    assert shown.rows[0].payment.payment.amount.minor_units == 12_500


def test_what_is_no_ordinary_payment_is_left_aside_and_shown_with_its_reason(sender: Door, client_id: UUID):
    reversal = an_entry(
        "<RvslInd>true</RvslInd>" + details(a_transaction(reference="T2")), reference="<AcctSvcrRef>E2</AcctSvcrRef>"
    )
    batch = an_entry(
        details(batch='<Btch><NbOfTxs>3</NbOfTxs><TtlAmt Ccy="SEK">100.00</TtlAmt></Btch>'),
        reference="<AcctSvcrRef>E3</AcctSvcrRef>",
    )
    upload = sender.send(client_id, camt_of(an_entry(details(a_transaction())) + reversal + batch))
    assert (upload.status, upload.payment_count, upload.ignored_count) == (PARSED, 1, 2)
    shown = sender.get(upload)
    assert [row.note for row in shown.rows] == ["", "REVERSAL", "BATCH"]
    assert [row.payment.verdict for row in shown.rows][1:] == [payments_pb2.MATCH_VERDICT_UNSPECIFIED] * 2
    assert shown.counted_count == 1


@pytest.mark.parametrize(
    ("path", "file_format"),
    [
        ("bgmax/barsoom__BgMaxfil4.txt", "BGMAX"),
        ("bgmax/fabhed__bankgirot_exempelfil_ocr_checksiffra_langd_sv.txt", "BGMAX"),
        ("camt/seb__camt.054_SE_CRED_BGC.xml", "CAMT_054"),
        ("camt/seb__camt.053_SE_BGC_Credit.xml", "CAMT_053"),
    ],
)
def test_files_of_others_are_read(world: World, sender: Door, client_id: UUID, path: str, file_format: str):
    upload = sender.send(client_id, sample(path))
    faults = {fault.reason for fault in upload.faults}
    assert upload.format == file_format
    if faults == {"TEST_FILE"}:
        return  # Bankgirot's examples bear the mark of a test
    assert upload.status == PARSED, faults
    rows = sender.get(upload, page_size=200).rows
    assert sum(not row.note for row in rows) == upload.payment_count > 0
    assert len({row.payment.payment.bank_reference for row in rows}) == len(rows)


def wrong_footer() -> bytes:
    lines = a_bgmax().split(b"\r\n")
    return b"\r\n".join(b"70" + b"9" * 32 if line.startswith(b"70") else line for line in lines)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00\xff garbage", "UNKNOWN_FORMAT"),
        (b" \n", "EMPTY_FILE"),
        (b"".join(a_bgmax().splitlines(keepends=True)[:-2]), "MISSING_SECTION_END"),
        (two_payments()[:-40], "XML_NOT_WELL_FORMED"),
        (wrong_footer(), "FOOTER_COUNT"),
        (BOMB, "XML_FORBIDDEN"),
        (writers.bgmax([a_deposit()], created_at=datetime(2026, 11, 24, tzinfo=UTC), is_test=True), "TEST_FILE"),
    ],
    ids=["garbage", "blank", "truncated", "truncated XML", "footer", "bomb", "test"],
)
def test_a_file_with_faults_is_kept_with_them_and_nothing_of_it_is_used(
    world: World, sender: Door, client_id: UUID, content: bytes, reason: str
):
    upload = sender.send(client_id, content)
    assert upload.status == REFUSED
    assert reason in {fault.reason for fault in upload.faults}
    assert sender.get(upload).rows == []
    assert world.told(upload.upload_id) == ["UploadRefused"]
    assert refused(sender.accept, upload).reason == "UPLOAD_REFUSED"
    assert world.objects()[f"uploads/{upload.upload_id}"] == len(content)
    again = sender.send(client_id, content)  # perhaps we have learned to read it since
    assert again.upload_id != upload.upload_id


def test_an_empty_file_one_that_is_too_large_and_bad_names_are_refused_at_the_door(
    world: World, sender: Door, client_id: UUID
):
    assert refused(sender.send, client_id, b"").reason == "EMPTY_FILE"
    assert refused(sender.send, client_id, bytes(65 * 1024 * 1024)).reason == "FILE_TOO_LARGE"
    for name, reason in (
        ("", "REQUIRED"),
        ("x" * 201, "TOO_LONG"),
        ("../etc", "BAD_FILE_NAME"),
        ("a\nb", "BAD_FILE_NAME"),
    ):
        error = refused(sender.send, client_id, b"x", name)
        assert [(v.field, v.reason) for v in error.violations] == [("head.file_name", reason)]
    assert refused(sender.send, client_id, b"x", request_id="1").violations[0].field == "head.request_id"
    assert world.rows("SELECT 1 FROM upload WHERE client_id = :id", id=client_id) == []


def test_the_same_content_is_taken_once(world: World, sender: Door, client_id: UUID):
    first = sender.send(client_id, two_payments())
    error = refused(world.user(client_id).send, client_id, two_payments(), "annat namn.xml")
    assert error.reason == "FILE_ALREADY_RECEIVED"
    assert error.details["upload_id"] == first.upload_id
    assert error.details["received_on"].startswith("20")


def test_a_repeated_request_gets_the_first_answer(world: World, sender: Door, client_id: UUID):
    request_id = str(uuid4())
    first = sender.send(client_id, two_payments(), request_id=request_id)
    assert sender.send(client_id, two_payments(), request_id=request_id) == first
    assert refused(sender.send, client_id, a_bgmax(), request_id=request_id).reason == "REQUEST_ID_REUSED"
    assert len(world.rows("SELECT 1 FROM upload WHERE client_id = :id AND status <> 'receiving'", id=client_id)) == 1


def test_the_same_message_in_another_file_is_refused(sender: Door, client_id: UUID):
    first = sender.send(client_id, two_payments())
    second = sender.send(client_id, two_payments() + b"\n")
    (fault,) = second.faults
    assert (second.status, fault.reason) == (REFUSED, "MESSAGE_ALREADY_RECEIVED")
    assert fault.details["upload_id"] == first.upload_id


def test_two_clients_may_send_the_same_file_and_see_only_their_own(
    world: World, sender: Door, client_id: UUID, other_client: UUID
):
    mine = sender.send(client_id, two_payments())
    stranger = world.user(other_client)
    theirs = stranger.send(other_client, two_payments())
    assert theirs.status == PARSED
    assert refused(stranger.get, mine).reason == "NOT_FOUND"
    assert refused(stranger.send, client_id, b"x").reason == "NOT_FOUND"
    stolen = uploads_pb2.Upload(client_id=str(other_client), upload_id=mine.upload_id)
    assert refused(stranger.get, stolen).reason == "NOT_FOUND"
    assert refused(stranger.accept, stolen).reason == "NOT_FOUND"
    assert [one.upload_id for one in stranger.uploads.ListUploads(uploads_pb2.ListUploadsRequest()).uploads] == [
        theirs.upload_id
    ]


def test_sending_and_looking_need_the_right_to_send(world: World, sender: Door, client_id: UUID):
    upload = sender.send(client_id, two_payments())
    reader = world.user(client_id, may=[Permission.LEDGER_READ, Permission.FILES_FETCH])
    for call in (lambda: reader.send(client_id, b"x"), lambda: reader.get(upload), lambda: reader.accept(upload)):
        assert refused(call).reason == "PERMISSION_DENIED"


def test_uploads_are_listed_latest_first_in_pages_over_clients(world: World, client_id: UUID, other_client: UUID):
    both = world.user(client_id, other_client)
    sent = [both.send(owner, a_file(number)).upload_id for number, owner in enumerate((client_id, other_client) * 2)]
    listed, token = [], ""
    while True:
        page = both.uploads.ListUploads(uploads_pb2.ListUploadsRequest(page_size=3, page_token=token))
        listed += [one.upload_id for one in page.uploads]
        token = page.next_page_token
        if not token:
            break
    assert listed == sent[::-1]
    officer = world.door(CallerKind.OFFICER, everywhere=[Permission.FILES_SEND])
    every = officer.uploads.ListUploads(uploads_pb2.ListUploadsRequest(page_size=4)).uploads
    assert [one.upload_id for one in every] == sent[::-1]
    assert refused(both.uploads.ListUploads, uploads_pb2.ListUploadsRequest(page_token="x")).reason == "INVALID_INPUT"


def a_file(number: int) -> bytes:
    """A file of its own; messages are told apart by their time."""
    return writers.bgmax([a_deposit()], created_at=datetime(2026, 11, 24, 8, number, tzinfo=UTC))


def test_a_store_that_is_down_leaves_nothing_that_anybody_sees(world: World, client_id: UUID):
    server, _ = world.serve(RF_S3_ENDPOINT="http://127.0.0.1:1")
    door = world.door(CallerKind.CLIENT_USER, {client_id: [Permission.FILES_SEND]}, server=server)
    try:
        with pytest.raises(Unavailable):
            door.send(client_id, two_payments())
        assert door.uploads.ListUploads(uploads_pb2.ListUploadsRequest()).uploads == []
    finally:
        server.stop()
    assert world.user(client_id).send(client_id, two_payments()).status == PARSED


@pytest.mark.parametrize("point", ["files.after_upload_put", "database.before_commit", "database.after_commit"])
def test_a_crash_while_a_file_is_taken_in_is_healed_by_the_next_try(
    world: World, sender: Door, client_id: UUID, tmp_path: Path, point: str
):
    assert world.dies("send", client_id, uuid4(), two_payments(), point, tmp_path) == EXIT_CODE
    if point == "database.after_commit":
        assert refused(sender.send, client_id, two_payments()).reason == "FILE_ALREADY_RECEIVED"
    else:
        assert sender.uploads.ListUploads(uploads_pb2.ListUploadsRequest()).uploads == []
        assert sender.send(client_id, two_payments()).status == PARSED
    assert len(world.rows("SELECT 1 FROM upload WHERE client_id = :id", id=client_id)) == 1


def test_no_object_is_without_its_row_and_the_rows_add_up(world: World):
    world.wait_for_jobs()
    assert world.findings() == []
