"""How long a guesser waits."""

import pytest

from kernel.errors import InvalidInput
from services.auth.domain.limits import ACCOUNT, ADDRESS, address, keys


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (16, 900), (10_000, 900), (2**31, 900)],
)
def test_an_account_has_five_free_tries_and_then_waits_that_double_up_to_a_quarter(failures, seconds):
    assert ACCOUNT.wait_s(failures) == seconds


def test_an_address_has_thirty_since_an_office_shares_one():
    assert [ADDRESS.wait_s(failures) for failures in (29, 30, 31, 1000)] == [0, 1, 2, 300]


def test_failures_are_forgotten_after_a_quiet_day():
    assert ACCOUNT.failures_after(7, since_last_s=86_399) == 8
    assert ACCOUNT.failures_after(7, since_last_s=86_401) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1")],
)
def test_an_address_has_one_form(text, expected):
    assert address(text) == expected


@pytest.mark.parametrize(
    "text", ["192.0.2", "192.0.2.1:80", " 192.0.2.1", "fe80::1%eth0", "localhost", "1" * 10_000, "\x00"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidInput, match="FORMAT"):
        address(text)


def test_a_household_of_ipv6_is_one_address_and_its_neighbour_another():
    assert keys("åsa", "2001:db8:1:2::1") == keys("åsa", "2001:db8:1:2:ffff::9")
    assert not set(keys("åsa", "2001:db8:1:2::1")) & set(keys("åsa", "2001:db8:1:3::1"))


def test_the_same_account_counts_for_itself_at_each_address_and_all_accounts_for_the_address():
    account, place = keys("åsa", "192.0.2.1")
    other_account, same_place = keys("bo", "192.0.2.1")
    assert place == same_place
    assert len({account, other_account, keys("åsa", "192.0.2.2")[0]}) == 3
