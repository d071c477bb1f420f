"""Which failures pass by themselves, how long to wait, and that nothing personal is told of them."""

import pytest
from psycopg import errors as pg
from sqlalchemy.exc import IntegrityError, OperationalError

from chassis.faults import backoff_s, describe, is_transient
from kernel.errors import DomainError, Kind


class NeighbourAway(DomainError):
    reason = "NEIGHBOUR_AWAY"
    kind = Kind.UNAVAILABLE


class RuleSaysNo(DomainError):
    reason = "RULE_SAYS_NO"


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (OperationalError("", {}, pg.DeadlockDetected()), True),
        (OperationalError("", {}, pg.SerializationFailure()), True),
        (OperationalError("", {}, pg.LockNotAvailable()), True),
        (IntegrityError("", {}, pg.UniqueViolation()), False),
        (NeighbourAway(), True),
        (RuleSaysNo(), False),
        (ConnectionResetError(), True),
        (ZeroDivisionError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_the_surroundings_pass_by_themselves(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient


def test_a_description_names_kind_and_place_but_quotes_nothing() -> None:
    def broken() -> None:
        raise ValueError("19121212-1212 Tolvan Tolvansson")

    with pytest.raises(ValueError, match="Tolvan") as caught:
        broken()
    assert describe(caught.value).startswith("ValueError in broken (test_faults.py:")
    assert "Tolvan" not in describe(caught.value)
    assert describe(RuleSaysNo(number=7)) == "RuleSaysNo[RULE_SAYS_NO]"


def test_waits_double_up_to_a_limit() -> None:
    waits = [backoff_s(attempt, first_s=1, longest_s=10) for attempt in (1, 2, 3, 4, 5, 1000)]
    for wait, most in zip(waits, (1, 2, 4, 8, 10, 10), strict=True):
        assert 0.75 * most <= wait <= most
