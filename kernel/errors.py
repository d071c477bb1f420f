"""The errors of the domain: one vocabulary of reasons.

A rule raises a ``DomainError`` with a constant reason. The chassis turns its kind into a status code, the gateway
turns its reason into Swedish; nothing between them writes prose. Two things follow from that: a reason never
changes once it has been released, and ``details`` and violations carry only what the text needs. They reach logs,
so an ID number, a name or any other text that a person typed never goes into them.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from re import compile as regex
from types import TracebackType
from typing import ClassVar, Self

_REASON = regex(r"[A-Z][A-Z0-9_]{1,61}[A-Z0-9]")  # google.rpc.ErrorInfo.reason has the same form


class Kind(Enum):
    """What the caller can do about an error. Decides the status code, together with nothing else."""

    INVALID = "invalid"  # the input is wrong; the same call fails again
    NOT_FOUND = "not_found"  # no such thing, or none that the caller may see
    CONFLICT = "conflict"  # the state does not allow it; look again before repeating
    DENIED = "denied"  # the caller lacks the permission
    EXHAUSTED = "exhausted"  # a limit is reached; wait or ask for less
    UNAVAILABLE = "unavailable"  # a neighbour does not answer; the same call may succeed later
    BROKEN = "broken"  # a fault of ours; repeating does not help, the log has it


@dataclasses.dataclass(frozen=True)
class FieldViolation:
    """What is wrong with one field of the input.

    ``field`` is a dotted path (``invoice.rows[1].unit_price``), empty for the value as a whole; ``reason`` is a
    constant such as ``REQUIRED``, ``TOO_LONG`` or ``CHECK_DIGIT``; ``details`` are what the text needs (a limit).
    """

    field: str
    reason: str
    details: dict[str, str] = dataclasses.field(default_factory=dict)

    def under(self, prefix: str) -> "FieldViolation":
        """The same violation seen from one level out: ``rows[1]`` under ``invoice`` is ``invoice.rows[1]``."""
        return FieldViolation(_join(prefix, self.field), self.reason, self.details)


class DomainError(Exception):
    """A business rule says no. Subclasses state ``reason`` and ``kind`` and pass their details by keyword.

    >>> class InvoiceAlreadyApproved(DomainError):
    ...     reason = "INVOICE_ALREADY_APPROVED"
    ...     kind = Kind.CONFLICT
    >>> str(InvoiceAlreadyApproved(number=1007))
    'INVOICE_ALREADY_APPROVED number=1007'
    """

    reason: ClassVar[str] = "DOMAIN_ERROR"
    kind: ClassVar[Kind] = Kind.INVALID
    details: dict[str, str]
    violations: tuple[FieldViolation, ...] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not _REASON.fullmatch(cls.reason):
            raise TypeError(f"{cls.__name__}.reason must be UPPER_SNAKE_CASE of 3 to 63 characters, not {cls.reason!r}")

    def __init__(self, **details: object) -> None:
        self.details = {name: str(value) for name, value in details.items()}
        super().__init__(" ".join([self.reason, *(f"{name}={value}" for name, value in self.details.items())]))

    def __reduce__(self) -> tuple[object, ...]:
        # An error from a rendering process is pickled, and the default would call __init__ with the message.
        return type(self).__new__, (type(self), *self.args), self.__dict__


class InvalidInput(DomainError):
    """The input has faults, all of them named."""

    reason = "INVALID_INPUT"
    kind = Kind.INVALID

    def __init__(self, violations: Iterable[FieldViolation]) -> None:
        super().__init__()
        self.violations = tuple(violations)

    def __str__(self) -> str:
        return " ".join([self.reason, *(f"{v.field or '.'}:{v.reason}" for v in self.violations)])


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it. ``what`` is a kind (``invoice``), never a value."""

    reason = "NOT_FOUND"
    kind = Kind.NOT_FOUND

    def __init__(self, what: str) -> None:
        super().__init__(what=what)


class PermissionDenied(DomainError):
    """The caller lacks a permission such as ``ledger.approve``."""

    reason = "PERMISSION_DENIED"
    kind = Kind.DENIED

    def __init__(self, permission: str) -> None:
        super().__init__(permission=permission)


def invalid_value(reason: str, **details: object) -> InvalidInput:
    """The error of a parser that sees one value and does not know which field it came from.

    ``Violations.field`` gives it the path.
    """
    return InvalidInput([FieldViolation("", reason, {name: str(value) for name, value in details.items()})])


class Violations:
    """Gathers every fault of an input and raises them as one ``InvalidInput`` at the end of the ``with`` block.

    >>> with Violations() as v:
    ...     v.present("name", "Ylva")
    ...     v.require("amount", 5 > 0, "NEGATIVE")
    True
    True

    A parser's error is caught and given its place by ``field``; the block goes on, so that later faults are found::

        with Violations() as v:
            with v.field("customer.postcode"):
                postcode = parse_postcode(raw)
    """

    def __init__(self) -> None:
        self._found: list[FieldViolation] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, field: str, reason: str, **details: object) -> None:
        """Note that ``field`` is wrong."""
        self._found.append(FieldViolation(field, reason, {name: str(value) for name, value in details.items()}))

    def require(self, field: str, holds: bool, reason: str, **details: object) -> bool:
        """Note ``reason`` unless ``holds``; returns ``holds``."""
        if not holds:
            self.add(field, reason, **details)
        return holds

    def present(self, field: str, value: object) -> bool:
        """Note ``REQUIRED`` if the value is missing: None, or text or a list that is empty."""
        return self.require(field, value is not None and value not in ("", (), []), "REQUIRED")

    @contextmanager
    def field(self, path: str) -> Iterator[None]:
        """Let what the block refuses count as a fault of ``path``."""
        try:
            yield
        except InvalidInput as error:
            self._found.extend(violation.under(path) for violation in error.violations)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, InvalidInput):
            self._found.extend(error.violations)
        elif error is not None:
            return
        if self._found:
            raise InvalidInput(self._found) from None


def _join(prefix: str, path: str) -> str:
    if not prefix or not path or path.startswith("["):
        return prefix + path
    return f"{prefix}.{path}"
