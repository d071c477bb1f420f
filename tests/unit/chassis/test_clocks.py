"""A wrong clock: tokens of a machine that disagrees are refused, and the business day is Stockholm's in any case."""

import time
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis import business_day
from chassis.tokens import CLOCK_SKEW_S, LIFETIME_S, Caller, CallerKind, InvalidToken, Signer, Verifier
from deploy.local.keys import Keys

CALLER = Caller(str(uuid4()), "ulla", CallerKind.CLIENT_USER)
HOUR_S = 3600


class Clock:
    """The wall clock of this process, moved; the monotonic one goes on as before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0.0
        true = time.time
        monkeypatch.setattr(time, "time", lambda: true() + self.ahead_s)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Signer, Verifier]:
    keys = Keys(tmp_path)
    return Signer(keys.token_private_key), Verifier(keys.token_public_keys, "ledger")


@pytest.mark.parametrize("ahead_s", [-3, 0, 3, LIFETIME_S, -LIFETIME_S + 5])
def test_a_clock_that_is_nearly_right_does_no_harm(pair: tuple[Signer, Verifier], clock: Clock, ahead_s: float) -> None:
    token = pair[0].sign(CALLER, ["ledger"])
    clock.ahead_s = ahead_s
    assert pair[1].verify(token).name == "ulla"


@pytest.mark.parametrize("ahead_s", [HOUR_S, -HOUR_S])
def test_a_clock_that_is_an_hour_wrong_lets_nobody_in(
    pair: tuple[Signer, Verifier], clock: Clock, ahead_s: float
) -> None:
    token = pair[0].sign(CALLER, ["ledger"])
    clock.ahead_s = ahead_s
    with pytest.raises(InvalidToken):
        pair[1].verify(token)
    clock.ahead_s = 0
    assert pair[1].verify(token).name == "ulla", "once the clock is right, so is everything"


def test_a_token_ends_while_it_is_known(pair: tuple[Signer, Verifier], clock: Clock) -> None:
    token = pair[0].sign(CALLER, ["ledger"])
    pair[1].verify(token)
    clock.ahead_s = LIFETIME_S + CLOCK_SKEW_S + 1
    with pytest.raises(InvalidToken):
        pair[1].verify(token)
    clock.ahead_s = -HOUR_S
    with pytest.raises(InvalidToken):
        pair[1].verify(token)


def stand_at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return moment.astimezone(tz)

    monkeypatch.setattr(business_day, "datetime", Then)
    monkeypatch.delenv("RF_TODAY", raising=False)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-24 22:59:59", "2026-11-24"),  # a second before midnight in Stockholm
        ("2026-11-24 23:00:00", "2026-11-25"),
        ("2026-03-28 23:30:00", "2026-03-29"),  # the night that lacks an hour
        ("2026-03-29 21:59:59", "2026-03-29"),
        ("2026-03-29 22:00:00", "2026-03-30"),
        ("2026-10-24 22:00:00", "2026-10-25"),  # the night that has one twice
        ("2026-10-25 00:30:00", "2026-10-25"),
        ("2026-10-25 22:59:59", "2026-10-25"),
        ("2028-02-28 23:00:00", "2028-02-29"),
        ("2028-02-29 23:00:00", "2028-03-01"),
        ("2026-12-31 22:59:59", "2026-12-31"),
        ("2026-12-31 23:00:00", "2027-01-01"),
    ],
)
def test_the_business_day_begins_at_midnight_in_stockholm(
    monkeypatch: pytest.MonkeyPatch, moment: str, day: str
) -> None:
    stand_at(monkeypatch, datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert business_day.today() == date.fromisoformat(day)
