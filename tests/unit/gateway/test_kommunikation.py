"""Kommunikation > Skicka fil, and the page of a file that was sent (SPEC X-01)."""

from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from chassis import wire
from chassis.rpc_errors import RemoteError, Unavailable
from gateway import file_texts
from gateway.views.kommunikation import send_file
from gateway.views.kommunikation.words import NOTE, size
from kernel.errors import FieldViolation, InvalidInput, Kind, NotFound
from rf.files.v1 import uploads_pb2
from rf.ledger.v1 import journals_pb2, payments_pb2
from services.files.domain import faults, ledger_payments
from services.files.reader import apart
from services.files.usecases import parsing
from tests.unit.gateway.house import ALL, ENERGI, FIBER, House, access
from tests.unit.gateway.invoices import an_id
from tests.unit.gateway.journals import a_journal
from tests.unit.gateway.reading import shown, table, words
from tests.unit.gateway.uploads import a_parsed_upload, a_row, an_upload

SEND = "/kommunikation/skicka-fil"
REQUEST = an_id(31)
UPLOAD = f"/kommunikation/fil/1042/{an_upload().upload_id}"
JOURNAL = an_id(77)


@pytest.fixture
def files(house: House) -> House:
    house.answers["ListUploads"] = uploads_pb2.ListUploadsResponse(uploads=[an_upload()])
    house.answers["GetUpload"] = a_parsed_upload()
    house.received = []  # type: ignore[attr-defined]

    def take(parts: Any) -> uploads_pb2.SendFileResponse:
        house.received.extend(parts)  # type: ignore[attr-defined]
        return uploads_pb2.SendFileResponse(upload=an_upload())

    house.answers["SendFile"] = take
    return house


def received(house: House) -> list[uploads_pb2.SendFileRequest]:
    return house.received  # type: ignore[attr-defined, no-any-return]


def send(
    house: House, content: bytes | None = b"01BGMAX", name: str = "betalningar.txt", **changes: str
) -> TestResponse:
    browser = house.browser()
    fields: dict[str, Any] = house.form(browser, {"klientnr": "1042", "request_id": REQUEST, **changes})
    if content is not None:
        fields["fil"] = (BytesIO(content), name)
    return browser.post(SEND, data=fields, content_type="multipart/form-data")


def get(house: House, address: str = UPLOAD, **headers: str) -> TestResponse:
    return house.browser().get(address, headers=headers)


# -- sending ----------------------------------------------------------------------------------------------------------


def test_a_file_goes_on_in_pieces_and_its_page_follows(files: House) -> None:
    content = bytes(range(256)) * 1024  # four pieces of 64 KiB
    answer = send(files, content)
    assert (answer.status_code, answer.location) == (303, UPLOAD)
    head, *pieces = received(files)
    assert (head.head.client_id, head.head.file_name, head.head.request_id) == (ENERGI, "betalningar.txt", REQUEST)
    assert [len(piece.chunk) for piece in pieces] == [65_536] * 4
    assert b"".join(piece.chunk for piece in pieces) == content


def test_a_folder_that_a_browser_sends_is_no_part_of_the_name(files: House) -> None:
    send(files, name="mapp/bgmax.txt")
    assert received(files)[0].head.file_name == "bgmax.txt"


def test_the_client_is_asked_for_where_there_are_several(files: House) -> None:
    page = shown(get(files, SEND))
    assert [words(one) for one in page.xpath("//select[@id='f-klientnr']/option")] == [
        "Välj klient", "1042 Kvarnåsens Energi", "1043 Kvarnåsens Fiber",
    ]  # fmt: skip
    chosen = shown(get(files, f"{SEND}?klient=1043"))
    assert chosen.xpath("//select[@id='f-klientnr']/option[@selected]/@value") == ["1043"]
    files.sign_in_as(access(FIBER, "1043", "Fiber", *ALL))
    assert shown(get(files, SEND)).xpath("//input[@name='klientnr']/@value") == ["1043"]


