"""Which services a token may be asked for."""

from collections.abc import Sequence

from chassis.tokens import SERVICES
from kernel.errors import Violations


def checked_audience(audience: Sequence[str]) -> list[str]:
    """The services, each once. Raises InvalidInput for none or one that does not exist."""
    with Violations() as v:
        if v.require("audience", bool(audience), "REQUIRED") and v.require(
            "audience", len(audience) <= len(SERVICES), "TOO_MANY", max=len(SERVICES)
        ):
            for index, service in enumerate(audience):
                v.require(f"audience[{index}]", service in SERVICES, "UNKNOWN")
    return list(dict.fromkeys(audience))
