"""Rights as they are entered: ids of clients and names of permissions."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.permissions import Permission, bitmap, named
from chassis.wire import to_uuid
from kernel.errors import InvalidInput, Violations


def client_ids(v: Violations, texts: Sequence[str], fields: Sequence[str]) -> list[UUID]:
    """The ids; notes ``REQUIRED``, ``BAD_ID`` and ``DUPLICATE``."""
    found: list[UUID] = []
    for text, field in zip(texts, fields, strict=True):
        try:
            client_id = to_uuid(text, field)
        except InvalidInput as error:
            for violation in error.violations:
                v.add(violation.field, violation.reason)
            continue
        if v.require(field, client_id not in found, "DUPLICATE"):
            found.append(client_id)
    return found


def permission_bits(v: Violations, names: Sequence[str], field: str, allowed: Collection[Permission]) -> int:
    """The permissions as a bitmap; notes ``REQUIRED`` for none and ``UNKNOWN`` for what cannot be given here."""
    v.present(field, list(names))
    if not v.require(field, len(names) <= len(Permission), "TOO_MANY", max=len(Permission)):
        return 0
    found = [named(name) for name in names]
    for index, permission in enumerate(found):
        v.require(f"{field}[{index}]", permission in allowed, "UNKNOWN")
    return bitmap(permission for permission in found if permission is not None)
