"""One vocabulary of errors over RPC: a DomainError becomes a status with ``google.rpc.ErrorInfo``, and back again."""

import json

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis.calls import Unauthenticated
from kernel.errors import DomainError, FieldViolation, Kind

DOMAIN = "resultatfinans"
MAX_VIOLATIONS = 40  # a status travels in metadata, which holds 8 KB

_CODES = {
    Kind.INVALID: code_pb2.INVALID_ARGUMENT,
    Kind.NOT_FOUND: code_pb2.NOT_FOUND,
    Kind.CONFLICT: code_pb2.FAILED_PRECONDITION,
    Kind.DENIED: code_pb2.PERMISSION_DENIED,
    Kind.EXHAUSTED: code_pb2.RESOURCE_EXHAUSTED,
    Kind.UNAVAILABLE: code_pb2.UNAVAILABLE,
    Kind.BROKEN: code_pb2.INTERNAL,
}
_KINDS = {
    grpc.StatusCode.INVALID_ARGUMENT: Kind.INVALID,
    grpc.StatusCode.NOT_FOUND: Kind.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION: Kind.CONFLICT,
    grpc.StatusCode.ABORTED: Kind.CONFLICT,
    grpc.StatusCode.PERMISSION_DENIED: Kind.DENIED,
    grpc.StatusCode.UNAUTHENTICATED: Kind.DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Kind.EXHAUSTED,
    grpc.StatusCode.INTERNAL: Kind.BROKEN,
}


class Unavailable(DomainError):
    """Something that is needed does not answer in time: a neighbour, the database, the broker or the object store."""

    reason = "UNAVAILABLE"
    kind = Kind.UNAVAILABLE


class RemoteError(DomainError):
    """The error that a neighbour answered with: its own reason, kind, details and violations."""

    reason = "REMOTE_ERROR"

    def __init__(
        self, reason: str, kind: Kind, details: dict[str, str], violations: tuple[FieldViolation, ...]
    ) -> None:
        super().__init__(**details)
        self.reason = reason  # type: ignore[misc]  # the reason is the neighbour's, known only now
        self.kind = kind  # type: ignore[misc]
        self.violations = violations

    def __str__(self) -> str:
        return " ".join([self.reason, *(f"{v.field or '.'}:{v.reason}" for v in self.violations)])


def to_status(error: DomainError) -> status_pb2.Status:
    """The status that says this error over the wire. Details never hold what a person typed."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.details)
    if len(error.violations) > MAX_VIOLATIONS:
        info.metadata["violations"] = str(len(error.violations))
    status = status_pb2.Status(
        code=code_pb2.UNAUTHENTICATED if isinstance(error, Unauthenticated) else _CODES[error.kind],
        message=error.reason,
    )
    status.details.append(_packed(info))
    if error.violations:
        bad = error_details_pb2.BadRequest()
        for violation in error.violations[:MAX_VIOLATIONS]:
            bad.field_violations.add(
                field=violation.field,
                reason=violation.reason,
                description=json.dumps(violation.details, ensure_ascii=False) if violation.details else "",
            )
        status.details.append(_packed(bad))
    return status


def from_rpc_error(error: grpc.RpcError, neighbour: str) -> DomainError:
    """The error that a failed call means: the neighbour's own, or that it is not available."""
    status = rpc_status.from_call(error)
    code = error.code()
    info = error_details_pb2.ErrorInfo()
    violations: tuple[FieldViolation, ...] = ()
    for detail in status.details if status is not None else ():
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            violations = tuple(
                FieldViolation(v.field, v.reason, json.loads(v.description) if v.description else {})
                for v in bad.field_violations
            )
    if code == grpc.StatusCode.UNAUTHENTICATED:
        return Unauthenticated(neighbour=neighbour)
    if info.reason and code in _KINDS:
        return RemoteError(info.reason, _KINDS[code], dict(info.metadata), violations)
    if code in _KINDS:
        return RemoteError(code.name, _KINDS[code], {"neighbour": neighbour}, ())
    return Unavailable(neighbour=neighbour, code=code.name)


def _packed(message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
