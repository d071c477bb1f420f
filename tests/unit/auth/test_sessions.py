"""When a session ends."""

import pytest

from services.auth.domain.sessions import idle_seconds_left


@pytest.mark.parametrize(
    ("since_written_s", "touched", "left"),
    [
        (0, True, 1800),
        (29, True, 1800),
        (1829, True, 1800),
        (0, False, 1800),
        (30, False, 1800),  # activity of that half minute may not have been written
        (31, False, 1799),
        (900.5, False, 930),
        (1829.2, False, 1),
        (1830, False, 0),
        (9999, False, 0),
    ],
)
def test_half_an_hour_is_counted_from_the_last_activity_that_may_have_been(since_written_s, touched, left):
    assert idle_seconds_left(since_written_s, touched=touched) == left
