"""Secrets made of auth's private key and the request, and hashes that need that key.

So a repeated request gets the same secret although only its hash is stored, and a stolen database does not let
anybody guess the short ones.
"""

import base64
import hmac
import json
import os
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.auth.domain import pins

_NONCE_BYTES: Final = 12


class SecretMaker:
    """Makes them; each purpose has a message of its own."""

    def __init__(self, private_key: Path) -> None:
        encoded: str = json.loads(private_key.read_text(encoding="utf-8"))["d"]
        self._key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))

    def secret(self, subject: str, request_id: UUID, name: str) -> str:
        """Of a credential: 256 bits that nobody without the key can guess."""
        made = self._made("credential", subject, str(request_id), name)
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    def pin(self, subject: str, request_id: UUID, attempt: int) -> str:
        """A PIN code; another for each attempt, since its beginning may be taken."""
        return pins.from_chance(self._made("pin", subject, str(request_id), str(attempt)))

    def pin_hash(self, code: str) -> bytes:
        """What is stored of a PIN code."""
        return self._made("hash of a pin", code)

    def recovery_code(self, user: str, request_id: UUID, number: int) -> str:
        """One of the codes that replace a lost app, as it is printed."""
        return pins.printed(pins.from_chance(self._made("recovery code", user, str(request_id), str(number))))

    def recovery_hash(self, code: str, user: str) -> bytes:
        """What is stored of a recovery code."""
        return self._made("hash of a recovery code", user, code)

    def seal(self, secret: str, owner: str) -> bytes:
        """A secret that must be read again, encrypted for the table (AES-256-GCM) and bound to its owner."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._made("seal")).encrypt(nonce, secret.encode(), owner.encode())

    def unseal(self, sealed: bytes, owner: str) -> str:
        """What was sealed for this owner."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return AESGCM(self._made("seal")).decrypt(nonce, rest, owner.encode()).decode()

    def _made(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode(), "sha256")
