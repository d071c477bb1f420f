"""Secrets of one machine: made at the first start, kept in the data folder, readable by its owner only.

`passwords.json` holds the passwords of PostgreSQL and the object store, `token-*.json` the key pair that signs tokens
(Ed25519, as JWK and JWKS), `credentials/<name>.secret` what each caller trades for a token at auth.
"""

import json
import secrets
from collections.abc import Iterable
from pathlib import Path

from joserfc.jwk import OKPKey

PASSWORD_BYTES = 24
CREDENTIAL_BYTES = 32


class Keys:
    """The secrets in one folder; what is missing is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.credentials = folder / "credentials"
        self.token_private_key = folder / "token-private.json"
        self.token_public_keys = folder / "token-public.json"
        for path in (folder, self.credentials):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
        self._passwords_file = folder / "passwords.json"
        known = self._passwords_file.exists()
        self._passwords: dict[str, str] = json.loads(self._passwords_file.read_text()) if known else {}
        self._make_token_keys()

    def password(self, name: str) -> str:
        """The password of that name; the same one at every start."""
        self.ensure_passwords([name])
        return self._passwords[name]

    def ensure_passwords(self, names: Iterable[str]) -> None:
        """Make the password of each name that has none yet."""
        if missing := [name for name in names if name not in self._passwords]:
            self._passwords |= {name: secrets.token_urlsafe(PASSWORD_BYTES) for name in missing}
            _write(self._passwords_file, json.dumps(self._passwords, indent=2))

    def credential(self, name: str) -> Path:
        """The file with the secret that a service or an internal system shows to auth."""
        path = self.credentials / f"{name}.secret"
        if not path.exists():
            _write(path, secrets.token_urlsafe(CREDENTIAL_BYTES))
        return path

    def ensure_credentials(self, names: Iterable[str]) -> None:
        """Make the credential of each name that has none yet."""
        for name in names:
            self.credential(name)

    def _make_token_keys(self) -> None:
        if not self.token_private_key.exists():
            key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
            _write(self.token_private_key, json.dumps(key.as_dict(private=True)))
        if not self.token_public_keys.exists():
            private = OKPKey.import_key(json.loads(self.token_private_key.read_text()))
            _write(self.token_public_keys, json.dumps({"keys": [private.as_dict(private=False)]}))


def _write(path: Path, text: str) -> None:
    """Write a secret in one step, never readable by others, not even for a moment."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.replace(path)
