"""One-time codes of an authenticator app (RFC 6238), and recovery codes for who has lost it."""

import hmac
from datetime import timedelta
from typing import Final

import pyotp

from services.auth.domain import pins

ISSUER: Final = "Klientwebben"
STEP_S: Final = 30
WINDOW: Final = 1  # steps that a clock may be behind or ahead
WAITS: Final = timedelta(minutes=5)  # between password and second factor
RECOVERY_CODES: Final = 10
_DIGITS: Final = 6


def uri(secret: str, user_name: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now_s: float, last_step: int) -> int | None:
    """The step whose code this is, later than the last one used; None for a wrong or a used code."""
    typed = code.replace(" ", "").replace("\u00a0", "")
    if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    app = pyotp.TOTP(secret)
    current = int(now_s // STEP_S)
    found = None
    for step in range(current - WINDOW, current + WINDOW + 1):
        same = hmac.compare_digest(app.at(step * STEP_S), typed)
        found = step if same and step > last_step else found
    return found


def recovery_code(typed: str) -> str | None:
    """A recovery code as it is hashed; it is written as a PIN code is."""
    return pins.typed(typed)
