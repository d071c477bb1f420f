"""The secrets of docker-compose.yml: all of them are made, once, and the folder is closed."""

import re
import stat
from pathlib import Path

from deploy.compose.prepare import prepare

ROOT = Path(__file__).resolve().parents[3]


def test_every_secret_that_is_named_is_made_and_stays_as_it_is(tmp_path: Path):
    prepare(tmp_path)
    named = re.findall(
        r'file: "\$\{SECRETS:-\./deploy/compose/secrets\}/([^"]+)"', (ROOT / "docker-compose.yml").read_text()
    )
    assert len(named) == 30
    first = {name: (tmp_path / name).read_text() for name in named}
    assert all(first.values())
    prepare(tmp_path)
    assert {name: (tmp_path / name).read_text() for name in named} == first


def test_nobody_else_gets_through_to_the_secrets_but_any_container_can_read_its_own(tmp_path: Path):
    folder = tmp_path / "secrets"
    prepare(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "passwords.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "ledger_database_url").stat().st_mode) == 0o644


def test_what_garage_is_given_has_garages_forms(tmp_path: Path):
    prepare(tmp_path)
    assert re.fullmatch("GK[0-9a-f]{24}", (tmp_path / "s3_access_key").read_text())
    for name in ("s3_secret_key", "garage_rpc"):
        assert re.fullmatch("[0-9a-f]{64}", (tmp_path / name).read_text())
