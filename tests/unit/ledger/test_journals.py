"""What may be done with a journal, and by whom."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.ledger.domain.journals import FourEyes, Journal, JournalAlreadyApproved, JournalChanged, JournalEmpty
from services.ledger.domain.kinds import JournalKind

OPEN = Journal(
    UUID(int=1), UUID(int=2), JournalKind.INVOICES, 17, owner="ulla", source="", version=3, approved=False, item_count=2
)


@pytest.mark.parametrize("version", [0, 3])
def test_its_owner_approves_what_was_seen(version):
    OPEN.must_be_approvable("ulla", version, four_eyes=False)


@pytest.mark.parametrize(
    ("journal", "by", "version", "four_eyes", "error"),
    [
        (replace(OPEN, approved=True), "ulla", 3, False, JournalAlreadyApproved),
        (OPEN, "ulla", 2, False, JournalChanged),
        (replace(OPEN, item_count=0), "ulla", 3, False, JournalEmpty),
        (OPEN, "ulla", 3, True, FourEyes),
    ],
)
def test_refused(journal, by, version, four_eyes, error):
    with pytest.raises(error):
        journal.must_be_approvable(by, version, four_eyes=four_eyes)


def test_under_four_eyes_somebody_else_approves():
    OPEN.must_be_approvable("berit", 3, four_eyes=True)
