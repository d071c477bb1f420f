"""Settings from the environment, and from files where they hold a secret."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.settings import Secret, SettingsFault, read


@dataclass(frozen=True)
class Settings:
    database_url: str
    credential: Secret
    pool_size: int = 8


def test_an_address_with_a_password_is_read_from_its_file(tmp_path: Path):
    (tmp_path / "url").write_text("postgresql://ledger_app:hemligt@postgres/ledger\n")
    (tmp_path / "credential").write_text("s3kr3t\n")
    found = read(
        Settings, {"RF_DATABASE_URL_FILE": str(tmp_path / "url"), "RF_CREDENTIAL": str(tmp_path / "credential")}
    )
    assert found.database_url == "postgresql://ledger_app:hemligt@postgres/ledger"
    assert found.credential.reveal() == "s3kr3t"
    assert found.pool_size == 8


def test_a_variable_goes_before_its_file(tmp_path: Path):
    (tmp_path / "url").write_text("from the file")
    (tmp_path / "credential").write_text("x")
    environment = {
        "RF_DATABASE_URL": "",
        "RF_DATABASE_URL_FILE": str(tmp_path / "url"),
        "RF_CREDENTIAL": str(tmp_path / "credential"),
    }
    assert read(Settings, environment).database_url == ""


def test_every_fault_is_named_and_no_value_told(tmp_path: Path):
    environment = {"RF_DATABASE_URL_FILE": str(tmp_path / "nowhere"), "RF_POOL_SIZE": "eight"}
    with pytest.raises(SettingsFault) as fault:
        read(Settings, environment)
    assert str(fault.value) == (
        "RF_DATABASE_URL: FileNotFoundError; RF_CREDENTIAL is missing; RF_POOL_SIZE: ValueError"
    )
