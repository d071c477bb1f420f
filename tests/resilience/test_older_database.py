"""One database of five is put back as it was some time ago (F25): that is found, healed or named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import reconcile
from tests.resilience.harness.copies import copy_of, put_back
from tests.resilience.harness.storm import Storm


def found(storm: Storm) -> list[str]:
    with reconcile.verifying(storm.house.settings) as databases:
        return reconcile.check(databases)


@pytest.fixture
def older(storm: Storm, tmp_path: Path) -> Callable[[str], Path]:
    """`older("ledger")`: work goes on for a while; a copy of the database from before that, with everything at rest."""

    def copied(service: str) -> Path:
        copy = copy_of(storm.house, service, tmp_path)
        with storm.working():
            storm.driver.wait_for(25)
        assert storm.agrees(limit_s=60, with_jobs=True) == []
        return copy

    return copied


def test_what_a_consumer_has_lost_it_asks_of_its_producers(storm: Storm, older: Callable[[str], Path]):
    put_back(storm.house, "reports", older("reports"), start=False)
    assert any(line.startswith("reports has not handled all of ledger's") for line in found(storm))
    for name in ("reports-serve", "reports-work"):
        storm.house.restart(name)
    assert storm.agrees(limit_s=60, with_jobs=True) == [], "its read model and its documents are there again"


@pytest.mark.parametrize(("service", "witness"), [("ledger", "collection"), ("collection", "ledger"), ("files", "ledger")])
def test_what_a_producer_has_lost_is_named(
    storm: Storm, older: Callable[[str], Path], tmp_path: Path, service: str, witness: str
):
    copy = older(service)
    (tmp_path / "now").mkdir()
    now = copy_of(storm.house, service, tmp_path / "now")
    put_back(storm.house, service, copy, start=False)
    lines = found(storm)
    assert f"{service}'s database is older than what {witness} knows of it: restore all to one moment" in lines
    assert any(line.startswith(f"{witness} has handled more of {service}'s ") for line in lines), "which aggregates"
    assert any(f"{service} " in line and "any more, told between" in line for line in lines), "from when to when"
    put_back(storm.house, service, now)
    assert storm.agrees() == [], "the same moment again"


def test_a_client_that_auth_has_lost_is_named(storm: Storm, tmp_path: Path):
    copy = copy_of(storm.house, "auth", tmp_path)
    lost = storm.world._client(9)
    (tmp_path / "now").mkdir()
    now = copy_of(storm.house, "auth", tmp_path / "now")
    put_back(storm.house, "auth", copy, start=False)
    assert f"auth does not know the client {lost} that ledger has terms of" in found(storm)
    put_back(storm.house, "auth", now)
    assert storm.agrees() == []
