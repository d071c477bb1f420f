"""A payment by file, and an invoice that goes to collection and is paid there (SPEC X-01; R-13; part 2)."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.local.house import House
from deploy.local.payment_file import make
from tests.e2e.steps import approve, find_case, hand_over, send, take_payments, words

Person = Callable[..., Page]


@pytest.mark.parametrize("kind", ["bgmax", "camt054"])
def test_a_payment_file_is_recognised_accepted_approved_and_refused_the_second_time(
    world: House, person: Person, complaints: list[str], tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"betalningar-{kind}.txt"
    made = make(world.settings, tmp_path, argparse.Namespace(client="1057", format=kind, count=6, out=file))
    count = int(re.search(r"(\d+) payments", made)[1])  # type: ignore[index]
    page = person("demo")
    send(page, file, "1057")
    expect(page.locator("#utfall")).to_be_visible(timeout=30_000)
    assert ("BgMax" if kind == "bgmax" else "camt.054") in words(page)
    assert page.locator("#betalningar tbody tr[id^=rad-]").count() == count
    take_payments(page)
    assert "/reskontra/bunt/" in page.url
    approve(page)
    assert words(page, "#kvitto-antal").startswith(str(count))
    send(page, file, "1057")
    expect(page.locator("#forsta-filen")).to_be_visible()
    page.goto("/reskontra/oplacerade-betalningar?klient=1057")
    assert page.locator("main table tbody tr").count() >= 1
    assert complaints == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tom.txt", b""),
        ("skräp.bin", bytes(range(256)) * 20),
        ("bomb.xml", b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa">]><Document>&a;</Document>'),
        ("halv.txt", b"01BGMAX               0120261124173035010331P\r\n050009912346          SEK\r\n"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    person: Person, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    page = person("demo")
    send(page, file, "1042")
    page.wait_for_timeout(500)
    expect(page.locator("#felrader, #f-fil-error").first).to_be_visible(timeout=30_000)
    assert page.locator("#skicka-rader").count() == 0


def test_an_overdue_invoice_is_handed_over_and_its_case_is_found(person: Person, complaints: list[str]) -> None:
    page = person("demo")
    page.goto("/reskontra?filter=forfallna&klient=1042")
    page.locator("#fakturor a.row-link").first.click()
    page.locator("#dialog-host dialog").wait_for()
    if not page.get_by_text("Lämna till inkasso").count():
        page.goto("/reskontra?filter=forfallna&klient=1063")
        page.locator("#fakturor tr", has_text="Förfallen").first.locator("a.row-link").click()
    number = re.search(r"\d+", words(page, "#dialog-title"))[0]  # type: ignore[index]
    find_case(page, hand_over(page))
    assert number in words(page, "#fordringar")
    expect(page.locator("#skuldtabell")).to_contain_text("Kapital")
    page.reload()
    expect(page.locator("#galdenar")).to_contain_text(re.compile(r"\d{3}\s\d{2} \w+"), timeout=20_000)
    assert "Petra Sjögårde" in words(page)
    assert complaints == []


def test_what_belongs_to_another_client_does_not_exist(person: Person) -> None:
    clerk = person("demo")
    clerk.goto("/reskontra?klient=1063")
    invoice = clerk.locator("#fakturor a.row-link").first.get_attribute("href")
    clerk.goto("/inkasso/sok?visa=lista&klient=1063")
    case = clerk.locator("#arenden a.row-link").first.get_attribute("href")
    reader = person("lasare")
    for address in (invoice, case):
        assert address is not None
        path = address.partition("?")[0]
        answer = reader.goto(path)
        assert answer is not None
        assert answer.status == 404
    assert reader.request.get(f"{invoice.partition('?')[0]}/kopia.pdf").status == 404  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/reskontra",
        "/reskontra/registrera-faktura",
        "/reskontra/registrera-transaktion",
        "/reskontra/oplacerade-betalningar",
        "/inkasso/sok?visa=lista",
        "/kommunikation/skicka-fil",
        "/hjalp",
        "/sok?q=finnsinte",
    ],
)
def test_every_page_is_accessible_and_breaks_no_policy(person: Person, complaints: list[str], address: str) -> None:
    page = person("demo")
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    axe = Path(__file__).resolve().parents[2] / "gateway" / "node_modules" / "axe-core" / "axe.min.js"
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == []
    assert page.locator("[style]").count() == 0
    assert complaints == []
