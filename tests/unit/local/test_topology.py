"""The one table of processes: names, ports and where clients find a service."""

from pathlib import Path

import pytest

from deploy.local.run import CannotStart, Options, Tail
from deploy.local.topology import MAX_WORKERS, SERVICES, fixed_ports, free_ports, seats, settings


@pytest.mark.parametrize("workers", range(1, MAX_WORKERS + 1))
def test_no_two_processes_share_a_port(workers: int):
    ports = fixed_ports(7000, 8080, workers)
    assert len(set(ports.values())) == len(ports)


def test_the_first_copies_have_the_documented_ports():
    ports = fixed_ports(7000, 8080)
    assert [ports[f"{service}-serve/grpc"] for service in SERVICES] == [7001, 7002, 7003, 7004, 7005]
    assert [ports[f"{service}-serve/http"] for service in SERVICES] == [7101, 7102, 7103, 7104, 7105]
    assert [ports[f"{service}-work/http"] for service in SERVICES] == [7201, 7202, 7203, 7204, 7205]
    assert (ports["gateway-serve/web"], ports["gateway-serve/http"]) == (8080, 7106)
    assert (ports["postgres"], ports["nats"], ports["s3"], ports["mail"]) == (7432, 7222, 7900, 7025)


def test_a_client_finds_every_copy_of_a_service(tmp_path: Path):
    house = settings(tmp_path, fixed_ports(7000, 8080, 2), workers=2)
    assert house.everywhere()["RF_LEDGER_TARGET"] == "127.0.0.1:7002,127.0.0.1:7302"


def test_two_copies_double_every_process_of_ours():
    assert len(seats(2)) == 2 * len(seats(1))
    assert [seat.name for seat in seats(2) if seat.service == "ledger"] == [
        "ledger-serve",
        "ledger-serve-2",
        "ledger-work",
        "ledger-work-2",
    ]


def test_tests_get_ports_under_the_same_names():
    assert free_ports(2).keys() == fixed_ports(7000, 8080, 2).keys()


def test_only_auth_knows_the_key_that_signs_tokens(tmp_path: Path):
    house = settings(tmp_path, fixed_ports(7000, 8080))
    assert [seat.name for seat in seats() if "RF_TOKEN_PRIVATE_KEY" in house.seat(seat)] == ["auth-serve", "auth-work"]


def test_no_service_knows_the_password_of_a_neighbours_database(tmp_path: Path):
    house = settings(tmp_path, fixed_ports(7000, 8080))
    for seat in seats():
        foreign = {
            house.role_passwords(other)[role]
            for other in SERVICES
            if other != seat.service
            for role in ("app", "owner", "verify")
        }
        assert not any(password in value for value in house.seat(seat).values() for password in foreign)


def test_what_serves_or_works_knows_only_the_role_that_owns_nothing(tmp_path: Path):
    house = settings(tmp_path, fixed_ports(7000, 8080))
    for seat in seats():
        for role in ("owner", "verify"):
            password = house.keys.password(f"postgres/{seat.service}_{role}")
            assert not any(password in value for value in house.seat(seat).values())


def test_secrets_are_the_same_at_the_next_start_and_closed_to_others(tmp_path: Path):
    ports = fixed_ports(7000, 8080)
    first, second = settings(tmp_path, ports), settings(tmp_path, ports)
    assert first.seat(seats()[0]) == second.seat(seats()[0])
    for path in [tmp_path / "secrets", *(tmp_path / "secrets").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("PORT", "70000"), ("WORKERS", "0"), ("WORKERS", "9")])
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match=f"{name} must be a number from"):
        Options.from_environment()


def test_a_log_is_read_by_whole_lines(tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_text("old\n")
    tail = Tail(log)
    with log.open("a") as file:
        file.write("one\ntw")
    assert tail.new_lines() == ["one"]
    with log.open("a") as file:
        file.write("o\n")
    assert tail.new_lines() == ["two"]