@pytest.mark.parametrize(
    ("content", "name", "changes", "element", "text"),
    [
        (None, "", {}, "f-fil", "Fil saknas"),
        (b"", "tom.txt", {}, "f-fil", "Filen är tom"),
        (b"x", "x" * 201, {}, "f-fil", "namn går inte att använda"),
        (b"x", "a\x07b.txt", {}, "f-fil", "namn går inte att använda"),
        (b"x", "a.txt", {"klientnr": ""}, "f-klientnr", "Klient saknas"),
        (b"x", "a.txt", {"klientnr": "9999"}, "f-klientnr", "Klient saknas"),
        (b"x", "a.txt", {"request_id": "nonsense"}, "f-fil", "Ladda om sidan"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_sent(
    files: House, content: bytes | None, name: str, changes: dict[str, str], element: str, text: str
) -> None:
    answer = send(files, content, name, **changes)
    assert answer.status_code == 422
    page = shown(answer)
    assert text in words(page.get_element_by_id(f"{element}-error"))
    assert page.get_element_by_id(element).get("aria-invalid") == "true"
    assert received(files) == []


def test_a_file_over_64_mib_is_refused_before_it_is_sent(files: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_file, "MAX_FILE_BYTES", 10)
    answer = send(files, b"x" * 11)
    assert answer.status_code == 422
    assert "Filen är för stor" in words(shown(answer).get_element_by_id("f-fil-error"))


def test_a_body_beyond_all_bounds_is_read_to_its_end_and_answered_with_a_page(files: House) -> None:
    files.app.config["MAX_CONTENT_LENGTH"] = 1000
    body = BytesIO(b"x" * 300_000)
    answer = files.browser().post(
        SEND, input_stream=body, content_type="multipart/form-data; boundary=b", content_length=300_000
    )
    assert answer.status_code == 413
    page = shown(answer)
    assert words(page.xpath("//main//h1")[0]) == "Filen är för stor"
    assert page.xpath("//ul[@class='tabs']")  # as a page of the person who is signed in
    assert body.tell() == 300_000


def test_the_same_file_again_leads_to_the_first(files: House) -> None:
    details = {"upload_id": an_upload().upload_id, "received_on": "2026-11-20"}
    files.answers["SendFile"] = RemoteError("FILE_ALREADY_RECEIVED", Kind.CONFLICT, details, ())
    answer = send(files)
    assert answer.status_code == 409
    page = shown(answer)
    assert "betalningar.txt är redan mottagen 2026-11-20" in words(page)
    assert page.get_element_by_id("forsta-filen").get("href") == UPLOAD


@pytest.mark.parametrize(
    "error",
    [
        RemoteError("EMPTY_FILE", Kind.INVALID, {}, ()),
        RemoteError("FILE_TOO_LARGE", Kind.INVALID, {"max_bytes": "67108864"}, ()),
        InvalidInput([FieldViolation("head.file_name", "BAD_FILE_NAME")]),
    ],
)
def test_what_the_service_refuses_is_told_at_the_file(files: House, error: Exception) -> None:
    files.answers["SendFile"] = error
    answer = send(files)
    assert answer.status_code == 422
    assert words(shown(answer).get_element_by_id("f-fil-error"))


def test_a_file_needs_the_forms_token(files: House) -> None:
    answer = files.browser().post(SEND, data={"klientnr": "1042", "fil": (BytesIO(b"x"), "a.txt")})
    assert answer.status_code == 403
    assert received(files) == []


def test_without_the_right_there_is_neither_page_nor_tab(files: House) -> None:
    files.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    assert get(files, SEND).status_code == 403
    assert get(files).status_code == 403
    assert "Kommunikation" not in words(shown(get(files, "/")).xpath("//ul[@class='tabs']")[0])


def test_a_client_that_one_may_not_send_for_cannot_be_chosen(files: House) -> None:
    files.sign_in_as(access(ENERGI, "1042", "Energi", *ALL), access(FIBER, "1043", "Fiber", "ledger.read"))
    assert send(files, klientnr="1043").status_code == 422
    assert received(files) == []


# -- Tidigare filer ---------------------------------------------------------------------------------------------------


def test_earlier_files_are_listed(files: House) -> None:
    files.answers["ListUploads"] = uploads_pb2.ListUploadsResponse(uploads=[an_upload()], next_page_token="OLDER")
    page = shown(get(files, SEND))
    assert table(page, "filer") == [
        ["2026-11-24 kl. 09.12", "Kvarnåsens Energi", "BgMax_20261124.txt", "Bankgirots BgMax", "4", "2 849,12 kr",
         "frida", "Väntar på dig"]
    ]  # fmt: skip
    assert page.xpath("//table[@id='filer']//a/@href") == [UPLOAD]
    (older,) = page.xpath("//a[@rel='next']/@href")
    get(files, older)
    assert files.requests("ListUploads")[-1].page_token == "OLDER"


def test_one_can_send_though_the_list_does_not_answer(files: House) -> None:
    files.answers["ListUploads"] = Unavailable(neighbour="files")
    answer = get(files, SEND)
    assert answer.status_code == 200
    assert "Filer och arkiv svarar inte just nu" in words(shown(answer))
    assert shown(answer).get_element_by_id("skicka") is not None


# -- the page of a file -----------------------------------------------------------------------------------------------


def test_the_file_is_recognised_in_words(files: House) -> None:
    head = words(shown(get(files)).get_element_by_id("fil"))
    assert "Känns igen som Bankgirots BgMax, version 01 – 5 betalningar, 41 kB" in head
    camt = an_upload(format="CAMT_054", format_version="001.08")
    files.answers["GetUpload"] = a_parsed_upload(upload=camt)
    assert "camt.054 (inbetalningar), version 001.08" in words(shown(get(files)).get_element_by_id("fil"))


def test_the_verdicts_are_counted(files: House) -> None:
    counts = shown(get(files)).get_element_by_id("utfall")
    assert [words(one) for one in counts] == [
        "2 OCR", "1 Fakturanummer", "1 Oplacerad", "1 Dubblett", "1 Lämnas åt sidan",
    ]  # fmt: skip


def test_each_row_says_what_becomes_of_it(files: House) -> None:
    rows = table(shown(get(files)), "betalningar")
    assert rows[0] == ["1", "OCR", "Ylva Nattsjö", "407186240", "2026-11-23", "40718624", "1 234,56 kr", ""]
    assert [(row[1], row[7]) for row in rows[1:]] == [
        ("Fakturanummer", "Överbetalning 10,00 kr."),
        ("Oplacerad", "Ingen faktura hittades."),
        ("OCR", "Går till inkassoärendet."),
        ("Dubblett", "Finns redan i reskontran. Hoppas över."),
        ("Lämnas åt sidan", "Återföring av en tidigare betalning."),
    ]


def test_before_one_sends_the_page_says_what_it_does(files: House) -> None:
    box = shown(get(files)).get_element_by_id("om-du-skickar").getparent().getparent()
    text = words(box)
    for said in (
        "Betalningar som läggs i en bunt 4",
        "Dubbletter som hoppas över 1",
        "Lämnas åt sidan 1",
        "Betalar fakturor 1 839,12 kr",
        "Går till inkassoärenden 500,00 kr",
        "Överbetalningar 10,00 kr",
        "Oplacerade betalningar 500,00 kr",
        "Läggs i bunten 2 849,12 kr",
        "Skicka 4 rader",
    ):
        assert said in text, said


def test_currencies_are_not_added_up(files: House) -> None:
    euro = a_row(2, payments_pb2.MATCH_VERDICT_UNPLACED, 1000)
    euro.payment.payment.amount.currency_code = euro.payment.surplus.currency_code = "EUR"
    krona = a_row(1, payments_pb2.MATCH_VERDICT_UNPLACED, 2000)
    files.answers["GetUpload"] = a_parsed_upload(rows=[krona, euro])
    text = words(shown(get(files)))
    assert "Läggs i bunten 20,00 kr" in text
    assert "Läggs i bunten 10,00 EUR" in text


def test_of_many_rows_a_page_is_shown_and_the_counts_stay(files: House) -> None:
    files.answers["GetUpload"] = a_parsed_upload(next_page_token="NEXT")
    page = shown(get(files))
    assert "Summa i filen" in words(page)  # what all rows do together is not known from one page
    (url,) = page.xpath("//a[@rel='next']/@href")
    assert words(shown(get(files, url)).get_element_by_id("utfall")[0]) == "2 OCR"
    assert [(one.page_token, one.page_size) for one in files.requests("GetUpload")[1:]] == [("NEXT", 100), ("", 1)]
    part = get(files, url, **{"HX-Request": "true", "HX-Target": "rader"}).get_data(as_text=True)
    assert "<html" not in part
    assert 'id="betalningar"' in part


def test_what_was_not_looked_at_yet_is_said(files: House) -> None:
    many = an_upload(payment_count=8000)
    files.answers["GetUpload"] = a_parsed_upload(upload=many, counted_count=5000, next_page_token="NEXT")
    text = words(shown(get(files)))
    assert "Prövas när du skickar 3 000" in text
    assert "Skicka 3 004 rader" in text


def test_without_verdicts_nothing_can_be_sent_and_the_rows_stand_there(files: House) -> None:
    files.answers["GetUpload"] = a_parsed_upload(verdicts_missing=True, verdict_counts=[], counted_count=0)
    page = shown(get(files))
    assert "Reskontran svarar inte just nu" in words(page)
    assert page.xpath("//form[@id='skicka-rader']") == []
    assert len(table(page, "betalningar")) == 6


def test_while_the_file_is_read_the_page_asks_again_with_and_without_script(files: House) -> None:
    reading = an_upload(status=uploads_pb2.UPLOAD_STATUS_RECEIVED, payment_count=0, sums=[])
    files.answers["GetUpload"] = uploads_pb2.GetUploadResponse(upload=reading)
    page = shown(get(files))
    assert "Filen läses" in words(page)
    assert page.xpath("//noscript/meta/@content") == ["2"]
    place = page.get_element_by_id("lasning")
    assert (place.get("hx-get"), place.get("hx-target")) == (UPLOAD, "#lasning")
    asks = {"HX-Request": "true", "HX-Target": "lasning"}
    assert 'id="lasning"' in get(files, **asks).get_data(as_text=True)
    files.answers["GetUpload"] = a_parsed_upload()
    assert get(files, **asks).headers["HX-Refresh"] == "true"


def test_another_clients_file_is_as_if_it_did_not_exist(files: House) -> None:
    assert get(files, f"/kommunikation/fil/9999/{an_id(1)}").status_code == 404
    assert files.requests("GetUpload") == []
    files.answers["GetUpload"] = NotFound("upload")
    assert get(files).status_code == 404
    assert get(files, "/kommunikation/fil/1042/nonsense").status_code == 404


def test_a_service_that_is_away_is_named(files: House) -> None:
    files.answers["GetUpload"] = Unavailable(neighbour="files")
    answer = get(files)
    assert answer.status_code == 503
    assert "Filer och arkiv svarar inte just nu" in words(shown(answer))


# -- refused ----------------------------------------------------------------------------------------------------------

WHOLE_FILE = (parsing.MESSAGE_ALREADY_RECEIVED, parsing.UNREADABLE, apart.TOO_COMPLEX)
REASONS = sorted({value for name, value in vars(faults).items() if name.isupper() and isinstance(value, str)})
NOTES = {value for name, value in vars(ledger_payments).items() if name.isupper() and isinstance(value, str)}


def test_every_reason_that_refuses_a_file_has_its_text() -> None:
    assert {*REASONS, *WHOLE_FILE} == set(file_texts.FAULTS)


def test_every_reason_that_leaves_a_row_aside_has_its_text() -> None:
    assert set(NOTE) == NOTES


def test_a_delivery_that_came_in_another_file_leads_to_that_one(files: House) -> None:
    details = {"upload_id": an_upload(2).upload_id, "received_on": "2026-11-20"}
    fault = uploads_pb2.FileFault(reason=parsing.MESSAGE_ALREADY_RECEIVED, details=details)
    refused = an_upload(status=uploads_pb2.UPLOAD_STATUS_REFUSED, faults=[fault])
    files.answers["GetUpload"] = uploads_pb2.GetUploadResponse(upload=refused)
    page = shown(get(files))
    assert "kom i en annan fil 2026-11-20" in words(page)
    assert page.xpath("//table[@id='felrader']//a/@href") == [f"/kommunikation/fil/1042/{an_upload(2).upload_id}"]


@pytest.mark.parametrize("reason", [*REASONS, *WHOLE_FILE])
def test_a_refused_file_says_every_fault_with_its_place(files: House, reason: str) -> None:
    some = [
        uploads_pb2.FileFault(row=3, position="line 12", reason=reason, details={"expected": "123456", "found": "7"}),
        uploads_pb2.FileFault(row=0, position="/Document/Ntry[2]", reason=reason),
    ]
    refused = an_upload(status=uploads_pb2.UPLOAD_STATUS_REFUSED, payment_count=0, sums=[], faults=some)
    files.answers["GetUpload"] = uploads_pb2.GetUploadResponse(upload=refused)
    page = shown(get(files))
    assert "Filen är inte mottagen och inget har registrerats" in words(page)
    rows = table(page, "felrader")
    assert [row[:2] for row in rows] == [["3", "rad 12"], ["–", "/Document/Ntry[2]"]]
    for row in rows:
        assert row[2].endswith(".")
        assert "{" not in row[2]
    assert page.xpath("//form[@id='skicka-rader']") == []


def test_sums_that_do_not_agree_are_told_as_amounts() -> None:
    assert file_texts.fault("FOOTER_SUM", {"expected": "123456", "found": "100"}).replace("\u00a0", " ") == (
        "Summan stämmer inte: filen säger 1 234,56 men har 1,00. Hämta den på nytt från banken."
    )


# -- Skicka rader -----------------------------------------------------------------------------------------------------


def accept(house: House, **changes: Any) -> TestResponse:
    browser = house.browser()
    return browser.post(f"{UPLOAD}/skicka", data=house.form(browser, {"request_id": REQUEST, **changes}))


def accepted(**changes: Any) -> uploads_pb2.AcceptUploadResponse:
    upload = an_upload(status=uploads_pb2.UPLOAD_STATUS_ACCEPTED, **changes)
    return uploads_pb2.AcceptUploadResponse(upload=upload, added_count=4, duplicate_count=1)


def test_what_is_sent_waits_in_a_journal(files: House) -> None:
    files.answers["AcceptUpload"] = accepted(journal_id=JOURNAL)
    answer = accept(files)
    assert (answer.status_code, answer.location) == (303, f"/reskontra/bunt/1042/{JOURNAL}?tillagda=4")
    (request,) = files.requests("AcceptUpload")
    assert (request.request_id, request.client_id, request.upload_id) == (REQUEST, ENERGI, an_upload().upload_id)


def test_the_journal_says_how_many_came(files: House) -> None:
    journal = a_journal(journal_id=JOURNAL, kind=journals_pb2.JOURNAL_KIND_TRANSACTIONS, item_count=4)
    files.answers["GetJournal"] = journals_pb2.GetJournalResponse(journal=journal)
    page = shown(get(files, f"/reskontra/bunt/1042/{JOURNAL}?tillagda=4"))
    assert words(page.xpath("//*[@data-toast]")[0]) == "4 betalningar ligger i bunten."
    assert shown(get(files, f"/reskontra/bunt/1042/{JOURNAL}?tillagda=x")).xpath("//*[@data-toast]") == []


def test_more_than_one_journal_is_shown_on_the_files_page(files: House) -> None:
    both = {"journal_id": JOURNAL, "more_journal_ids": [an_id(78)]}
    files.answers["AcceptUpload"] = accepted(**both)
    assert accept(files).location == UPLOAD
    files.answers["GetUpload"] = a_parsed_upload(upload=accepted(**both).upload)
    page = shown(get(files))
    assert page.xpath("//a[starts-with(@href, '/reskontra/bunt/')]/@href") == [
        f"/reskontra/bunt/1042/{JOURNAL}", f"/reskontra/bunt/1042/{an_id(78)}",
    ]  # fmt: skip
    assert page.xpath("//form[@id='skicka-rader']") == []


def test_a_file_that_was_sent_shows_its_rows_without_verdicts(files: House) -> None:
    rows = [a_row(1, payments_pb2.MATCH_VERDICT_UNSPECIFIED, 123456)]
    files.answers["GetUpload"] = uploads_pb2.GetUploadResponse(upload=accepted(journal_id=JOURNAL).upload, rows=rows)
    assert table(shown(get(files)), "betalningar") == [
        ["1", "Ylva Nattsjö", "407186240", "2026-11-23", "1 234,56 kr", ""]
    ]


def test_a_file_of_duplicates_makes_no_journal_and_says_so(files: House) -> None:
    files.answers["AcceptUpload"] = accepted()
    address = accept(files).location
    files.answers["GetUpload"] = a_parsed_upload(upload=accepted().upload)
    assert "Alla betalningar i filen fanns redan i reskontran" in words(shown(get(files, address)))


@pytest.mark.parametrize("reason", ["UPLOAD_ALREADY_ACCEPTED", "UPLOAD_BEING_ACCEPTED", "UPLOAD_NOT_READ"])
def test_whoever_comes_second_sees_how_it_stands(files: House, reason: str) -> None:
    files.answers["AcceptUpload"] = RemoteError(reason, Kind.CONFLICT, {}, ())
    answer = accept(files)
    assert (answer.status_code, answer.location) == (303, f"{UPLOAD}?andrad=1")
    files.answers["GetUpload"] = a_parsed_upload(upload=accepted(journal_id=JOURNAL).upload)
    assert "Filen var redan skickad" in words(shown(get(files, answer.location)))


def test_the_ledgers_own_no_is_a_page_of_its_own(files: House) -> None:
    files.answers["AcceptUpload"] = RemoteError("PERIOD_CLOSED", Kind.CONFLICT, {}, ())
    assert accept(files).status_code == 409


def test_sending_rows_needs_the_forms_token_and_the_clients_right(files: House) -> None:
    assert files.browser().post(f"{UPLOAD}/skicka").status_code == 403
    browser = files.browser()
    address = f"/kommunikation/fil/9999/{an_id(1)}/skicka"
    assert browser.post(address, data=files.form(browser, {"request_id": REQUEST})).status_code == 404
    assert files.requests("AcceptUpload") == []


@pytest.mark.parametrize(("size_bytes", "text"), [(12, "12 byte"), (41_200, "41 kB"), (3_240_000, "3,2 MB")])
def test_sizes_are_read_by_people(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text


def test_a_payment_without_a_sum_in_the_file_still_shows(files: House) -> None:
    files.answers["GetUpload"] = a_parsed_upload(upload=an_upload(sums=[wire.money(1), wire.money(2, "EUR")]), rows=[])
    assert "Filen har inga betalningar" in words(shown(get(files)))
