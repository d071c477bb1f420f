"""What is wrong with an answer: nothing, or the reason why a person would call it a bug."""

import json
from collections.abc import Sequence

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tests.component.fuzz.hostile import MARK, PERSONAL_NUMBER

NEVER = {
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DATA_LOSS,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNAUTHENTICATED,
}
TYPED = (MARK, PERSONAL_NUMBER)


def of_refusal(error: grpc.RpcError) -> str | None:
    """What is wrong with a refusal."""
    code: grpc.StatusCode = error.code()
    status = rpc_status.from_call(error)
    reason, fields = _details(status)
    if code in NEVER:
        return f"{code.name} {reason} {(error.details() or '')[:200]}"
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and status is None:
        return None  # gRPC's own limit of a message
    if not reason:
        return f"{code.name} without a reason: {(error.details() or '')[:200]}"
    if reason == "INVALID_INPUT" and not all(fields):
        return f"{reason} names no field: {fields}"
    said = status.SerializeToString().decode(errors="replace") if status is not None else ""
    if any(typed in said for typed in TYPED):
        return f"{reason} repeats what was typed"
    return None


def of_answers(answers: Sequence[Message], strangers: Sequence[str]) -> str | None:
    """What is wrong with an answer to somebody who may not see what holds one of these words."""
    for answer in answers:
        said = answer.SerializeToString()
        if any(word.encode() in said for word in strangers):
            return "shows another client's data"
    return None


def of_logs(lines: str) -> list[str]:
    """Lines of a log that hold what somebody typed."""
    return [line[:400] for line in lines.splitlines() if any(typed in line for typed in TYPED)]


def last_failure(lines: str) -> str:
    """What the log says of the last RPC that failed inside."""
    for line in reversed(lines.splitlines()):
        if "rpc failed" in line:
            found = json.loads(line)
            return f"{found.get('error')} at {' > '.join(found.get('frames', [])[-3:])}"
    return ""


def _details(status: object) -> tuple[str, list[str]]:
    """Reason and the fields of violations."""
    reason, fields = "", []
    for detail in getattr(status, "details", ()):
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            reason = info.reason
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            fields = [violation.field for violation in bad.field_violations]
    return reason, fields
