"""Whatever is registered, paid, cleared and undone, in whatever order: the books balance and agree with the open items.

`LEDGER_EXAMPLES=2000` runs long, with other ledgers each time; without it a few dozen, the same ones always.
"""

import os
from datetime import datetime
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.business_day import STOCKHOLM
from kernel.errors import DomainError
from tests.component.ledger.any_ledger import ACTS, AnyLedger
from tests.component.ledger.world import World

LONG: Final = int(os.environ.get("LEDGER_EXAMPLES", "0"))
CHOSEN = settings(
    max_examples=LONG or 18,
    deadline=None,
    database=None,
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ONE_ACT = st.tuples(st.sampled_from(ACTS), st.integers(0, 999), st.integers(0, 999))
NOTHING_UNDOES = {AnyLedger.place, AnyLedger.refund, AnyLedger.write_off, AnyLedger.night}
UNDOABLE = [act for act in ACTS if act not in NOTHING_UNDOES and act is not AnyLedger.undo]
ONE_UNDOABLE = st.tuples(st.sampled_from(UNDOABLE), st.integers(0, 999), st.integers(0, 999))


def a_ledger(world: World) -> AnyLedger:
    """On the true day: approvals carry the database's clock, and the nightly run is counted from it."""
    day = datetime.now(STOCKHOLM).date()
    os.environ["RF_TODAY"] = day.isoformat()
    return AnyLedger(world, day)


def look_through(ledger: AnyLedger) -> None:
    """What must hold at any time."""
    for one in ledger.lines():
        original, left, paid = (part.minor_units for part in (one.original, one.remaining, one.paid))
        assert 0 <= abs(left) <= abs(original), one
        assert left * original >= 0, "what is open has the sign of the original"
        assert paid * original >= 0, one
    assert all(one.remaining.minor_units > 0 for one in ledger.surplus())
    assert ledger.world.findings() == []


@CHOSEN
@given(acts=st.lists(ONE_ACT, min_size=4, max_size=12))
def test_the_books_balance_and_agree_with_the_open_items(
    world: World, acts: list[tuple[object, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vouchers balance, control accounts are the open items per client and day (verify), nothing is open below zero."""
    ledger = a_ledger(world)
    for act, which, size in acts:
        act(ledger, which, size)  # type: ignore[operator]
    look_through(ledger)


@CHOSEN
@given(acts=st.lists(ONE_UNDOABLE, min_size=2, max_size=7))
def test_b6_revoking_one_by_one_leaves_the_ledger_as_it_was_each_time(
    world: World, acts: list[tuple[object, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last first, nothing can have been built on it; at the end there is nothing."""
    ledger = a_ledger(world)
    for act, which, size in acts:
        act(ledger, which, size)  # type: ignore[operator]
    for step in reversed(ledger.steps):
        try:
            ledger.undone(step)
        except DomainError as error:
            pytest.fail(f"{error.reason} {error.violations} keeps the last journal from being revoked")
        assert ledger.state() == step.before
    look_through(ledger)
    assert ledger.state() == {"balance": {}, "invoices": [], "surplus": []}
