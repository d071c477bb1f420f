"""An invoice waits in its journal as JSON and comes back as it was."""

import json
from decimal import Decimal

import pytest

from services.ledger.domain.drafts import Row, work_out
from services.ledger.storage import payloads
from tests.unit.ledger.builders import TERMS, TODAY, a_followed_up, a_printed, a_row


@pytest.mark.parametrize(
    "draft",
    [
        a_printed(Row("Text", text_only=True), a_row("0.000001", quantity="1000000"), with_invoice_fee=True),
        a_printed(currency="EUR", exchange_rate=Decimal("11.234567891"), your_reference="Åsa"),
        a_followed_up(ocr_number="12344"),
    ],
)
def test_round_trip(draft):
    worked = work_out(draft, TERMS, TODAY)
    assert payloads.from_json(json.loads(payloads.to_json(worked, ""))) == worked
