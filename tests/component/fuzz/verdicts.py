"""What is wrong with an answer: nothing, or the reason why a person would call it a bug."""

import json
import re
from collections.abc import Sequence

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from werkzeug.wrappers import Response

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
TOKEN = re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}")  # a signed one
RUNS = ("<img src=x onerror", f"<script>{MARK}")  # what was typed, as markup


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


def of_page(answer: Response, strangers: Sequence[str], secrets: Sequence[str]) -> str | None:
    """What is wrong with an answer of the web to somebody who may not see what holds one of the strangers' words."""
    if answer.status_code >= 500:
        return f"{answer.status_code} {answer.mimetype}"
    text = answer.get_data(as_text=True) if (answer.mimetype or "").startswith("text/") else ""
    for name in ("Location", "HX-Redirect"):
        target = answer.headers.get(name, "/")
        if not target.startswith("/") or target[1:2] in {"/", "\\"}:
            return f"leads to {target[:80]}"
    if "X-Evil" in answer.headers or any("a=b" in cookie for cookie in answer.headers.getlist("Set-Cookie")):
        return "a header that was typed"
    if any(word in text for word in strangers):
        return "shows another client's data"
    if any(secret in text for secret in secrets) or TOKEN.search(text):
        return "shows a secret"
    return "shows markup that was typed" if any(word in text for word in RUNS) else None


def of_logs(lines: str, secrets: Sequence[str] = ()) -> list[str]:
    """Lines of a log that hold what somebody typed, or a secret."""
    words = (*TYPED, *secrets)
    return [line[:400] for line in lines.splitlines() if any(word in line for word in words) or TOKEN.search(line)]


def last_failure(lines: str) -> str:
    """What the log says of the last RPC that failed inside."""
    for line in reversed(lines.splitlines()):
        if "rpc failed" in line or "page failed" in line:
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
