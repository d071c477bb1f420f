"""Messages between a client's users and the officer: whose side somebody is on, and whose turn it is."""

from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

MAX_TEXT: Final = 4_000  # characters


class Side(Enum):
    """A side of a thread. The values are stored, and told in events."""

    CLIENT = "CLIENT"
    OFFICER = "OFFICER"

    @property
    def other(self) -> "Side":
        """Whose turn it is after this side has written."""
        return Side.OFFICER if self is Side.CLIENT else Side.CLIENT


@dataclass(frozen=True, slots=True)
class Subject:
    """What a thread is about: an invoice or a case."""

    invoice_id: UUID | None = None
    case_id: UUID | None = None
