"""The way of a clerk through the house from images, in a browser, as the browser tests go it on one machine.

Signs in, registers and approves, sends a payment file in, hands over to collection, opens the PDF; while invoices are
being registered a copy of the ledger is stopped, and at the end the same session goes on at the other gateway.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from chassis.business_day import today
from kernel import ocr
from services.files.domain import writers
from services.files.domain.payments import Account, AccountKind, Deposit, PaymentRow, Reference, ReferenceKind
from tests.e2e.steps import (
    CHROMIUM,
    FLAGS,
    approve,
    choose_customer,
    fill_row,
    fill_sums,
    find_case,
    find_invoice,
    hand_over,
    is_complaint,
    open_form,
    put_in_journal,
    save,
    send,
    sign_in,
    take_payments,
    words,
)

MEANWHILE = 5  # invoices that are registered while a copy of the ledger stops
OVERDUE = timedelta(days=90)
PAID, CLAIM = "770001", "770002"

Say = Callable[[str], None]


@contextmanager
def browser(address: str, complaints: list[str]) -> Iterator[Page]:
    """A page in a browser of its own; what the browser has to say against our pages goes to ``complaints``."""

    def heard(message: ConsoleMessage) -> None:
        if is_complaint(message):
            complaints.append(message.text)

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        context = chromium.new_context(base_url=address, locale="sv-SE", viewport={"width": 1440, "height": 1000})
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        chromium.close()


def go_the_way(page: Page, made: Mapping[str, str], stop_a_copy: Callable[[], None], say: Say) -> None:
    """All of it, in one browser. Raises AssertionError, or a TimeoutError of the browser's."""
    client = made["client"]
    sign_in(page, made["user_name"], made["password"])
    say("signed in")
    register_printed(page, made)
    say("an invoice registered and approved, its PDF opened")
    for number, day in ((PAID, today()), (CLAIM, today() - OVERDUE)):
        register(page, made, number, day)
    stop_a_copy()
    for place in range(MEANWHILE):
        register(page, made, f"78000{place}", today())
    say(f"{2 + MEANWHILE} invoices of other numbers, {MEANWHILE} of them while a copy of the ledger stopped")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "betalningar.txt"
        file.write_bytes(payment_file(made["bankgiro"]))
        send(page, file, client)
        take_payments(page)
        approve(page)
        expect(find_invoice(page, PAID)).to_contain_text("Betald")
        send(page, file, client)
        expect(page.locator("#forsta-filen")).to_be_visible()
    say("paid by file, which is refused the second time")
    find_invoice(page, CLAIM).locator("a.row-link").click()
    page.locator("#dialog-host dialog").wait_for()
    find_case(page, hand_over(page))
    assert CLAIM in words(page, "#fordringar")  # noqa: S101 - a check is what this is
    expect(page.locator("#skuldtabell")).to_contain_text("Kapital")
    say("handed over to collection, the case found")


def register(page: Page, made: Mapping[str, str], number: str, day: date) -> None:
    """An invoice that was printed elsewhere, from the form to the receipt."""
    open_form(page, made["client"])
    fill_sums(page, number, "1000", "250", "1250")
    choose_customer(page, made["customer"])
    page.fill("#f-fakturadatum", day.isoformat())
    page.fill("#f-forfallodatum", (day + timedelta(days=30)).isoformat())
    save(page)
    put_in_journal(page)
    approve(page)
    expect(page.locator("#kvitto")).to_be_visible()


def register_printed(page: Page, made: Mapping[str, str]) -> None:
    """An invoice that Resultat Finans prints; its PDF comes from the archive."""
    open_form(page, made["client"])
    choose_customer(page, made["customer"])
    page.fill("#f-avser", "Snöröjning")
    fill_row(page, "Snöröjning", "4", "550")
    save(page)
    put_in_journal(page)
    approve(page)
    page.locator("main a[href*='/reskontra/faktura/'], main a[href*='fakturanr=']").first.click()
    page.wait_for_load_state()
    if not page.locator("#dialog-host dialog").count():
        page.locator("a.row-link").first.click()
    expect(page.locator("#dialog-host dialog")).to_be_visible()
    copy = page.request.get(f"{page.url.partition('?')[0]}/kopia.pdf")
    assert copy.body().startswith(b"%PDF"), copy.status  # noqa: S101


def look_again(page: Page, made: Mapping[str, str], addresses: list[str]) -> None:
    """Sign in at the first gateway and find both invoices at each of them: cookies know hosts, not ports."""
    page.goto(addresses[0])
    sign_in(page, made["user_name"], made["password"])
    for address in addresses:
        for number, status in ((PAID, "Betald"), (CLAIM, "Inkasso")):
            page.goto(f"{address}/reskontra?fakturanr={number}")
            expect(page.locator("#fakturor tr[data-key]")).to_contain_text(status)


def payment_file(bankgiro: str) -> bytes:
    """A BgMax file in which somebody pays an invoice by its OCR number."""
    amount = 1_250_00
    payment = PaymentRow(
        row_no=1,
        position="",
        bank_reference="",
        amount_minor=amount,
        currency="SEK",
        booking_date=today(),
        payer_name="Brf Hällmarken",
        references=(Reference(ReferenceKind.OCR, ocr.create(PAID, ocr.HARD)),),
    )
    account = Account(AccountKind.BANKGIRO, bankgiro)
    return writers.bgmax(
        [Deposit(account, "SEK", today(), amount, serial="1", payments=(payment,))], created_at=datetime.now(UTC)
    )
