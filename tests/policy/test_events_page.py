"""`docs/events.md` says what the protos say."""

from pathlib import Path

from deploy.local.event_catalogue import PAGE, REGENERATE, is_current, page
from deploy.local.protos import describe


def test_the_page_of_events_is_current() -> None:
    assert is_current(describe()), f"docs/events.md is out of date: run `{REGENERATE}` and commit it"


def test_a_changed_comment_makes_the_page_old(tmp_path: Path) -> None:
    older = tmp_path / "events.md"
    older.write_text(
        PAGE.read_text(encoding="utf-8").replace("An overdue invoice goes", "An invoice goes"), encoding="utf-8"
    )
    assert not is_current(describe(), older)


def test_every_event_stands_on_it_with_its_subject() -> None:
    said = page(describe())
    assert "### InvoiceSentToCollection" in said
    assert "`rf.ledger.v1.invoice.sent_to_collection`" in said
    assert "`OWN` · `AGENT`" in said
