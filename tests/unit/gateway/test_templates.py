"""Macros and base templates: accessible by construction, nothing inline that the content security policy forbids."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from lxml.html import HtmlElement

from gateway import presentation
from tests.unit.gateway import sample_pages

TEMPLATES = sample_pages.TEMPLATES
SPRITE = set((TEMPLATES.parent / "assets" / "icons.mjs").read_text("utf-8").split("`")[1].split())
NAMED_BY = ("aria-label", "aria-labelledby", "title")


@pytest.fixture(params=sample_pages.PAGES)
def page(request: pytest.FixtureRequest) -> HtmlElement:
    return html.document_fromstring(sample_pages.render(request.param))


def elements(page: HtmlElement) -> Iterator[HtmlElement]:
    return (one for one in page.iter() if isinstance(one.tag, str))


def test_nothing_is_inline(page: HtmlElement) -> None:
    for one in elements(page):
        assert one.tag != "style", html.tostring(one)
        assert one.tag != "script" or (one.get("src") and not one.text), html.tostring(one)
        assert not [name for name in one.attrib if name == "style" or name.startswith(("on", "hx-on"))], one.attrib
        assert not (one.get("href") or "").startswith("javascript:")


def test_every_control_has_a_label_tied_to_it(page: HtmlElement) -> None:
    labelled = {label.get("for") for label in page.iter("label")}
    for control in page.iter("input", "select", "textarea"):
        if control.get("type") != "hidden":
            assert control.get("aria-label") or control.get("id") in labelled, html.tostring(control)


def test_every_label_error_and_heading_points_at_something(page: HtmlElement) -> None:
    ids = [one.get("id") for one in elements(page) if one.get("id")]
    assert len(ids) == len(set(ids)), "an id is used twice"
    for one in elements(page):
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            for target in (one.get(attribute) or "").split():
                assert target in ids, f"{attribute}={target}"
    for link in page.xpath("//*[@data-error-summary]//a"):
        assert link.get("href")[1:] in ids


def test_a_wrong_field_says_so_and_says_why(page: HtmlElement) -> None:
    for control in page.xpath("//*[@aria-invalid='true']"):
        why = page.get_element_by_id(control.get("aria-describedby"))
        assert why.text_content().strip()


def test_buttons_and_links_have_names(page: HtmlElement) -> None:
    for one in page.iter("button", "a", "summary"):
        named = one.text_content().strip() or any(one.get(name) for name in NAMED_BY)
        assert named, html.tostring(one)


def test_icons_are_decoration_or_have_a_name(page: HtmlElement) -> None:
    for svg in page.iter("svg"):
        assert svg.get("aria-hidden") == "true" or (svg.get("role") in ("img", "group") and svg.get("aria-label"))


def test_a_page_has_one_main_and_starts_with_its_heading(page: HtmlElement) -> None:
    assert len(list(page.iter("main"))) == 1
    assert len(page.xpath("//main//h1")) == 1
    assert page.xpath("//html/@lang") == ["sv"]


def test_the_current_tab_and_link_are_marked() -> None:
    page = html.document_fromstring(sample_pages.render("list"))
    assert page.xpath("//*[@class='tabs']//a[@aria-current]/text()") == ["Reskontra"]
    assert page.xpath("//*[@class='links']//a[@aria-current='page']/text()") == ["Reskontra"]


def test_a_user_with_one_client_sees_no_chooser() -> None:
    """G-13."""
    page = html.document_fromstring(
        sample_pages.render("list", clients=[{"name": "Energi", "url": "#", "current": True}])
    )
    assert not page.xpath("//*[@data-menu]")


def test_the_theme_is_the_browsers_until_somebody_chooses() -> None:
    assert "data-bs-theme" not in sample_pages.render("list", theme="").split(">", 2)[1]
    assert '<html lang="sv" data-bs-theme="dark"' in sample_pages.render("list", theme="dark")


def test_what_a_person_writes_is_escaped() -> None:
    row = sample_pages.context("list")["rows"][0] | {"name": "<script>alert(1)</script>"}
    assert "<script>alert" not in sample_pages.render("list", rows=[row])


def test_every_icon_is_in_the_sprite() -> None:
    used = set()
    for template in (*TEMPLATES.rglob("*.html"), *(sample_pages.HERE / "pages").glob("*.html")):
        used |= icons_in(template)
    used |= {
        name for page in sample_pages.PAGES for name in re.findall(r"icons\.svg#([\w-]+)", sample_pages.render(page))
    }
    assert used <= SPRITE, used - SPRITE


def icons_in(template: Path) -> set[str]:
    """Icon names written out in a template, as argument of icon() or as an icon_name."""
    text = template.read_text("utf-8")
    return set(re.findall(r"icon\('([\w-]+)'", text)) | set(re.findall(r"icon_name='([\w-]+)'", text))


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123456, "SEK", "1\u00a0234,56\u00a0kr"),
        (-34900, "SEK", "\u2212349,00\u00a0kr"),
        (21800, "EUR", "218,00\u00a0EUR"),
        (5, "", "0,05"),
    ],
)
def test_money_is_written_as_swedes_do(minor: int, currency: str, text: str) -> None:
    assert presentation.money(minor, currency) == text
