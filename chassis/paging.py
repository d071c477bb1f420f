"""Page tokens of lists: the key of the last row, so that page 1,000 costs what page 1 costs (keyset)."""

import base64
import json
from collections.abc import Sequence

from chassis.wire import refuse

Key = Sequence[str | int]


def size(asked: int, default: int = 50, most: int = 200) -> int:
    """The page size to use. Raises InvalidInput for one below 0 or above the limit."""
    if not 0 <= asked <= most:
        raise refuse("page_size", "OUT_OF_RANGE", min="1", max=str(most))
    return asked or default


def token(*key: str | int) -> str:
    """The token that the next page is asked for with."""
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode()


def key(page_token: str, kinds: Sequence[type[str] | type[int]]) -> list[str | int] | None:
    """The key in a token, checked against the kinds of its parts; None on the first page.

    Raises InvalidInput for anything that ``token`` did not make for this list.
    """
    if not page_token:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(page_token.encode("ascii")))
    except ValueError:
        raise refuse("page_token", "BAD_TOKEN") from None
    if (
        not isinstance(parts, list)
        or len(parts) != len(kinds)
        or any(type(part) is not kind for part, kind in zip(parts, kinds, strict=True))
        or any(isinstance(part, int) and abs(part) >= 2**63 for part in parts)
        or any(isinstance(part, str) and ("\x00" in part or len(part) > 1000) for part in parts)
    ):
        raise refuse("page_token", "BAD_TOKEN")
    return parts
